//! What manifests of Argo CD come to.

use crate::source::Source;
use spanned_yaml::Span;
use std::collections::BTreeSet;

/// What an `Application`, or one that an `ApplicationSet` would generate, applies where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its name; parameters that only Argo CD knows stay in it as `{{name}}`.
    pub name: String,
    /// The text of the first path, in the manifest.
    pub span: Span,
    /// The directories of this repository that it applies, at least one.
    pub sources: Vec<Source>,
    /// The cluster.
    pub destination: Destination,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// The `ApplicationSet` that it comes from.
    pub generated_by: Option<String>,
}

/// The cluster of an application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// The one that Argo CD runs on.
    InCluster,
    /// By its name in Argo CD, or by the URL of its API.
    Cluster(String),
    /// Decided outside of the repository; the words name the selection.
    Selection(String),
}

/// What a manifest of Argo CD says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// In the order of the text and of the generators.
    pub applications: Vec<Application>,
    /// What the repository alone doesn't decide or we don't evaluate, one line each.
    pub left_out: Vec<(Span, String)>,
    /// Paths that are not in this repository, which may be none of theirs.
    pub missing: Vec<Missing>,
    /// What the parameters of generators tell of clusters.
    pub called: BTreeSet<Called>,
}

/// A cluster's name and the URL of its API, which stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    /// The name.
    pub name: String,
    /// The URL.
    pub server: String,
    /// Whether the name can be nothing but the cluster's.
    pub is_sure: bool,
}

/// A path that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name of the application; empty where a generator looks there and makes none.
    pub name: String,
    /// The text of the path, in the manifest.
    pub span: Span,
    /// The path that it comes to.
    pub path: String,
    /// `repoURL` as written.
    pub repo_url: String,
    /// `targetRevision` as written; empty means `HEAD`.
    pub revision: String,
}
