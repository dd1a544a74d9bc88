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

/// Extensions of the language for all sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Functions that the caller answers.
    pub functions: Vec<HostFunction>,
    /// Documents of each job, by name below `data`: `conftest.file`.
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
