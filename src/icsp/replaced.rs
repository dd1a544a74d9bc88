//! How far objects of the new kind already replace one of the old kind.

use crate::model::{Cluster, Resource};
use crate::read::crd::{MirrorKind, MirrorSet};
use crate::source::{Span, Spanned};
use std::collections::HashMap;

/// The mirror sets of a cluster, by what they replace.
pub struct Replacements<'c> {
    by_name: HashMap<&'c str, &'c Resource>,
    mirrored: HashMap<(&'c str, &'c str), &'c Resource>,
}

/// The part of an old object that new ones already contain.
pub enum ReplacedBy<'c> {
    /// All its mirrors.
    Whole(&'c Resource),
    /// The old object has no mirrors, and this one has its name.
    Empty(&'c Resource),
    /// This object has its name, but lacks the mirror at the place.
    InPart(&'c Resource, Span),
    /// None, or an object with another name.
    No,
}

impl<'c> Replacements<'c> {
    /// Reads the mirror sets of a cluster.
    pub fn of(cluster: &'c Cluster) -> Self {
        let new = || cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Digest);
        let by_name = new().map(|(resource, _)| (resource.name(), resource)).collect();
        let mirrored = new()
            .flat_map(|(resource, set)| pairs(set).map(move |(s, m)| ((s, m.value.as_str()), resource)))
            .collect();
        Self { by_name, mirrored }
    }

    /// The part of an object of the old kind that new ones already contain.
    pub fn of_old(&self, resource: &Resource, set: &MirrorSet) -> ReplacedBy<'c> {
        let mut all =
            pairs(set).map(|(source, mirror)| (mirror, self.mirrored.get(&(source, mirror.value.as_str()))));
        let missing = all.clone().find(|(_, new)| new.is_none());
        let new = all.find_map(|(_, new)| new);
        match (missing, new, self.by_name.get(resource.name())) {
            (None, Some(new), _) => ReplacedBy::Whole(new),
            (None, None, Some(namesake)) => ReplacedBy::Empty(namesake),
            (Some((mirror, _)), _, Some(namesake)) => ReplacedBy::InPart(namesake, mirror.span),
            (_, _, None) => ReplacedBy::No,
        }
    }
}

/// Every source with each of its mirrors.
fn pairs(set: &MirrorSet) -> impl Iterator<Item = (&str, &Spanned<String>)> + Clone {
    set.entries()
        .iter()
        .flat_map(|entry| entry.mirrors().iter().map(|mirror| (entry.source.value.as_str(), mirror)))
}
