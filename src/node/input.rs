//! What the MCO reads from a cluster's resources.

use crate::model::Cluster;
use crate::read::crd::{ImageConfig, List, MirrorEntry, MirrorKind};
use crate::source::{Span, Spanned};

/// The registry lists of the `Image`. An empty list of insecure registries differs from a missing one.
pub(super) struct Lists<'r> {
    pub(super) insecure: Option<&'r [Spanned<String>]>,
    pub(super) blocked: &'r [Spanned<String>],
    pub(super) allowed: &'r [Spanned<String>],
    pub(super) allowed_key: Option<Span>,
    pub(super) search: Option<&'r [Spanned<String>]>,
}

impl<'r> Lists<'r> {
    pub(super) fn of(image: &'r ImageConfig) -> Self {
        let sources = image.registry_sources.as_ref();
        let items = |list: Option<&'r List<Spanned<String>>>| list.map(|list| list.items.as_slice());
        let allowed = sources.and_then(|sources| sources.allowed.as_ref());
        Self {
            insecure: items(sources.and_then(|sources| sources.insecure.as_ref())),
            blocked: items(sources.and_then(|sources| sources.blocked.as_ref())).unwrap_or(&[]),
            allowed: items(allowed).unwrap_or(&[]),
            allowed_key: allowed.map(|list| list.key),
            search: items(sources.and_then(|sources| sources.search.as_ref())),
        }
    }
}

/// The entries of all mirror sets, in the order in which the MCO combines them.
pub(super) struct Rules<'r> {
    pub(super) digest: Vec<&'r MirrorEntry>,
    pub(super) tag: Vec<&'r MirrorEntry>,
    /// Whether there is a mirror set, even an empty one.
    pub(super) any: bool,
}

impl<'r> Rules<'r> {
    pub(super) fn of(cluster: &'r Cluster) -> Self {
        let of = |kind: MirrorKind| {
            let sets = cluster.mirror_sets().filter(move |(_, set)| set.kind == kind);
            sets.flat_map(|(_, set)| set.entries())
        };
        Self {
            digest: of(MirrorKind::Digest).chain(of(MirrorKind::Icsp)).collect(),
            tag: of(MirrorKind::Tag).collect(),
            any: cluster.mirror_sets().next().is_some(),
        }
    }
}

/// The lists in which a template fills in items.
pub(super) fn open_values(cluster: &Cluster) -> Vec<Span> {
    let mut open = Vec::new();
    if let Some(sources) = cluster.image().and_then(|(_, image)| image.registry_sources.as_ref()) {
        let lists = [&sources.insecure, &sources.blocked, &sources.allowed, &sources.search];
        open.extend(lists.into_iter().flatten().filter(|list| list.open).map(|list| list.span));
    }
    for (_, set) in cluster.mirror_sets() {
        open.extend(set.entries.iter().filter(|list| list.open).map(|list| list.span));
        let mirrors = set.entries().iter().filter_map(|entry| entry.mirrors.as_ref());
        open.extend(mirrors.filter(|list| list.open).map(|list| list.span));
    }
    for (_, policy) in cluster.image_policies() {
        open.extend(policy.scopes.iter().filter(|list| list.open).map(|list| list.span));
    }
    open.sort_unstable();
    open
}
