//! JUnit's XML, in which GitLab, Jenkins, Azure and others show the results of tests.
//!
//! Each diagnostic is a test case. It fails if its severity fails the run, is skipped if it is ignored or baselined, and
//! passes otherwise, with its text as output. Each rule without a finding is a test case that passes.
//!
//! The form is that of `junit-10.xsd` of Jenkins' xUnit plug-in, with one additional attribute: `file`, which GitLab turns
//! into a link. The xUnit plug-in refuses this attribute, but Jenkins' JUnit plug-in reads the report.

use super::shared::{Context, start, whole_message};
use super::xml::{HEAD, escaped, tag};
use crate::check::diagnostic::{Diagnostic, State};
use crate::check::triage::Report;
use crate::rules::rule::Meta;
use crate::source::Sources;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes the report.
pub fn write(
    report: &Report,
    sources: &Sources,
    context: &Context<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let speaking: BTreeSet<&str> = report.diagnostics.iter().map(|diagnostic| diagnostic.rule.id).collect();
    let silent: Vec<&Meta> =
        context.rules.iter().copied().filter(|rule| !speaking.contains(rule.id)).collect();
    let fails = |diagnostic: &&Diagnostic| {
        diagnostic.is_open() && context.fail_on.is_some_and(|severity| diagnostic.severity >= severity)
    };
    let tests = (report.diagnostics.len() + silent.len()).to_string();
    let failures = report.diagnostics.iter().filter(fails).count().to_string();
    let skipped = report.diagnostics.iter().filter(|diagnostic| !diagnostic.is_open()).count().to_string();
    let counts =
        [("name", "pullwarden"), ("tests", &tests), ("failures", &failures), ("errors", "0"), ("time", "0")];
    write!(out, "{HEAD}")?;
    writeln!(out, "{}>", tag("testsuites", &counts))?;
    writeln!(out, "  {} skipped=\"{skipped}\">", tag("testsuite", &counts))?;
    for diagnostic in &report.diagnostics {
        case(diagnostic, fails(&diagnostic), sources, out)?;
    }
    for rule in silent {
        let attributes = [("name", rule.summary), ("classname", rule.id), ("time", "0")];
        writeln!(out, "    {}/>", tag("testcase", &attributes))?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(diagnostic: &Diagnostic, fails: bool, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let (file, position) = start(diagnostic, sources);
    let place = position.map_or(file.to_owned(), |at| format!("{file}:{}:{}", at.line, at.column));
    let name = format!("{place} {}", diagnostic.message);
    let attributes = [("name", &name[..]), ("classname", diagnostic.rule.id), ("time", "0"), ("file", file)];
    writeln!(out, "    {}>", tag("testcase", &attributes))?;
    let text = escaped(&format!("{place}\n{}", whole_message(diagnostic, sources)));
    match &diagnostic.state {
        State::Ignored { reason, .. } => {
            let why = if reason.is_empty() { "ignored".to_owned() } else { format!("ignored: {reason}") };
            writeln!(out, "      {}/>", tag("skipped", &[("message", &why)]))?;
        }
        State::Baselined { .. } => {
            writeln!(out, "      {}/>", tag("skipped", &[("message", "in the baseline")]))?;
        }
        State::Open if fails => {
            let attributes = [("message", &diagnostic.message[..]), ("type", diagnostic.severity.as_str())];
            writeln!(out, "      {}>{text}</failure>", tag("failure", &attributes))?;
        }
        State::Open => {
            writeln!(out, "      <system-out>{}: {text}</system-out>", diagnostic.severity)?;
        }
    }
    writeln!(out, "    </testcase>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::rules::rule::Severity;

    fn written(report: &Report, fail_on: Option<Severity>) -> String {
        let (_, sources) = sample::report();
        let context = Context { rules: &sample::RULES, fail_on, ..Context::default() };
        let mut out = Vec::new();
        write(report, &sources, &context, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_case_fails_where_its_severity_fails_the_run() {
        let (report, _) = sample::report();
        let text = written(&report, Some(Severity::Error));
        assert!(text.contains("tests=\"7\" failures=\"2\" errors=\"0\" time=\"0\" skipped=\"3\">"), "{text}");
        assert_eq!(text.matches("<testcase ").count(), 7);
        assert_eq!(text.matches("<failure ").count(), 2);
        assert_eq!(text.matches("<system-out>").count(), 2);
        assert!(text.contains("<skipped message=\"ignored: known,\\u{200b} see ticket\"/>"), "{text}");
        assert!(text.contains("type=\"error\">empty.yaml&#10;nothing in the file</failure>"), "{text}");
        assert!(written(&report, None).contains("failures=\"0\""));
    }

    #[test]
    fn rules_that_find_nothing_pass() {
        let text = written(&Report::default(), Some(Severity::Error));
        assert!(text.contains("tests=\"3\" failures=\"0\""), "{text}");
        assert!(text.contains("<testcase name=\"a mirror is the registry it mirrors\" classname=\"self-mirror\" time=\"0\"/>"), "{text}");
    }
}
