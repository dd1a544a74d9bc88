//! Links between texts: from the name of a ConfigMap of certificates to this ConfigMap, and from a patch or a chart's
//! value to the object that contains it.

use super::checked::Checked;
use super::latest::Latest;
use crate::machine::terminal::escape;
use crate::model::Resource;
use crate::source::{FileId, Span};
use crate::yaml::{Kind, Node};
use gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri};
use std::collections::BTreeMap;

/// The most links of a text.
const MAX_LINKS: usize = 500;

/// The links of a text.
pub(super) fn of_text(params: &DocumentLinkParams, latest: &Latest) -> Vec<DocumentLink> {
    let Some((checked, _, file)) = latest.text(params.text_document.uri.as_ref()) else { return Vec::new() };
    let links = found(checked, file);
    let link = |(span, (target, words)): (Span, (Span, String))| {
        let source = checked.sources.get(target.file)?;
        let line = source.line_of(target.start) + 1;
        Some(DocumentLink {
            range: latest.client.encoding.range_in(&checked.sources, span),
            target: Some(Uri::from(format!("{}#L{line}", checked.names.uri(&source.name)))),
            tooltip: Some(words),
            data: None,
        })
    };
    links.into_iter().take(MAX_LINKS).filter_map(link).collect()
}

/// The places of a text that lead to other places: the target, and what is there.
fn found(checked: &Checked, file: FileId) -> BTreeMap<Span, (Span, String)> {
    let mut links = BTreeMap::new();
    for cluster in &checked.repo.clusters {
        if let Some(ca) = cluster.trusted_ca().filter(|ca| ca.name.span.file == file)
            && let Some((map, _)) = ca.found
        {
            links.entry(ca.name.span).or_insert_with(|| (map.name_span(), words(map)));
        }
        for resource in cluster.resources().filter(|resource| resource.span().file != file) {
            if links.len() >= MAX_LINKS {
                return links;
            }
            // The name may stand in a kustomization that adds a prefix to it, but the kind stands in the object.
            let target = resource.kind_span();
            if let Some(span) = part_in(resource, file).filter(|_| target.file != file) {
                links.entry(span).or_insert_with(|| (target, words(resource)));
            }
        }
    }
    links
}

/// The first text of an object that stands in another file than the object.
fn part_in(resource: &Resource, file: FileId) -> Option<Span> {
    let root = resource.manifest.root();
    if !root.document().is_composed() {
        return None;
    }
    let mut scalars =
        root.descendants().filter(|node| node.kind() == Kind::Scalar && node.span().file == file);
    scalars.next().map(Node::span).filter(|span| span.start < span.end)
}

fn words(resource: &Resource) -> String {
    let identity = resource.identity();
    format!("{} {}", escape(&identity.kind), escape(&identity.name))
}
