//! The entries of all mirror sets, merged by source (openshift/runtime-utils `pkg/registries/registries.go`,
//! `addMirrorSet` and `mergedMirrors`).

use super::registries_conf::{Flag, Mirror, PullFromMirror};
use super::topo::Graph;
use crate::read::crd::{MirrorEntry, SourcePolicy};
use crate::source::Span;
use std::collections::{BTreeMap, HashMap};

/// The mirror lists of one source, merged.
#[derive(Debug)]
pub(super) struct Merged<'r> {
    pub(super) source: &'r str,
    pub(super) spans: Vec<Span>,
    pub(super) mirrors: Vec<Mirror>,
    pub(super) never: Vec<Span>,
}

/// One list for each source, in the order of the sources' names.
pub(super) fn merge<'r>(entries: &[&'r MirrorEntry], pull_from_mirror: PullFromMirror) -> Vec<Merged<'r>> {
    let mut by_source: BTreeMap<&str, Vec<&MirrorEntry>> = BTreeMap::new();
    for entry in entries {
        let source = entry.source.value.as_str();
        // The operator leaves out an entry whose only mirror is the source, together with its policy.
        if entry.mirrors().iter().any(|mirror| mirror.value != source) {
            by_source.entry(source).or_default().push(entry);
        }
    }
    let merged = by_source.into_iter().map(|(source, entries)| {
        let mut spans: HashMap<&str, Vec<Span>> = HashMap::new();
        for mirror in entries.iter().flat_map(|entry| entry.mirrors()) {
            spans.entry(&mirror.value).or_default().push(mirror.span);
        }
        let mut names = graph(&entries).sorted();
        // The runtime tries the source at the end anyway. Between mirrors, it stays as a mirror of itself.
        if names.last() == Some(&source) {
            names.pop();
        }
        let sources: Vec<Span> = entries.iter().map(|entry| entry.source.span).collect();
        let never =
            |entry: &&&MirrorEntry| entry.effective_policy() == Some(SourcePolicy::NeverContactSource);
        Merged {
            source,
            mirrors: names
                .into_iter()
                .map(|name| Mirror {
                    location: name.to_owned(),
                    pull_from_mirror,
                    insecure: Flag::default(),
                    // A cycle can put the source in front of its mirrors, although nobody wrote it there.
                    spans: spans.remove(name).unwrap_or_else(|| sources.clone()),
                })
                .collect(),
            spans: sources,
            never: entries.iter().filter(never).filter_map(|e| Some(e.policy.as_ref()?.span)).collect(),
        }
    });
    merged.collect()
}

/// The order in which nodes try the mirrors of one source, by its entries for one kind of pull. The source is among them or
/// at the end. The flag says whether the lists contradict each other, so that names decide.
pub fn order<'r>(entries: &[&'r MirrorEntry]) -> (Vec<&'r str>, bool) {
    graph(entries).resolve()
}

fn graph<'r>(entries: &[&'r MirrorEntry]) -> Graph<'r> {
    let mut graph = Graph::default();
    for entry in entries {
        let (source, mirrors) = (entry.source.value.as_str(), entry.mirrors());
        for pair in mirrors.windows(2) {
            graph.add_edge(&pair[0].value, &pair[1].value);
        }
        if let Some(last) = mirrors.last().filter(|_| mirrors.iter().all(|m| m.value != source)) {
            graph.add_edge(&last.value, source);
        }
    }
    graph
}
