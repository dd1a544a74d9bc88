//! The settings of policies in the configuration and on the command line.

use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// Directories whose policies belong together, and how these policies run.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The directories with their modules, or files; there is at least one.
    pub paths: Vec<Where>,
    /// The packages whose rules run; `*` stands for all packages.
    pub namespaces: Vec<String>,
    /// Files and directories with data.
    pub data: Vec<Where>,
    /// The `input` of the policies.
    pub input: InputKind,
    /// The language of the policies.
    pub language: Language,
}

/// The package whose rules run by default.
pub const NAMESPACE: &str = "main";

/// Every package.
pub const EVERY_NAMESPACE: &str = "*";

/// A file or directory that is read for policies.
#[derive(Clone, Debug)]
pub enum Where {
    /// A path in the repository, as the configuration writes it; empty for the root of the repository.
    Repository(Spanned<String>),
    /// An absolute path from the command line.
    Disk(PathBuf),
}

/// What policies see as `input`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Each object as its cluster gets it.
    #[default]
    Object,
    /// Each object as Gatekeeper hands it over: `input.review.object`, and `input.parameters` from `data.parameters`.
    Review,
    /// Each cluster with everything that it gets.
    Cluster,
    /// Each cluster as `conftest --combine` hands files over: a list with `path` and `contents` of every object.
    Combined,
}

impl InputKind {
    /// Whether the input is a whole cluster.
    pub fn is_of_cluster(self) -> bool {
        matches!(self, InputKind::Cluster | InputKind::Combined)
    }

    /// The packages whose rules run by default. For templates of Gatekeeper these are all packages, since each template
    /// has its own.
    pub fn namespaces(self) -> Vec<String> {
        let package = if self == InputKind::Review { EVERY_NAMESPACE } else { NAMESPACE };
        vec![package.to_owned()]
    }
}

/// The language that policies are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// The language since OPA 1.0, and the one before for each module that reads only as that.
    #[default]
    #[serde(skip)]
    Either,
    /// The language since OPA 1.0: `deny contains msg if { ... }`.
    V1,
    /// The language before OPA 1.0: `deny[msg] { ... }`.
    V0,
}
