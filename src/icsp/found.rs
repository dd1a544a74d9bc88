//! Facts about the `ImageContentSourcePolicy` objects of a repository that need its builds.

use crate::finding::Fix;
use crate::source::Span;
use std::collections::BTreeMap;

/// The conversions of objects of the old kind that need more than their own texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversions {
    /// For each object that builds read, by its place: its conversion, or the reason why there is none.
    pub(super) built: BTreeMap<Span, Result<Fix, String>>,
    /// A place outside of builds that refers to an object by its kind, by the name of the object.
    pub(super) mentions: BTreeMap<String, Span>,
}

impl Conversions {
    /// The conversion of the object at this place, or the reason why there is none; `None` if no build reads it.
    pub fn built(&self, object: Span) -> Option<&Result<Fix, String>> {
        self.built.get(&object)
    }

    /// A place outside of builds that refers to the object with this name by its old kind.
    pub fn mention(&self, name: &str) -> Option<Span> {
        self.mentions.get(name).copied()
    }
}
