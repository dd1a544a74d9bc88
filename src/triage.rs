//! What becomes of every diagnostic: ignored by somebody, or open; and what the run amounts to.

use crate::diagnostic::Diagnostic;
use crate::rule::Severity;

/// The result of a check.
#[derive(Debug, Default)]
pub struct Report {
    /// Every diagnostic, ignored ones included, in the order of files, places and rules.
    pub diagnostics: Vec<Diagnostic>,
    /// What was looked at.
    pub checked: Checked,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files that were read.
    pub files: usize,
    /// Resources of our kinds.
    pub resources: usize,
    /// Clusters that they reach.
    pub clusters: usize,
    /// Documents left alone since a template fills them in.
    pub templates: usize,
    /// Findings beyond the limit of one rule and cluster, not kept.
    pub dropped: usize,
}

impl Report {
    /// The diagnostics that somebody should look at.
    pub fn open(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_open())
    }

    /// How many open diagnostics weigh exactly this much.
    pub fn count(&self, severity: Severity) -> usize {
        self.open().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// How many diagnostics somebody said "not here" to.
    pub fn ignored(&self) -> usize {
        self.diagnostics.len() - self.open().count()
    }
}
