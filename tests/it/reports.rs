//! Reports for other programs, held against what these programs read: over every bad fixture, and over a clean one.

use crate::generated::assert_none;
use crate::harness::{Repository, Run};
use crate::rules::fixtures;
use pullwarden::check::triage::Report;
use pullwarden::report::{self, Context, Detail, Format, Style};
use pullwarden::rules;
use pullwarden::rules::rule::{Meta, Preset, Severity};
use pullwarden::source::Sources;
use std::collections::BTreeSet;

/// A report of some fixture.
struct Sample {
    name: String,
    report: Report,
    sources: Sources,
}

/// A report of each bad fixture with all rules, and one of a clean repository.
fn samples() -> Vec<Sample> {
    let (fixtures, problems) = fixtures();
    assert_none(&problems, "fixtures");
    let mut samples: Vec<Sample> = Vec::new();
    for fixture in fixtures.iter().filter(|fixture| fixture.is_bad) {
        let checked = fixture.repository.check(Run::Preset(Preset::Strict));
        samples.push(Sample {
            name: fixture.path.to_string_lossy().into_owned(),
            report: checked.report,
            sources: checked.sources,
        });
    }
    let clean = Repository::default().check(Run::Preset(Preset::Strict));
    assert_eq!(clean.report.diagnostics.len(), 0);
    samples.push(Sample { name: "clean".into(), report: clean.report, sources: clean.sources });
    assert!(samples.len() > 100, "{}", samples.len());
    samples
}

fn written(sample: &Sample, format: Format) -> String {
    let rules: Vec<&'static Meta> = rules::ALL.iter().map(|entry| entry.meta).collect();
    let context = Context {
        rules: &rules,
        fail_on: Some(Severity::Warning),
        blob: Some("https://gitlab.example.com/group/project/-/blob/0123456789abcdef"),
    };
    let mut out = Vec::new();
    report::write(format, &sample.report, &sample.sources, &Style::PLAIN, &context, &mut out)
        .expect("a vector");
    String::from_utf8(out).expect("UTF-8")
}

/// The elements and attributes of Jenkins' `junit-10.xsd`, and `file`, which GitLab reads.
const JUNIT: [(&str, &[&str]); 6] = [
    ("testsuites", &["name", "time", "tests", "failures", "errors"]),
    ("testsuite", &["name", "tests", "failures", "errors", "time", "skipped"]),
    ("testcase", &["name", "time", "classname", "file"]),
    ("failure", &["type", "message"]),
    ("skipped", &["type", "message"]),
    ("system-out", &[]),
];

#[test]
fn junit_has_a_case_for_each_diagnostic_and_each_silent_rule() {
    for sample in samples() {
        let text = written(&sample, Format::Junit);
        let document =
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            let known = JUNIT.iter().find(|(element, _)| *element == name).map(|(_, attributes)| attributes);
            let attributes = known.unwrap_or_else(|| panic!("{}: <{name}>", sample.name));
            for attribute in node.attributes() {
                assert!(
                    attributes.contains(&attribute.name()),
                    "{}: {name} {}",
                    sample.name,
                    attribute.name()
                );
            }
        }
        let count = |element: &str| document.descendants().filter(|node| node.has_tag_name(element)).count();
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
        let stated = |attribute: &str| suite.attribute(attribute).and_then(|text| text.parse::<usize>().ok());
        assert_eq!(stated("tests"), Some(count("testcase")), "{}", sample.name);
        assert_eq!(stated("failures"), Some(count("failure")), "{}", sample.name);
        assert_eq!(stated("skipped"), Some(count("skipped")), "{}", sample.name);
        let failing =
            sample.report.open().filter(|diagnostic| diagnostic.severity >= Severity::Warning).count();
        assert_eq!(count("failure"), failing, "{}", sample.name);
        let speaking: BTreeSet<&str> = sample.report.diagnostics.iter().map(|found| found.rule.id).collect();
        let silent = rules::ALL.iter().filter(|entry| !speaking.contains(entry.meta.id)).count();
        assert_eq!(count("testcase"), sample.report.diagnostics.len() + silent, "{}", sample.name);
    }
}

#[test]
fn checkstyle_has_an_error_for_each_open_diagnostic() {
    for sample in samples() {
        let text = written(&sample, Format::Checkstyle);
        let document =
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        let errors: Vec<_> = document.descendants().filter(|node| node.has_tag_name("error")).collect();
        assert_eq!(errors.len(), sample.report.open().count(), "{}", sample.name);
        for error in errors {
            let file = error.parent().and_then(|file| file.attribute("name"));
            assert!(file.is_some_and(|name| !name.is_empty()), "{}", sample.name);
            let number =
                |key: &str| error.attribute(key).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            assert!(number("line") > 0 && number("column") > 0, "{}", sample.name);
        }
    }
}

#[test]
fn gitlab_shows_every_entry() {
    for sample in samples() {
        let entries: serde_json::Value =
            serde_json::from_str(&written(&sample, Format::Gitlab)).expect("JSON");
        let entries = entries.as_array().expect("a list");
        assert_eq!(entries.len(), sample.report.open().count(), "{}", sample.name);
        let prints: BTreeSet<&str> =
            entries.iter().filter_map(|entry| entry["fingerprint"].as_str()).collect();
        assert_eq!(prints.len(), entries.len(), "{}: GitLab shows one of equal fingerprints", sample.name);
        for entry in entries {
            let is_text = |value: &serde_json::Value| value.as_str().is_some_and(|text| !text.is_empty());
            let severities = ["info", "minor", "major", "critical", "blocker"];
            let is_whole = is_text(&entry["description"])
                && is_text(&entry["check_name"])
                && is_text(&entry["location"]["path"])
                && entry["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0)
                && entry["severity"].as_str().is_some_and(|severity| severities.contains(&severity));
            assert!(is_whole, "{}: {entry}", sample.name);
        }
    }
}

#[test]
fn lines_and_rows_are_as_many_as_open_diagnostics() {
    for sample in samples() {
        let open = sample.report.open().count();
        let concise = written(&sample, Format::Concise);
        assert_eq!(concise.lines().count(), open, "{}", sample.name);
        for (line, diagnostic) in concise.lines().zip(sample.report.open()) {
            let head = format!(" {}[{}] ", diagnostic.severity, diagnostic.rule.id);
            assert!(line.contains(&head), "{}: {line}", sample.name);
        }
        assert_eq!(written(&sample, Format::Azure).lines().count(), open, "{}", sample.name);
        let markdown = written(&sample, Format::Markdown);
        let rows = markdown.lines().filter(|line| {
            ["| error | ", "| warning | ", "| note | "].iter().any(|start| line.starts_with(start))
        });
        assert_eq!(rows.clone().count(), open, "{}", sample.name);
        // A bar in a value would make a cell more.
        assert!(rows.into_iter().all(|row| row.matches('|').count() == 4), "{}: {markdown}", sample.name);
    }
}

#[test]
fn statistics_count_the_findings_of_each_rule() {
    for sample in samples() {
        let style = Style { detail: Detail::Statistics, ..Style::PLAIN };
        let mut out = Vec::new();
        report::write(Format::Human, &sample.report, &sample.sources, &style, &Context::default(), &mut out)
            .expect("a vector");
        let text = String::from_utf8(out).expect("UTF-8");
        let counts =
            text.lines().take_while(|line| !line.is_empty() && sample.report.open().next().is_some());
        let counts = counts.map(|line| line.split_whitespace().next().and_then(|count| count.parse().ok()));
        let sum: usize = counts.map(|count: Option<usize>| count.unwrap_or_else(|| panic!("{text}"))).sum();
        assert_eq!(sum, sample.report.open().count(), "{}: {text}", sample.name);
    }
}
