//! What `kustomize build` makes of a directory, natively: no program is started and nothing is fetched.
//!
//! Every value of the result keeps the place of the text that won, be that a patch, a generator or the base, so a
//! finding about it stands where somebody can change it. What kustomize refuses is an [`Error`] with a place.
//!
//! The model is kustomize v5.7 (api v0.20) as `oc kustomize` holds it. A `value::Value` is a tree that steps may
//! change; `target` gathers a root's `resource::Resource`s and runs the steps in kustomize's order, `steps` and
//! its neighbours are one step each, and `order` puts out what is left.

mod fields;
pub mod files;
mod generators;
mod hash;
mod images;
mod json_patch;
mod kustomization;
mod labels;
mod loader;
mod merge;
mod names;
mod objects;
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
mod steps;
mod target;
mod text;
mod transformers;
mod value;
mod vars;

use crate::manifest::Manifest;
use crate::source::Span;
use crate::yaml::Node;
pub use files::{Files, Found, Tree, join};

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
        Self { span: Some(span), message: message.into(), cause: Cause::Refused, via: Vec::new() }
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

/// The objects that `kustomize build` prints for the directory `root`, in its order. Paths are relative to the root
/// of the repository, as in [`Files`].
pub fn build(root: &str, files: &dyn Files) -> Result<Vec<Manifest>> {
    let built = loader::Build::new(files).run(root)?;
    Ok(built.into_iter().map(|resource| resource.manifest()).collect())
}

/// Applies strategic merge patches to objects, as an entry of a `PolicyGenerator` does: a patch that does not say what
/// it is for is for the only object.
pub fn patch(manifests: &[Manifest], patches: &[Node<'_>]) -> Result<Vec<Manifest>> {
    patches::generated(manifests, patches)
}

/// Whether `name` is that of a kustomization file.
pub fn is_kustomization(name: &str) -> bool {
    kustomization::NAMES.contains(&name)
}
