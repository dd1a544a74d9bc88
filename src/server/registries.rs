//! The names of registries in the objects of clusters, with their places.

use super::checked::Checked;
use crate::model::{Cluster, named_entries};
use crate::source::{FileId, Span, Spanned};
use std::collections::BTreeSet;

/// Every registry, source and mirror in the objects of a cluster.
pub(super) fn of_cluster(cluster: &Cluster) -> impl Iterator<Item = &Spanned<String>> {
    let listed = cluster.images().flat_map(|(_, image)| named_entries(image).map(|(_, entry)| entry));
    let lists = cluster.images().filter_map(|(_, image)| image.registry_sources.as_ref()?.search.as_ref());
    let searched = lists.flat_map(|list| &list.items);
    let mirrored = cluster.mirror_entries();
    let mirrored = mirrored.flat_map(|(_, _, entry)| std::iter::once(&entry.source).chain(entry.mirrors()));
    listed.chain(searched).chain(mirrored)
}

/// The registry at a place of a text, and the clusters that get it from there.
pub(super) fn at(
    checked: &Checked,
    file: FileId,
    offset: usize,
) -> Option<(&Spanned<String>, Vec<&Cluster>)> {
    let is_here = |entry: &&Spanned<String>| is_at(entry.span, file, offset);
    let found = checked
        .repo
        .clusters
        .iter()
        .filter_map(|cluster| Some((of_cluster(cluster).find(is_here)?, cluster)));
    let mut name = None;
    let mut clusters = Vec::new();
    for (entry, cluster) in found {
        name = name.or(Some(entry));
        clusters.push(cluster);
    }
    Some((name?, clusters))
}

/// The source of a mirror that stands at a place.
pub(super) fn source_of(cluster: &Cluster, mirror: Span) -> Option<&Spanned<String>> {
    let mut entries = cluster.mirror_entries().map(|(_, _, entry)| entry);
    let entry = entries.find(|entry| entry.mirrors().iter().any(|known| known.span == mirror))?;
    Some(&entry.source)
}

/// The names in the objects of all clusters, each once, in order. The text at the place `but` does not count.
pub(super) fn known(checked: &Checked, but: Option<(FileId, usize)>) -> BTreeSet<&str> {
    let all = checked.repo.clusters.iter().flat_map(of_cluster);
    let others = all.filter(|entry| but.is_none_or(|(file, offset)| !is_at(entry.span, file, offset)));
    others.map(|entry| entry.value.as_str()).filter(|name| !name.is_empty()).collect()
}

/// Whether a byte of a file lies in a text, or at its end.
fn is_at(span: Span, file: FileId, offset: usize) -> bool {
    span.file == file && (span.start as usize..=span.end as usize).contains(&offset)
}
