//! Whose image policy something is of.

use crate::source::Span;

/// Whose image policy it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyOwner {
    /// The release's own; no manifest holds it.
    Release,
    /// A `ClusterImagePolicy`.
    Cluster,
    /// An `ImagePolicy` of this namespace.
    Namespace(String),
}

/// A scope of an image policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyScopeName {
    /// Whose policy has it.
    pub owner: PolicyOwner,
    /// The scope.
    pub name: String,
    /// Where it is written; nowhere in case of the release's own.
    pub span: Option<Span>,
}
