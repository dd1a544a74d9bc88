//! What is read: modules of Rego, data, and what the caller adds to the language.

use serde::{Deserialize, Serialize};

/// A module of Rego as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What messages call it: a path, as a rule.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Which language a module is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// The language before OPA 1.0: `deny[msg] { ... }`.
    V0,
    /// The language since OPA 1.0: `deny contains msg if { ... }`.
    V1,
    /// The new language, and the old one for each module that only reads as that.
    #[default]
    Either,
}

/// Modules and data that see each other, and nothing of any other set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Its modules.
    pub sources: Vec<Source>,
    /// The merged documents of data; an object.
    pub data: serde_json::Value,
    /// The language of its modules.
    pub dialect: Dialect,
}

/// What the caller adds to the language for all sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Functions that the caller answers.
    pub functions: Vec<HostFunction>,
    /// Documents that each job brings along, by name below `data`: `conftest.file`.
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
