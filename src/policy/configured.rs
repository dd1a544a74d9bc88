//! What the configuration and the command line say of policies.

use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// Directories of policies that see each other, and how they run.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The directories with their modules, or files; there is at least one.
    pub paths: Vec<Where>,
    /// The packages whose rules run; `*` is all of them.
    pub namespaces: Vec<String>,
    /// Files and directories with data.
    pub data: Vec<Where>,
    /// What they see as `input`.
    pub input: InputKind,
    /// The language that they are written in.
    pub language: Language,
}

/// The package whose rules run where nobody names another.
pub const NAMESPACE: &str = "main";

/// Every package.
pub const EVERY_NAMESPACE: &str = "*";

/// A file or directory that is read for policies.
#[derive(Clone, Debug)]
pub enum Where {
    /// A path of the repository, as the configuration names it; empty for its root.
    Repository(Spanned<String>),
    /// A path that the command line names, absolute.
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
}

impl InputKind {
    /// The packages whose rules run where nobody names any: templates of Gatekeeper have one of their own each.
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
