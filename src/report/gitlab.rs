//! GitLab's Code Quality report: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.
//!
//! GitLab drops every entry behind an invalid one, and shows only one of two entries with the same fingerprint. So each
//! entry has all fields. Its fingerprint is a digest of the diagnostic's fingerprint, of the file, and of a number for equal
//! ones.

use super::printable;
use super::shared::{start, whole_message};
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::finding::Effect;
use crate::rules::rule::Severity;
use crate::source::Sources;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, Write};

#[derive(Serialize)]
struct Entry<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// Writes an entry for every open diagnostic, or `[]` if there is none.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let mut entries = Vec::new();
    for diagnostic in report.open() {
        let (path, position) = start(diagnostic, sources);
        let begin = position.map_or(1, |position| position.line);
        let number = numbers.entry((&diagnostic.fingerprint, path)).or_default();
        *number += 1;
        let identity = format!("{}\0{path}\0{number}", diagnostic.fingerprint);
        entries.push(Entry {
            description: whole_message(diagnostic, sources),
            check_name: diagnostic.rule.id,
            fingerprint: format!("{:x}", Sha256::digest(identity)),
            severity: severity(diagnostic),
            location: Location { path, lines: Lines { begin } },
        });
    }
    printable::write(&entries, out)
}

/// One of GitLab's five severities, according to the effect on the cluster.
fn severity(diagnostic: &Diagnostic) -> &'static str {
    match (diagnostic.severity, diagnostic.effect) {
        (Severity::Error, Some(Effect::Freezes)) => "blocker",
        (Severity::Error, Some(Effect::Refused)) => "critical",
        (Severity::Error, _) => "major",
        (Severity::Warning, _) => "minor",
        (Severity::Note, _) => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn entries_have_what_gitlab_asks_for() {
        let (mut report, sources) = sample::report();
        // A second finding that differs only by its place.
        report.diagnostics.insert(1, report.diagnostics[0].clone());
        let mut out = Vec::new();
        write(&report, &sources, &mut out).unwrap();
        let entries: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let entries = entries.as_array().unwrap();
        assert_eq!(entries.len(), report.open().count());
        let mut prints: Vec<&str> = Vec::new();
        for entry in entries {
            assert!(!entry["description"].as_str().unwrap().is_empty(), "{entry}");
            assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() >= 1, "{entry}");
            assert!(!entry["location"]["path"].as_str().unwrap().is_empty(), "{entry}");
            prints.push(entry["fingerprint"].as_str().unwrap());
        }
        assert!(prints.iter().all(|print| print.len() == 64));
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), entries.len());
        let severities: Vec<&str> = entries.iter().map(|entry| entry["severity"].as_str().unwrap()).collect();
        assert_eq!(severities, ["blocker", "blocker", "major", "minor", "info"]);

        let mut out = Vec::new();
        write(&Report::default(), &sources, &mut out).unwrap();
        assert_eq!(out, b"[]\n");
    }
}
