//! The text that an editor shows for the word under the pointer: the page of a rule, or what nodes do with a registry
//! or an image.

use super::checked::Checked;
use super::latest::Latest;
use super::registries;
use crate::config;
use crate::model::Cluster;
use crate::report::markup::{cell, fenced};
use crate::report::nodes::{ClusterNodes, Gaps, ImageAnswer, Resolvers, resolve_text};
use crate::report::page_url;
use crate::rules::rule::{Meta, is_policy, page_body};
use crate::source::{FileId, Source, Span};
use gen_lsp_types::{Hover, HoverParams, MarkupContent, MarkupKind, Range};

/// The most clusters that are asked: for each cluster, the files of its nodes are computed.
const MAX_CLUSTERS: usize = 50;

/// The text for a place.
pub(super) fn at(params: &HoverParams, latest: &Latest) -> Option<Hover> {
    let place = &params.text_document_position_params;
    let (checked, name, file) = latest.text(place.text_document.uri.as_ref())?;
    let source = checked.sources.get(file)?;
    let offset = latest.client.encoding.offset(source, place.position);
    let range = |span: Span| latest.client.encoding.range(source, span);
    if let Some((meta, span)) = rule_at(checked, name, source, file, offset) {
        return Some(hover(page(meta), range(span)));
    }
    if let Some((image, clusters)) = image_at(checked, file, offset) {
        let said = answers(checked, &clusters, &[image.0])?;
        return Some(hover(said, range(image.1)));
    }
    let (registry, clusters) = registries::at(checked, file, offset)?;
    let names = examples(&registry.value)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let said = answers(checked, &clusters, &names)?;
    let intro =
        format!("What nodes do with an image of {}, by digest and by tag:\n\n", cell(&registry.value));
    Some(hover(intro + &said, range(registry.span)))
}

fn hover(value: String, range: Range) -> Hover {
    let contents = MarkupContent { kind: MarkupKind::Markdown, value }.into();
    Hover { contents, range: Some(range) }
}

/// The rule whose id stands at a place of a comment for pullwarden, or of the configuration.
fn rule_at(
    checked: &Checked,
    name: &str,
    source: &Source,
    file: FileId,
    offset: usize,
) -> Option<(&'static Meta, Span)> {
    let line = source.line_of(offset as u32);
    let (text, start) = (source.line(line), source.line_starts()[line] as usize);
    let at = offset - start;
    if !(config::NAMES.contains(&name) || text.get(..at)?.contains("pullwarden:")) {
        return None;
    }
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '/' | '_');
    let before = text.get(..at)?;
    let from = before.len() - before.chars().rev().take_while(|c| is_part(*c)).count();
    let to = at + text.get(at..)?.chars().take_while(|c| is_part(*c)).count();
    let meta = checked.settings.rules.find(text.get(from..to)?)?;
    Some((meta, Span::new(file, start + from, start + to)))
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
    is_name.then(|| [format!("{repository}@sha256:{}", "0".repeat(64)), format!("{repository}:tag")])
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
    resolve_text::write(&answers, &Gaps::default(), &checked.sources, &mut out).ok()?;
    let text = String::from_utf8(out).ok()?;
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
