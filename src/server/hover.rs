//! The text that an editor shows for the word under the pointer: the page of a rule, or what nodes do with a registry
//! or an image.

use super::checked::Checked;
use super::latest::{Latest, Steady};
use super::registries;
use crate::config;
use crate::model::Cluster;
use crate::report::markup::{cell, fenced};
use crate::report::nodes::{ClusterNodes, ImageAnswer, Resolvers, resolve_text};
use crate::report::page_url;
use crate::rules::rule::{Meta, is_policy, page_body};
use crate::source::{FileId, Span};
use gen_lsp_types::{Hover, HoverParams, MarkupContent, MarkupKind, Range};

/// The most clusters that are asked: for each cluster, the files of its nodes are computed.
const MAX_CLUSTERS: usize = 50;

/// The text for a place.
pub(super) fn at(params: &HoverParams, latest: &Latest) -> Option<Hover> {
    let place = &params.text_document_position_params;
    let text = latest.steady_text(place.text_document.uri.as_ref())?;
    let checked = text.checked;
    if let Some((meta, span)) = rule_at(&text, latest.client.encoding.offset(text.now, place.position)) {
        return Some(hover(page(meta), latest.client.encoding.range(text.now, span)));
    }
    let (file, offset) = (text.file?, text.offset(&latest.client, place.position)?);
    if let Some((image, clusters)) = image_at(checked, file, offset) {
        let range = latest.range(checked, image.1)?;
        return Some(hover(answers(checked, &clusters, &[image.0])?, range));
    }
    let (registry, clusters) = registries::at(checked, file, offset)?;
    let range = latest.range(checked, registry.span)?;
    let source = clusters.first().and_then(|cluster| registries::source_of(cluster, registry.span));
    let name = &source.unwrap_or(registry).value;
    let names = examples(name)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let said = answers(checked, &clusters, &names)?;
    let mirror = source.map(|source| format!("A mirror of {}. ", cell(&source.value))).unwrap_or_default();
    let intro = format!("{mirror}What nodes do with an image of {}, by digest and by tag:\n\n", cell(name));
    Some(hover(intro + &said, range))
}

fn hover(value: String, range: Range) -> Hover {
    let contents = MarkupContent { kind: MarkupKind::Markdown, value }.into();
    Hover { contents, range: Some(range) }
}

/// The rule whose id stands at a byte of a comment for pullwarden, or of the configuration.
fn rule_at(text: &Steady<'_>, offset: usize) -> Option<(&'static Meta, Span)> {
    let line = text.now.line_of(offset as u32);
    let (words, start) = (text.now.line(line), text.now.line_starts()[line] as usize);
    let at = offset - start;
    let before = words.get(..at)?;
    if !(config::NAMES.contains(&text.name) || before.contains("pullwarden:")) {
        return None;
    }
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '/' | '_');
    let from = before.len() - before.chars().rev().take_while(|c| is_part(*c)).count();
    let to = at + words.get(at..)?.chars().take_while(|c| is_part(*c)).count();
    let meta = text.checked.settings.rules.find(words.get(from..to)?)?;
    Some((meta, Span::new(FileId(0), start + from, start + to)))
}

/// The page of a rule, with a link to it.
fn page(meta: &Meta) -> String {
    let link =
        page_url(meta).map_or_else(String::new, |url| format!("\n\n[The page of `{}`]({url})", meta.id));
    let body = page_body(meta.page());
    if is_policy(meta.id) {
        // The repository writes this page, so it is no Markdown here.
        return fenced("text", body);
    }
    format!("{}{link}", body.trim_end())
}

/// The image of a workload at a place, and the clusters that run it.
fn image_at(checked: &Checked, file: FileId, offset: usize) -> Option<((&str, Span), Vec<&Cluster>)> {
    let mut image = None;
    let mut clusters = Vec::new();
    for cluster in &checked.repo.clusters {
        let mut images = cluster.workload_images().map(|(_, image)| &image.image);
        let is_here =
            |span: Span| span.file == file && (span.start as usize..=span.end as usize).contains(&offset);
        let Some(found) = images.find(|image| is_here(image.span)) else { continue };
        image = image.or(Some((found.value.as_str(), found.span)));
        if cluster.configures_images() {
            clusters.push(cluster);
        }
    }
    Some((image?, clusters))
}

/// Two images of a registry, a repository or a wildcard; `None` if the name is none of these.
fn examples(name: &str) -> Option<[String; 2]> {
    let host = name.strip_prefix("*.").map_or_else(|| name.to_owned(), |rest| format!("registry.{rest}"));
    let repository = if host.contains('/') { host } else { format!("{host}/image") };
    let is_name = !repository.contains(['*', '@', ' ']) && !repository.starts_with('/');
    is_name.then(|| [format!("{repository}@{}", digest()), format!("{repository}:tag")])
}

/// The digest of an image that stands for others.
fn digest() -> String {
    format!("sha256:{}", "0".repeat(64))
}

/// The answers of `resolve` for images.
fn answers(checked: &Checked, clusters: &[&Cluster], names: &[&str]) -> Option<String> {
    if clusters.is_empty() {
        return None;
    }
    let asked = &clusters[..clusters.len().min(MAX_CLUSTERS)];
    let views: Vec<ClusterNodes<'_>> = asked.iter().map(|cluster| ClusterNodes::of(cluster)).collect();
    let resolvers: Vec<Resolvers<'_>> = views.iter().map(Resolvers::of).collect();
    let of_name = |name: &&str| {
        let each = views.iter().zip(&resolvers);
        each.flat_map(|(view, resolvers)| ImageAnswer::all(view, resolvers, name)).collect::<Vec<_>>()
    };
    let answers: Vec<ImageAnswer<'_>> = names.iter().flat_map(of_name).collect();
    let mut out = Vec::new();
    // The answer comes before the remarks on it: an editor shows only the first lines.
    resolve_text::answers(&answers, &checked.sources, &mut out).ok()?;
    let mut remarks = Vec::new();
    resolve_text::remarks(&answers, &checked.sources, &mut remarks).ok()?;
    if !remarks.is_empty() {
        out.push(b'\n');
        out.append(&mut remarks);
    }
    // The digest of an example says nothing, so it is cut as those of the places are.
    let text = String::from_utf8(out).ok()?.replace(&digest(), "sha256:000000000000…");
    let more = clusters.len() - asked.len();
    let more = if more == 0 { String::new() } else { format!("\n{more} more clusters are not shown.") };
    Some(format!("{}\n{more}", fenced("text", &text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_stands_for_images_of_it() {
        let digest = format!("@sha256:{}", "0".repeat(64));
        for (name, repository) in [
            ("quay.io", "quay.io/image"),
            ("quay.io/acme", "quay.io/acme"),
            ("*.example.com", "registry.example.com/image"),
            ("m.example:5000", "m.example:5000/image"),
        ] {
            let expected = [format!("{repository}{digest}"), format!("{repository}:tag")];
            assert_eq!(examples(name), Some(expected), "{name}");
        }
        assert_eq!(examples("quay.io/*"), None);
        assert_eq!(examples("quay.io/a@sha256:1"), None);
    }
}
