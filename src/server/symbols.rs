//! The objects of a text, and those of clusters, as an editor lists them.

use super::checked::Checked;
use super::latest::Latest;
use crate::finding::first_of;
use crate::machine::terminal::escape;
use crate::model::{Cluster, Resource};
use crate::source::Span;
use gen_lsp_types::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, Location, SymbolInformation, SymbolKind,
    Uri, WorkspaceSymbolParams,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most symbols of an answer.
const MAX_SYMBOLS: usize = 1_000;

/// The objects of a text that configure images, with the entries of mirror sets.
pub(super) fn of_text(params: &DocumentSymbolParams, latest: &Latest) -> Value {
    let uri = params.text_document.uri.as_ref();
    let text = latest.steady_text(uri);
    let Some((checked, file)) = text.and_then(|text| Some((text.checked, text.file?))) else {
        return json!([]);
    };
    let mut objects: BTreeMap<Span, (&Resource, Vec<String>)> = BTreeMap::new();
    // The entries of each object: several clusters may get the same.
    let mut entries: BTreeMap<Span, BTreeMap<Span, (&str, Span)>> = BTreeMap::new();
    for cluster in &checked.repo.clusters {
        let here = cluster.resources().filter(|resource| resource.span().file == file);
        // An object may be gone in the current text.
        for resource in here.filter(|resource| latest.range(checked, resource.kind_span()).is_some()) {
            let (_, clusters) = objects.entry(resource.span()).or_insert_with(|| (resource, Vec::new()));
            if !cluster.stands_by_itself() {
                clusters.push(escape(&cluster.name).into_owned());
            }
        }
        for (resource, _, entry) in cluster.mirror_entries() {
            let is_here = resource.span().file == file && resource.span().contains(entry.span);
            if is_here && latest.range(checked, entry.source.span).is_some() {
                let of_object = entries.entry(resource.span()).or_default();
                of_object.insert(entry.span, (&entry.source.value, entry.source.span));
            }
        }
    }
    let range = |span: Span| latest.range_around(checked, span);
    let symbol = |name: String, detail: Option<String>, kind: SymbolKind, all: Span, own: Span| {
        let own = range(if all.contains(own) { own } else { all });
        DocumentSymbol::new(name, detail, kind, None, None, range(all), own, None)
    };
    if !latest.client.has_trees {
        let flat = objects.values().take(MAX_SYMBOLS).map(|(resource, clusters)| {
            information(resource, (!clusters.is_empty()).then(|| first_of(clusters)), checked, latest)
        });
        return json!(flat.collect::<Vec<_>>());
    }
    let tree = objects.into_iter().take(MAX_SYMBOLS).map(|(span, (resource, clusters))| {
        let within = entries.get(&span).into_iter().flatten().take(MAX_SYMBOLS);
        let children = within.map(|(all, (source, own))| {
            let name = if source.is_empty() { "?".to_owned() } else { escape(source).into_owned() };
            symbol(name, None, SymbolKind::Key, *all, *own)
        });
        let detail = (!clusters.is_empty()).then(|| first_of(&clusters));
        let whole = symbol(name(resource), detail, SymbolKind::Object, span, resource.name_span());
        DocumentSymbol { children: Some(children.collect()), ..whole }
    });
    json!(tree.collect::<Vec<_>>())
}

/// The objects of clusters whose cluster, kind or name contains the words of the query.
pub(super) fn of_workspace(params: &WorkspaceSymbolParams, latest: &Latest) -> Vec<SymbolInformation> {
    let words: Vec<String> = params.query.split_whitespace().map(str::to_lowercase).collect();
    let mut symbols = Vec::new();
    for checked in latest.steady() {
        for cluster in &checked.repo.clusters {
            for resource in cluster.resources().filter(|resource| resource.is_image_configuration()) {
                let text = format!("{} {}", cluster.name, name(resource)).to_lowercase();
                if words.iter().all(|word| text.contains(word)) {
                    symbols.push(information(resource, container(cluster), checked, latest));
                }
                if symbols.len() >= MAX_SYMBOLS {
                    return symbols;
                }
            }
        }
    }
    symbols
}

fn container(cluster: &Cluster) -> Option<String> {
    (!cluster.stands_by_itself()).then(|| escape(&cluster.name).into_owned())
}

fn name(resource: &Resource) -> String {
    let identity = resource.identity();
    let name = format!("{} {}", escape(&identity.kind), escape(&identity.name));
    if name.trim().is_empty() { "?".to_owned() } else { name.trim().to_owned() }
}

fn information(
    resource: &Resource,
    container_name: Option<String>,
    checked: &Checked,
    latest: &Latest,
) -> SymbolInformation {
    let span = resource.name_span();
    let file = checked.sources.get(span.file).map_or(".", |source| source.name.as_str());
    let location =
        Location { uri: Uri::from(checked.names.uri(file)), range: latest.range_around(checked, span) };
    let base =
        BaseSymbolInformation { name: name(resource), kind: SymbolKind::Object, tags: None, container_name };
    SymbolInformation::new(None, location, base)
}
