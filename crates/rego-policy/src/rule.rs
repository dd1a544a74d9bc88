//! The rules of policies with findings: `deny`, `violation` and `warn` of Conftest.

use crate::{Metadata, Place};
use serde::{Deserialize, Serialize};

/// A rule whose results are findings: all its heads in one package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// The number of its set.
    pub set: usize,
    /// Its package: `main`.
    pub package: String,
    /// Its name in the package: `deny_public_registry`.
    pub name: String,
    /// The severity of its results.
    pub kind: Kind,
    /// Where it is defined, in order of modules and text.
    pub heads: Vec<Head>,
}

/// The severity of the results of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// `deny` and `deny_…`.
    Deny,
    /// `violation` and `violation_…`.
    Violation,
    /// `warn` and `warn_…`.
    Warn,
}

/// One definition of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The text of the head.
    pub place: Place,
    /// Its annotations, completed by those of its document and its packages.
    pub metadata: Metadata,
}

/// A rule with the name of a finding rule, whose value contains no messages: Conftest runs it, but it never has a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// The number of its set.
    pub set: usize,
    /// Its package.
    pub package: String,
    /// Its name.
    pub name: String,
    /// The text of the head.
    pub place: Place,
}

impl PolicyRule {
    /// Its name in `exception`: without `deny_`, `violation_` or `warn_`.
    pub fn short_name(&self) -> &str {
        self.name.split_once('_').map_or("", |(_, name)| name)
    }
}

impl Kind {
    /// The severity that Conftest derives from the name of a rule; `None` for other rules.
    pub fn of(name: &str) -> Option<Self> {
        let (kind, rest) = [(Self::Deny, "deny"), (Self::Violation, "violation"), (Self::Warn, "warn")]
            .into_iter()
            .find_map(|(kind, word)| Some((kind, name.strip_prefix(word)?)))?;
        let suffixes = rest.split('_').enumerate().all(|(n, part)| {
            if n == 0 {
                part.is_empty()
            } else {
                part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !part.is_empty()
            }
        });
        suffixes.then_some(kind)
    }
}
