//! What comes out of a build.

use crate::error::Error;
use crate::selector::Target;
use spanned_yaml::{Document, FileId};
use std::sync::Arc;

/// What a build makes.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in the order in which kustomize prints them; at the end, the configurations of generators that
    /// make policies or clusters (`PolicyGenerator`, `PolicyGenTemplate`, `SiteConfig`), as they stand.
    pub objects: Vec<Arc<Document>>,
    /// Which of `objects` are such configurations, and the directory from which their paths count.
    pub generators: Vec<(usize, String)>,
    /// What the build went on without: something remote, outside of the repository, or not supported.
    pub left_out: Vec<Error>,
    /// The targets of patches that select no object, which kustomize passes over in silence.
    pub unmatched: Vec<Target>,
    /// The files that were read, sorted, each once.
    pub files: Vec<FileId>,
}
