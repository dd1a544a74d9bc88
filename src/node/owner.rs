//! The owner of an image policy.

use crate::source::Span;

/// The owner of an image policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyOwner {
    /// The release; no manifest contains the policy.
    Release,
    /// A `ClusterImagePolicy`.
    Cluster,
    /// An `ImagePolicy` of this namespace.
    Namespace(String),
}

/// A scope of an image policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyScopeName {
    /// The owner of the policy with the scope.
    pub owner: PolicyOwner,
    /// The scope.
    pub name: String,
    /// The place of the scope; `None` for the policy of the release.
    pub span: Option<Span>,
}
