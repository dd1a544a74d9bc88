//! The output of `pullwarden policy test`: for people with the statement that is false, as JSON, and as `JUnit`.

use crate::machine::terminal::{cut, escape};
use crate::policy::{TestResult, TestRun, TestVerdict};
use crate::report::human::{self, Style, counted};
use crate::report::nodes::place::{Place, places};
use crate::report::printable;
use crate::source::{Sources, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The longest value that is shown next to a statement.
const LONGEST: usize = 120;

/// Whether every test passes, and every policy can be read.
pub fn is_good(run: &TestRun) -> bool {
    run.problems.is_empty() && run.results.iter().all(|test| is_well(&test.verdict))
}

fn is_well(verdict: &TestVerdict) -> bool {
    matches!(verdict, TestVerdict::Passed | TestVerdict::Todo)
}

fn word(verdict: &TestVerdict) -> &'static str {
    match verdict {
        TestVerdict::Passed => "passed",
        TestVerdict::Failed { .. } => "failed",
        TestVerdict::Todo => "todo",
        TestVerdict::Error { .. } => "error",
    }
}

fn file_of(span: Span, sources: &Sources) -> &str {
    sources.get(span.file).map_or("", |source| source.name.as_str())
}

/// The results for people.
pub fn human(
    run: &TestRun,
    coverage: bool,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (_, problem) in &run.problems {
        let label = [(problem.span, "")];
        let help = problem.help.as_deref().unwrap_or_default();
        writeln!(out, "{}", human::framed(&problem.message, &label, help, sources, style))?;
    }
    let mut file = "";
    for test in &run.results {
        let name = file_of(test.span, sources);
        if name != file {
            writeln!(out, "{}", escape(name))?;
            file = name;
        }
        writeln!(out, "  {:6}  {}.{}", word(&test.verdict), escape(&test.package), escape(&test.name))?;
        for line in &test.prints {
            writeln!(out, "          {}", escape(line))?;
        }
        if let Some((message, labels)) = why(test) {
            let labels: Vec<(Span, &str)> =
                labels.iter().map(|(span, text)| (*span, text.as_str())).collect();
            let framed = human::framed(&message, &labels, "", sources, style);
            writeln!(out, "\n{framed}")?;
        }
    }
    if coverage {
        writeln!(out, "\ncoverage")?;
        for file in &run.coverage {
            let all = file.covered + file.not_covered.len();
            let part = (file.covered * 100).checked_div(all).unwrap_or(100);
            let lines = ranges(&file.not_covered);
            let rest = if lines.is_empty() { String::new() } else { format!("  not: {lines}") };
            writeln!(out, "  {part:3} %  {}{rest}", escape(&file.file))?;
        }
    }
    let count = |name: &str| run.results.iter().filter(|test| word(&test.verdict) == name).count();
    let mut parts = vec![format!("{} passed", count("passed"))];
    for name in ["failed", "error", "todo"] {
        if count(name) > 0 {
            parts.push(format!("{} {name}", count(name)));
        }
    }
    writeln!(out, "\n{}: {}", counted(run.results.len(), "test"), parts.join(", "))
}

/// Why a test fails: a message, and the values of the parts of the statement.
fn why(test: &TestResult) -> Option<(String, Vec<(Span, String)>)> {
    match &test.verdict {
        TestVerdict::Passed | TestVerdict::Todo => None,
        TestVerdict::Error { span, message } => Some((message.clone(), vec![(*span, String::new())])),
        TestVerdict::Failed { span, values } => {
            let mut labels = vec![(*span, "this does not hold".to_owned())];
            labels.extend(values.iter().filter(|(place, _)| place != span).map(|(place, value)| {
                (
                    *place,
                    value.as_ref().map_or_else(
                        || "undefined".to_owned(),
                        |value| cut(&value.to_string(), LONGEST).into_owned(),
                    ),
                )
            }));
            Some((format!("`{}` failed", test.name), labels))
        }
    }
}

/// Numbers of lines as people write them: `3-5, 9`.
fn ranges(lines: &[u32]) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == *line => *end = *line,
            _ => parts.push((*line, *line)),
        }
    }
    let parts = parts
        .into_iter()
        .map(|(start, end)| if start == end { start.to_string() } else { format!("{start}-{end}") });
    parts.collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct JsonRun<'r> {
    version: u32,
    passed: usize,
    failed: usize,
    errors: usize,
    todo: usize,
    problems: Vec<JsonProblem<'r>>,
    tests: Vec<JsonTest<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<JsonCoverage<'r>>>,
}

#[derive(Serialize)]
struct JsonProblem<'r> {
    message: &'r str,
    #[serde(flatten)]
    place: Option<Place>,
}

#[derive(Serialize)]
struct JsonTest<'r> {
    package: &'r str,
    name: &'r str,
    verdict: &'static str,
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    prints: &'r [String],
}

#[derive(Serialize)]
struct JsonCoverage<'r> {
    file: &'r str,
    covered: usize,
    not_covered: &'r [u32],
}

/// The results for programs.
pub fn json(run: &TestRun, coverage: bool, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let count = |name: &str| run.results.iter().filter(|test| word(&test.verdict) == name).count();
    let place = |span: Span| places(sources, &[span]).pop();
    let tests = run.results.iter().map(|test| JsonTest {
        package: &test.package,
        name: &test.name,
        verdict: word(&test.verdict),
        place: place(match test.verdict {
            TestVerdict::Failed { span, .. } | TestVerdict::Error { span, .. } => span,
            TestVerdict::Passed | TestVerdict::Todo => test.span,
        }),
        message: why(test).map(|(message, _)| message),
        prints: &test.prints,
    });
    let problems = run
        .problems
        .iter()
        .map(|(_, problem)| JsonProblem { message: &problem.message, place: place(problem.span) });
    let of_files = run.coverage.iter().map(|file| JsonCoverage {
        file: &file.file,
        covered: file.covered,
        not_covered: &file.not_covered,
    });
    let json = JsonRun {
        version: 1,
        passed: count("passed"),
        failed: count("failed"),
        errors: count("error"),
        todo: count("todo"),
        problems: problems.collect(),
        tests: tests.collect(),
        coverage: coverage.then(|| of_files.collect()),
    };
    printable::write(&json, out)
}

/// The results as `JUnit`, with a suite for each module, and one for the problems of the policies.
pub fn junit(run: &TestRun, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Vec<&TestResult>> = BTreeMap::new();
    for test in &run.results {
        suites.entry(file_of(test.span, sources)).or_default().push(test);
    }
    let count =
        |tests: &[&TestResult], name: &str| tests.iter().filter(|test| word(&test.verdict) == name).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let line = |span: Span| sources.get(span.file).map_or(0, |source| source.line_of(span.start) + 1);
    // Writing to a string cannot fail.
    if !run.problems.is_empty() {
        let number = run.problems.len();
        let _ = writeln!(text, "  <testsuite name=\"policies\" tests=\"{number}\" errors=\"{number}\">");
        for (_, problem) in &run.problems {
            let file = file_of(problem.span, sources);
            let _ = writeln!(
                text,
                "    <testcase classname=\"{}\" name=\"line {}\"><error message=\"{}\"/></testcase>",
                xml(file),
                line(problem.span),
                xml(&problem.message)
            );
        }
        text.push_str("  </testsuite>\n");
    }
    for (file, tests) in suites {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            xml(file),
            tests.len(),
            count(&tests, "failed"),
            count(&tests, "error"),
            count(&tests, "todo")
        );
        for test in tests {
            let (package, name) = (xml(&test.package), xml(&test.name));
            let _ = write!(text, "    <testcase classname=\"{package}\" name=\"{name}\"");
            let said = match &test.verdict {
                TestVerdict::Passed => None,
                TestVerdict::Todo => Some("<skipped/>".to_owned()),
                TestVerdict::Failed { span, .. } => {
                    Some(format!("<failure message=\"{}:{} does not hold\"/>", xml(file), line(*span)))
                }
                TestVerdict::Error { message, .. } => Some(format!("<error message=\"{}\"/>", xml(message))),
            };
            let _ = match said {
                None => writeln!(text, "/>"),
                Some(said) => writeln!(text, ">{said}</testcase>"),
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    out.write_all(text.as_bytes())
}

/// A text in an attribute of XML, without the characters that XML does not allow.
fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
    }

    #[test]
    fn xml_holds_any_text() {
        assert_eq!(xml("<a b=\"&\u{1b}\">\n"), "&lt;a b=&quot;&amp;\u{fffd}&quot;&gt; ");
    }
}
