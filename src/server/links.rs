//! Links between texts: from the name of a ConfigMap of certificates to this ConfigMap, from a patch to its target, and
//! from a value of a chart to the line of the template that prints it.

use super::checked::Checked;
use super::latest::Latest;
use crate::kustomize;
use crate::machine::terminal::escape;
use crate::model::{Cluster, Resource};
use crate::read::discover;
use crate::source::{FileId, Span};
use crate::yaml::{self, Document, Kind, Node};
use gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri};
use std::collections::{BTreeMap, HashSet};

/// The most links of a text.
const MAX_LINKS: usize = 500;
/// Deeper values have no links.
const MAX_DEPTH: usize = 100;

/// The links of a text: for each span its target, and what is there.
type Links = BTreeMap<Span, (Span, String)>;

/// The links of a text.
pub(super) fn of_text(params: &DocumentLinkParams, latest: &Latest) -> Vec<DocumentLink> {
    let Some(text) = latest.steady_text(params.text_document.uri.as_ref()) else { return Vec::new() };
    let Some(file) = text.file else { return Vec::new() };
    let checked = text.checked;
    let mut links = Links::new();
    of_objects(checked, file, &mut links);
    if discover::is_kustomization(text.name) {
        of_kustomization(checked, (text.name, file), &mut links);
    }
    let link = |(span, (target, words)): (Span, (Span, String))| {
        let source = checked.sources.get(target.file)?;
        let line = latest.range_around(checked, target).start.line + 1;
        Some(DocumentLink {
            range: latest.range(checked, span)?,
            target: Some(Uri::from(format!("{}#L{line}", checked.names.uri(&source.name)))),
            tooltip: Some(words),
            data: None,
        })
    };
    links.into_iter().take(MAX_LINKS).filter_map(link).collect()
}

/// The resources of all clusters, each once.
fn resources(checked: &Checked) -> impl Iterator<Item = &Resource> {
    let mut seen = HashSet::new();
    let all = checked.repo.clusters.iter().flat_map(Cluster::resources);
    all.filter(move |resource| seen.insert(std::ptr::from_ref::<Resource>(resource)))
}

fn of_objects(checked: &Checked, file: FileId, links: &mut Links) {
    for cluster in &checked.repo.clusters {
        if let Some(ca) = cluster.trusted_ca().filter(|ca| ca.name.span.file == file)
            && let Some((map, _)) = ca.found
        {
            links.entry(ca.name.span).or_insert_with(|| (map.name_span(), words(map)));
        }
    }
    for resource in resources(checked).filter(|resource| resource.manifest.root().document().is_composed()) {
        if links.len() >= MAX_LINKS {
            return;
        }
        let mut parts = Parts { resource, file, near: None, links: &mut *links };
        parts.walk(resource.manifest.root(), false, 0);
    }
}

/// The parts of an object that come from a text.
struct Parts<'p> {
    resource: &'p Resource,
    file: FileId,
    /// The last text of the object's own file before the current value.
    near: Option<Span>,
    links: &'p mut Links,
}

impl Parts<'_> {
    /// `is_inside` says that a key around the value comes from the text, too: one link for all of it is enough.
    fn walk(&mut self, node: Node<'_>, is_inside: bool, depth: usize) {
        if depth > MAX_DEPTH || self.links.len() >= MAX_LINKS {
            return;
        }
        match node.kind() {
            Kind::Mapping => {
                for (key, value) in node.raw_pairs() {
                    let is_own = key.span().file == self.file;
                    // A patch repeats these keys only to name its target.
                    match key.text() {
                        "apiVersion" if depth == 0 && is_own => {}
                        "kind" if depth == 0 && is_own => self.visit(key, false),
                        "spec" if depth == 0 && is_own => self.walk(value, false, 1),
                        "metadata" if depth == 0 && is_own => self.walk(value, true, 1),
                        _ => {
                            self.visit(key, is_inside);
                            self.walk(value, is_inside || is_own, depth + 1);
                        }
                    }
                }
            }
            Kind::Sequence => node.items().for_each(|item| self.walk(item, is_inside, depth + 1)),
            Kind::Scalar => self.visit(node, is_inside),
        }
    }

    fn visit(&mut self, node: Node<'_>, is_inside: bool) {
        let span = node.span();
        let own = self.resource.span().file;
        if span.file == self.file && span.start < span.end {
            let target = match node.replaced() {
                Some(replaced) => Some(replaced).filter(|replaced| *replaced != span),
                None if is_inside || own == self.file => None,
                None => Some(self.near.unwrap_or_else(|| self.resource.kind_span())),
            };
            let target = target.filter(|target| target.file != self.file || node.replaced().is_some());
            if let Some(target) = target {
                self.links.entry(span).or_insert_with(|| (target, words(self.resource)));
            }
        } else if span.file == own {
            self.near = Some(span);
        }
    }
}

/// A patch that a kustomization lists.
struct Patch {
    /// The texts that the patch consists of: its file, or its entry.
    text: Span,
    /// The text that selects its target.
    target: Option<Span>,
}

/// The links of a kustomization: from the path of a patch to its file, and from its target to the first object that the
/// patch changes.
fn of_kustomization(checked: &Checked, (name, file): (&str, FileId), links: &mut Links) {
    let Some(source) = checked.sources.get(file) else { return };
    let mut documents: Vec<Document> = Vec::new();
    yaml::parse(file, &source.text, |parsed| documents.extend(parsed.ok()));
    let Some(document) = documents.first() else { return };
    let mut patches = Vec::new();
    let mut file_of = |path: Node<'_>| {
        let path_text = path.as_str()?;
        let name = kustomize::join(discover::directory(name), path_text)?;
        let id = checked.sources.find(&name)?;
        let start = Span::new(id, 0, 0);
        links.entry(path.span()).or_insert_with(|| (start, escape(&name).into_owned()));
        Some(Span::new(id, 0, checked.sources.get(id)?.text.len()))
    };
    for field in ["patches", "patchesJson6902"] {
        for entry in document.root().get(field).into_iter().flat_map(Node::items) {
            let target = entry.get("target").and_then(|target| {
                let selector = target.get("name").or_else(|| target.get("kind"))?;
                Some(selector.span())
            });
            let text = entry.get("path").and_then(&mut file_of).unwrap_or_else(|| entry.span());
            patches.push(Patch { text, target });
        }
    }
    for entry in document.root().get("patchesStrategicMerge").into_iter().flat_map(Node::items) {
        let _ = file_of(entry);
    }
    patches.retain(|patch| patch.target.is_some());
    for resource in resources(checked).filter(|resource| resource.manifest.root().document().is_composed()) {
        if patches.is_empty() {
            return;
        }
        let spans: Vec<Span> = resource.manifest.root().descendants().map(Node::span).collect();
        patches.retain(|patch| {
            let is_changed = spans.iter().any(|span| patch.text.contains(*span));
            if let Some(target) = patch.target.filter(|_| is_changed) {
                links.entry(target).or_insert_with(|| (resource.kind_span(), words(resource)));
            }
            !is_changed
        });
    }
}

fn words(resource: &Resource) -> String {
    let identity = resource.identity();
    format!("{} {}", escape(&identity.kind), escape(&identity.name))
}
