//! How much something matters.

use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// How much a diagnostic matters. These are SARIF's levels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what was meant, or not for long.
    Warning,
    /// Something breaks or leaks.
    Error,
}

impl Severity {
    /// The word in reports and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// The next lower one; a note stays a note.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Severity::Error => Severity::Warning,
            Severity::Warning | Severity::Note => Severity::Note,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_fills_its_column() {
        assert_eq!(
            format!("{:7}|{:>5}|{}", Severity::Note, Severity::Note, Severity::Error),
            "note   | note|error"
        );
    }
}
