//! What `kustomize build` makes of a directory, natively: no program is started and nothing is fetched.
//!
//! Every value of the result keeps the place of the text that won, be that a patch, a generator or the base, so a
//! finding about it stands where somebody can change it. What kustomize refuses is an [`Error`] with a place.
//!
//! Many roots are built with one [`Cache`]. What is remote, outside of the repository or a program is left out and said.
//!
//! The model is kustomize v5.7 (api v0.20) as `oc kustomize` holds it. A `value::Value` is a tree that steps may
//! change; `target` gathers a root's `resource::Resource`s and runs the steps in kustomize's order, `steps` and
//! its neighbours are one step each, and `order` puts out what is left.

mod base;
mod cache;
mod definitions;
mod fields;
pub mod files;
mod generators;
mod hash;
mod images;
mod includes;
mod json_patch;
mod kustomization;
mod labels;
mod loader;
mod map;
mod merge;
mod names;
mod objects;
mod onto;
mod order;
mod origin;
mod patches;
mod path;
mod reader;
mod reference_table;
mod references;
mod replacements;
mod resource;
mod schema;
mod selector;
mod set;
mod shape;
mod shared;
mod steps;
mod target;
mod text;
mod transformers;
mod value;
mod vars;

use crate::manifest::Manifest;
use crate::source::{FileId, Span};
pub use cache::Cache;
pub use files::{Files, Found, Tree, join};
pub use includes::{Includes, includes};
pub use onto::apply_patches;
pub use selector::Target;

/// What a build makes.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in the order in which kustomize prints them; at the end, the configurations of generators that
    /// make policies or clusters (`PolicyGenerator`, `PolicyGenTemplate`, `SiteConfig`), as they stand.
    pub manifests: Vec<Manifest>,
    /// Which of `manifests` are such configurations, and the directory from which their paths count.
    pub generators: Vec<(usize, String)>,
    /// What the build went on without: something remote, outside of the repository, or not supported.
    pub left_out: Vec<Error>,
    /// The targets of patches that select no object, which kustomize passes over in silence.
    pub unmatched: Vec<Target>,
    /// The files that were read, sorted, each once.
    pub files: Vec<FileId>,
}

/// Why a root cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The text that is wrong; none where a directory holds no kustomization at all.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// Whose limit it is.
    pub cause: Cause,
    /// The entries through which the build came here, the innermost first.
    pub via: Vec<Span>,
    /// Whether something is not there that might be in what was left out.
    is_missing: bool,
}

/// Whose limit an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// kustomize refuses it.
    Refused,
    /// It is somewhere else and never fetched.
    Remote,
    /// It is outside of the repository, which is not read.
    Outside,
    /// We don't do it, or not at this size.
    Unsupported,
}

/// What a step makes, or why it cannot.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn at(span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::nowhere(message) }
    }

    /// One whose place is that of the entry that leads to it.
    fn nowhere(message: impl Into<String>) -> Self {
        Self {
            span: None,
            message: message.into(),
            cause: Cause::Refused,
            via: Vec::new(),
            is_missing: false,
        }
    }

    /// Something is not there; where a part was left out, it may be in that.
    fn missing(span: Span, message: impl Into<String>) -> Self {
        Self { is_missing: true, ..Self::at(span, message) }
    }

    fn unsupported(span: Span, message: impl Into<String>) -> Self {
        Self { cause: Cause::Unsupported, ..Self::at(span, message) }
    }

    /// The same error, reached through `span`.
    fn via(mut self, span: Span) -> Self {
        if self.span.is_none() {
            self.span = Some(span);
        } else {
            self.via.push(span);
        }
        self
    }
}

/// What `kustomize build` makes of the directory `root`. Paths are relative to the root of the repository, as in
/// [`Files`]; `cache` is that of all builds over these files.
///
/// What cannot be read here is left out, and then no patch has to find its target; what kustomize refuses is an error.
pub fn build(root: &str, files: &dyn Files, cache: &Cache) -> Result<Built> {
    loader::Build::new(files, cache).run(root)
}

/// Whether `name` is that of a kustomization file.
pub fn is_kustomization(name: &str) -> bool {
    kustomization::NAMES.contains(&name)
}
