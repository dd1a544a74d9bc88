//! One line for each diagnostic: for editors and `grep`, and for Azure Pipelines.

use super::inert;
use super::shared::{start, whole_message};
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::machine::terminal::escape;
use crate::rules::rule::Severity;
use crate::source::Sources;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes `path:line:column: severity[rule] message` for every open diagnostic.
pub fn concise(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in report.open() {
        writeln!(out, "{}", inert::inert(&line(diagnostic, sources)))?;
    }
    Ok(())
}

/// Writes a logging command of Azure Pipelines for every open error and warning. The commands have no third severity, so a
/// note is an ordinary line of the log.
///
/// The escapes are those of azure-pipelines-agent `src/Agent.Sdk/CommandStringConvertor.cs`.
pub fn azure(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in report.open() {
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => {
                writeln!(out, "{}", inert::inert(&line(diagnostic, sources)))?;
                continue;
            }
        };
        let mut properties = format!("type={kind};");
        let mut add = |key: &str, value: &str| {
            let value = azure_escaped(value).replace(';', "%3B").replace(']', "%5D");
            let _ = write!(properties, "{key}={value};");
        };
        let (file, position) = start(diagnostic, sources);
        add("sourcepath", &escape(file));
        if let Some(position) = position {
            add("linenumber", &position.line.to_string());
            add("columnnumber", &position.column.to_string());
        }
        add("code", diagnostic.rule.id);
        let message = whole_message(diagnostic, sources);
        writeln!(out, "##vso[task.logissue {properties}]{}", azure_escaped(&message))?;
    }
    Ok(())
}

fn azure_escaped(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let (file, position) = start(diagnostic, sources);
    let place = position.map_or(String::new(), |at| format!("{}:{}:", at.line, at.column));
    let Diagnostic { severity, rule, message, .. } = diagnostic;
    format!("{}:{place} {severity}[{}] {}", escape(file), rule.id, escape(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(format: fn(&Report, &Sources, &mut dyn Write) -> io::Result<()>) -> Vec<String> {
        let (report, sources) = sample::report();
        let mut out = Vec::new();
        format(&report, &sources, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_for_each_open_diagnostic() {
        let expected = [
            "clusters/é b/100%/image.yaml:2:28: error[self-mirror] `self.example.com` mirrors\\u{7} itself \
             [x](https://evil.example)\\n::error::",
            "empty.yaml: error[self-mirror] nothing in the file",
            "<stdin>:1:1: warning[credential-exposing-search] two lines",
            "pullwarden.yaml:2:1: note[unused-ignore] matches nothing",
        ];
        assert_eq!(written(concise), expected);
    }

    #[test]
    fn azure_has_commands_for_errors_and_warnings() {
        let expected = [
            "##vso[task.logissue type=error;sourcepath=clusters/é b/100%AZP25/image.yaml;linenumber=2;columnnumber=28;\
             code=self-mirror;]`self.example.com` mirrors\\u{7} itself [x](https://evil.example)\\n::error::%0A\
             clusters: `east`, `west\\u{9b}`%0Adrop the entry%0A::error::or not, and 50%AZP25 of it%0A\
             the cluster is only guessed",
            "##vso[task.logissue type=error;sourcepath=empty.yaml;code=self-mirror;]nothing in the file",
            "##vso[task.logissue type=warning;sourcepath=<stdin>;linenumber=1;columnnumber=1;\
             code=credential-exposing-search;]two lines",
            "pullwarden.yaml:2:1: note[unused-ignore] matches nothing",
        ];
        assert_eq!(written(azure), expected);
    }
}
