//! The mirror sets in the directory of a file for which no cluster is known: they are probably applied together.

use super::Resource;
use super::scope::policy_names;
use crate::read::crd::{MirrorKind, Typed};
use std::collections::BTreeSet;

/// The sources that the mirror sets of a directory mirror.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Beside {
    by_digest: BTreeSet<String>,
    by_tag: BTreeSet<String>,
}

impl Beside {
    /// Adds the sources of a resource.
    pub fn add(&mut self, resource: &Resource) {
        let Typed::Mirrors(set) = &resource.typed else { return };
        let sources = if set.kind == MirrorKind::Tag { &mut self.by_tag } else { &mut self.by_digest };
        let mirrored = set.entries().iter().filter(|entry| !entry.mirrors().is_empty());
        sources.extend(mirrored.map(|entry| entry.source.value.clone()));
    }

    /// Whether there is no source.
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty() && self.by_tag.is_empty()
    }

    /// Whether pulls of a name by digest have a mirror, from the name itself or from a name around it, wildcards included.
    pub fn serves_digests(&self, name: &str) -> bool {
        policy_names(name).any(|outer| self.by_digest.contains(&*outer))
    }

    /// Whether a source with mirrors of its own gets more of them for pulls by digest. Only entries of the same name add
    /// mirrors: those of a name around it do not apply to it.
    pub fn completes_digests(&self, source: &str) -> bool {
        self.by_digest.contains(source)
    }

    /// The same for pulls by tag.
    pub fn completes_tags(&self, source: &str) -> bool {
        self.by_tag.contains(source)
    }
}
