//! What lies in the directory of a file that no cluster is known for: it may well be applied with it.

use super::Resource;
use crate::crd::{MirrorKind, Typed};
use std::collections::BTreeSet;

/// The sources that the mirror sets of a directory mirror.
#[derive(Debug, Default)]
pub struct Beside {
    by_digest: BTreeSet<String>,
    by_tag: BTreeSet<String>,
}

impl Beside {
    /// Notes what a resource mirrors.
    pub fn add(&mut self, resource: &Resource) {
        let Typed::Mirrors(set) = &resource.typed else { return };
        let sources = if set.kind == MirrorKind::Tag { &mut self.by_tag } else { &mut self.by_digest };
        let mirrored = set.entries().iter().filter(|entry| !entry.mirrors().is_empty());
        sources.extend(mirrored.map(|entry| entry.source.value.clone()));
    }

    /// Whether nothing is mirrored.
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty() && self.by_tag.is_empty()
    }

    /// Whether pulls of a name by digest have a mirror: one of the name, or of what it lies in.
    pub fn serves_digests(&self, name: &str) -> bool {
        covers(&self.by_digest, name)
    }

    /// The same for pulls by tag.
    pub fn serves_tags(&self, name: &str) -> bool {
        covers(&self.by_tag, name)
    }
}

fn covers(sources: &BTreeSet<String>, name: &str) -> bool {
    let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
    ends.into_iter().any(|end| sources.contains(&name[..end]))
}
