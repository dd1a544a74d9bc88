//! The shape of a resource: what the structural schema of the API server accepts, drops and refuses.
//!
//! The table in the file of each kind lists its fields. This module compares a document with the table, in the order of the
//! server: it drops nulls in maps, prunes unknown fields without reading their values, and then checks types and required
//! fields.

mod walk;

pub use walk::{check, check_hosted};

use super::MirrorKind;
use crate::openshift::{Version, Versions};
use crate::source::Span;
use std::collections::HashMap;

/// The type of a field.
#[derive(Debug)]
pub enum Type {
    /// A string.
    String,
    /// A boolean.
    Bool,
    /// One of a few strings.
    Enum(&'static [&'static str]),
    /// A list of something.
    List(&'static Type),
    /// A map with known fields; all others are pruned.
    Map(&'static [Field]),
}

impl Type {
    /// The type's name in the server's messages.
    pub fn name(&self) -> &'static str {
        match self {
            Type::String | Type::Enum(_) => "string",
            Type::Bool => "boolean",
            Type::List(_) => "array",
            Type::Map(_) => "object",
        }
    }
}

/// A field of a map.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether the server requires it.
    pub required: bool,
    /// The first release with the field.
    pub since: Option<Version>,
}

impl Field {
    /// A field that may be left out.
    pub(super) const fn new(name: &'static str, ty: Type) -> Self {
        Self { name, ty, required: false, since: None }
    }

    /// A field that has to be there.
    pub(super) const fn required(name: &'static str, ty: Type) -> Self {
        Self { name, ty, required: true, since: None }
    }

    pub(super) const fn since(self, version: Version) -> Self {
        Self { name: self.name, ty: self.ty, required: self.required, since: Some(version) }
    }
}

/// The fields of the `spec` of a kind, as the server knows them; nothing where its shape is not checked.
pub fn spec_of(kind: &str) -> Option<&'static Type> {
    match kind {
        "Image" => Some(&super::image::SPEC),
        "ImageDigestMirrorSet" => Some(super::mirror_set::spec(MirrorKind::Digest)),
        "ImageTagMirrorSet" => Some(super::mirror_set::spec(MirrorKind::Tag)),
        "ImageContentSourcePolicy" => Some(super::mirror_set::spec(MirrorKind::Icsp)),
        _ => None,
    }
}

/// Something that the server refuses or drops.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The smallest text that is wrong.
    pub span: Span,
    /// The field as the server names it.
    pub field: String,
    /// The releases on which it is a problem.
    pub versions: Versions,
    /// What is wrong.
    pub what: What,
}

/// The kinds of [`Problem`].
#[derive(Clone, Debug)]
pub enum What {
    /// The schema lacks the field: its value is dropped.
    Unknown {
        /// The key as written.
        key: String,
        /// Paths of fields with this or nearly this name (`spec.registrySources.allowedRegistries`), nearest first.
        meant: Option<String>,
        /// The fields that exist beside it.
        beside: Vec<&'static str>,
    },
    /// A value of another type.
    WrongType {
        /// The type that the schema requires.
        expected: &'static str,
        /// The type of the value.
        found: &'static str,
        /// The required type with its fields; `None` if the table does not list them.
        due: Option<&'static Type>,
        /// The number of the value in its document.
        node: u32,
    },
    /// A required field is not there, or null.
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A string that is not one of the legal values.
    NotInEnum {
        /// The value as written.
        value: String,
        /// The legal values.
        allowed: &'static [&'static str],
    },
    /// Metadata that the server refuses, although its type is correct.
    Metadata {
        /// The value or key.
        value: String,
        /// What the server requires of it.
        rule: &'static str,
    },
}

/// At most so many problems of one sort are kept for an object: a file can have millions, and nobody reads them.
const MAX_PROBLEMS: usize = 4_000;

/// The problems of one object.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    counts: HashMap<std::mem::Discriminant<What>, usize>,
}

impl Problems {
    pub(super) fn push(&mut self, span: Span, field: String, versions: Versions, what: What) {
        let count = self.counts.entry(std::mem::discriminant(&what)).or_default();
        *count += 1;
        if *count <= MAX_PROBLEMS {
            self.list.push(Problem { span, field, versions, what });
        }
    }
}

/// The name in `names` that the author of `name` probably meant.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_ascii_lowercase();
    let letters = name.chars().count();
    // A third of the letters may differ: `allowedRegistry` is three edits from `allowedRegistries`.
    let most = |candidate: &str| candidate.len().min(name.len()) / 3;
    names
        // Each letter more is an edit.
        .filter(|candidate| candidate.chars().count().abs_diff(letters) <= most(candidate))
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
