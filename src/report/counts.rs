//! `pullwarden check --report counts`: numbers for the outputs of a CI step. They contain no text from the repository.

use crate::check::triage::Report;
use crate::rules::rule::Severity;
use std::io::{self, Write};

/// Writes the number of open findings of each severity, of ignored and baselined findings, of findings with a fix, and of
/// checked files and objects.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "errors={}", report.count(Severity::Error))?;
    writeln!(out, "warnings={}", report.count(Severity::Warning))?;
    writeln!(out, "notes={}", report.count(Severity::Note))?;
    writeln!(out, "ignored={}", report.ignored())?;
    writeln!(out, "baselined={}", report.baselined())?;
    writeln!(out, "fixable={}", report.open().filter(|diagnostic| diagnostic.fix.is_some()).count())?;
    writeln!(out, "resources={}", report.checked.resources)?;
    writeln!(out, "clusters={}", report.checked.clusters)?;
    writeln!(out, "files={}", report.checked.files)
}
