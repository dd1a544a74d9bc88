//! The input of a runner: modules of Rego, data, and extensions of the language.

use serde::{Deserialize, Serialize};

/// A module of Rego as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name in messages, usually a path.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The language of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// The language before OPA 1.0: `deny[msg] { ... }`.
    V0,
    /// The language since OPA 1.0: `deny contains msg if { ... }`.
    V1,
    /// The new language, or the old one for a module that is only valid in it.
    #[default]
    Either,
}

/// Modules and data that see each other, but no other set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Its modules.
    pub sources: Vec<Source>,
    /// The merged documents of data; an object.
    pub data: serde_json::Value,
    /// The language of its modules.
    pub dialect: Dialect,
}

impl Set {
    /// Whether the set itself defines the documents of a package, by its data or by a module.
    pub(crate) fn defines(&self, package: &str) -> bool {
        let first = package.split('.').next().unwrap_or(package);
        let is_package = |line: &str| line.strip_prefix("package").is_some_and(|rest| rest.trim() == package);
        self.data.get(first).is_some()
            || self.sources.iter().any(|source| source.text.lines().any(is_package))
    }
}

/// Extensions of the language for all sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Functions that the caller answers.
    pub functions: Vec<HostFunction>,
    /// Documents of each job, by name below `data`: `conftest.file`. A set that defines the package itself keeps its own.
    pub documents: Vec<String>,
}

/// A function that policies may call and the caller answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFunction {
    /// Its name with dots.
    pub name: String,
    /// How many arguments it takes.
    pub arguments: u8,
}
