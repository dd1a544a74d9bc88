//! What a look at the builds of a repository tells of its `ImageContentSourcePolicy` objects.

use crate::finding::Fix;
use crate::source::Span;
use std::collections::BTreeMap;

/// What becomes of the objects of the old kind, as far as their own texts do not tell it.
#[derive(Clone, Debug, Default)]
pub struct Conversions {
    /// The change of each object that builds read, by its place, or why there is none.
    pub(super) built: BTreeMap<Span, Result<Fix, String>>,
    /// A place that calls an object by its kind and that no build reads, by the name of the object.
    pub(super) mentions: BTreeMap<String, Span>,
}

impl Conversions {
    /// The change of the object at this place, or why there is none, where builds read it.
    pub fn built(&self, object: Span) -> Option<&Result<Fix, String>> {
        self.built.get(&object)
    }

    /// A place beside builds that calls the object of this name by its old kind.
    pub fn mention(&self, name: &str) -> Option<Span> {
        self.mentions.get(name).copied()
    }
}
