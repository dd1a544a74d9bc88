//! The result of a build.

use crate::chart::BuiltChart;
use crate::error::Error;
use crate::selector::Target;
use spanned_yaml::{Document, FileId, Span};
use std::sync::Arc;

/// The result of a build.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in the order in which kustomize prints them. At the end come the unchanged configurations of generators
    /// that make policies or clusters (`PolicyGenerator`, `PolicyGenTemplate`, `SiteConfig`).
    pub objects: Vec<Arc<Document>>,
    /// The numbers of these configurations in `objects`, each with the directory that its paths are relative to.
    pub generators: Vec<(usize, String)>,
    /// Parts that were skipped: remote, outside of the repository, or not supported.
    pub left_out: Vec<Error>,
    /// The charts that were rendered for it.
    pub charts: Vec<BuiltChart>,
    /// The targets of patches that select no object, which kustomize does not report.
    pub unmatched: Vec<Target>,
    /// The targets of patches that selected an object, by their places, sorted.
    pub matched: Vec<Span>,
    /// The files that were read, sorted, each once.
    pub files: Vec<FileId>,
}
