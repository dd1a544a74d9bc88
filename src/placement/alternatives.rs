//! Finds files that are alternatives of each other, so that only one of them is applied.

use crate::model::{Identity, Resource};
use crate::read::crd::{Kind, MirrorEntry, MirrorKind, MirrorSet, SourcePolicy, Typed};
use std::collections::{HashMap, HashSet};

/// A set of objects.
#[derive(Debug, Default)]
pub(super) struct Defined<'r> {
    objects: HashSet<&'r Identity>,
    old: HashSet<(&'r str, Vec<&'r str>)>,
    new: HashSet<(&'r str, Vec<&'r str>)>,
}

impl<'r> Defined<'r> {
    pub(super) fn add(&mut self, resource: &'r Resource) {
        if says_nothing(resource) {
            return;
        }
        self.objects.insert(resource.identity());
        self.old.extend(entries_of(resource, MirrorKind::Icsp));
        self.new.extend(entries_of(resource, MirrorKind::Digest));
    }

    /// Whether a resource is one of these objects, or the deprecated or the new form of one of them.
    pub(super) fn excludes(&self, resource: &Resource) -> bool {
        let is_in = |set: &HashSet<(&str, Vec<&str>)>, kind| {
            entries_of(resource, kind).any(|entry| set.contains(&entry))
        };
        !says_nothing(resource)
            && (self.objects.contains(resource.identity())
                || is_in(&self.new, MirrorKind::Icsp)
                || is_in(&self.old, MirrorKind::Digest))
    }
}

/// Resources that prove nothing: two files with the same credentials or neighbours are not alternatives.
fn says_nothing(resource: &Resource) -> bool {
    matches!(resource.kind(), Some(Kind::PullSecret | Kind::Settings | Kind::Neighbour(_)))
}

/// Whether some of the resources exclude each other: two are the same object, or an `ImageDigestMirrorSet` has an entry
/// of a deprecated `ImageContentSourcePolicy`. Each resource comes with the number of its unit; resources of one unit
/// never exclude each other.
pub(super) fn are_alternatives<'r>(resources: impl Iterator<Item = (usize, &'r Resource)> + Clone) -> bool {
    let mut objects: HashMap<&Identity, usize> = HashMap::new();
    let mut old: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
    let meant = resources.clone().filter(|(_, resource)| !says_nothing(resource));
    for (unit, resource) in meant {
        if *objects.entry(resource.identity()).or_insert(unit) != unit {
            return true;
        }
        old.extend(entries_of(resource, MirrorKind::Icsp).map(|entry| (entry, unit)));
    }
    !old.is_empty()
        && resources.into_iter().any(|(unit, resource)| {
            entries_of(resource, MirrorKind::Digest)
                .any(|entry| old.get(&entry).is_some_and(|other| *other != unit))
        })
}

/// The source and the mirrors of every entry that an `ImageContentSourcePolicy` can also hold.
fn entries_of(resource: &Resource, kind: MirrorKind) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let set = match &resource.typed {
        Typed::Mirrors(set) if set.kind == kind => Some(set),
        _ => None,
    };
    let plain = |entry: &&MirrorEntry| entry.effective_policy() != Some(SourcePolicy::NeverContactSource);
    set.into_iter().flat_map(MirrorSet::entries).filter(plain).map(|entry| {
        let mirrors = entry.mirrors().iter().map(|mirror| mirror.value.as_str()).collect();
        (entry.source.value.as_str(), mirrors)
    })
}
