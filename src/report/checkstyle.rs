//! Checkstyle's XML, which Jenkins' Warnings plug-in, reviewdog and many others read.

use super::shared::{start, whole_message};
use super::xml::{HEAD, tag};
use crate::check::triage::Report;
use crate::rules::rule::Severity;
use crate::source::Sources;
use std::io::{self, Write};

/// Writes an `error` element for every open diagnostic, by file.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{HEAD}")?;
    writeln!(out, "{}>", tag("checkstyle", &[("version", "4.3")]))?;
    let mut current = None;
    for diagnostic in report.open() {
        let file = diagnostic.span.file;
        let (name, position) = start(diagnostic, sources);
        if current != Some(file) {
            if current.is_some() {
                writeln!(out, "  </file>")?;
            }
            writeln!(out, "  {}>", tag("file", &[("name", name)]))?;
            current = Some(file);
        }
        let (line, column) = position.map_or((1, 1), |position| (position.line, position.column));
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "info",
        };
        let attributes = [
            ("line", &line.to_string()[..]),
            ("column", &column.to_string()),
            ("severity", severity),
            ("message", &whole_message(diagnostic, sources)),
            ("source", &format!("pullwarden.{}", diagnostic.rule.id)),
        ];
        writeln!(out, "    {}/>", tag("error", &attributes))?;
    }
    if current.is_some() {
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn findings_stand_in_their_files() {
        let (report, sources) = sample::report();
        let mut out = Vec::new();
        write(&report, &sources, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines[2], "  <file name=\"clusters/é b/100%/image.yaml\">");
        assert!(
            lines[3].starts_with("    <error line=\"2\" column=\"28\" severity=\"error\" message=\"`self"),
            "{}",
            lines[3]
        );
        assert_eq!(
            lines[6],
            "    <error line=\"1\" column=\"1\" severity=\"error\" message=\"nothing in the file\" source=\"pullwarden.self-mirror\"/>"
        );
        assert_eq!(written.matches("<file ").count(), written.matches("</file>").count());
        assert_eq!(written.matches("<error ").count(), report.open().count());

        let mut out = Vec::new();
        write(&Report::default(), &sources, &mut out).unwrap();
        let clean = String::from_utf8(out).unwrap();
        assert!(clean.ends_with("<checkstyle version=\"4.3\">\n</checkstyle>\n"), "{clean}");
    }
}
