//! `docs/ci.md` shows what pullwarden really prints.

use crate::command::{out, pullwarden};
use crate::generated::{assert_none, expect, root};

/// The most lines of an example.
const LINES: usize = 12;

#[test]
fn examples_of_reports_are_real() {
    let path = root().join("docs/ci.md");
    let text = std::fs::read_to_string(&path).expect("the page");
    let mut written = String::new();
    let mut examples = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        // A fence with a second word shows the report of that name: "```text concise".
        let Some((_, format)) = line.strip_prefix("```").and_then(|info| info.split_once(' ')) else {
            continue;
        };
        examples += 1;
        let mut code = lines.by_ref().take_while(|line| *line != "```");
        assert!(code.by_ref().count() < 200, "the fence of `{format}` does not end");
        written.push_str(&example(format));
        written.push_str("```\n");
    }
    assert_eq!(examples, 6, "docs/ci.md shows six reports");
    let mut failures = Vec::new();
    expect(&path, &written, &mut failures);
    assert_none(&failures, "examples in docs/ci.md");
}

/// The beginning of a report.
fn example(format: &str) -> String {
    let output = pullwarden(&root(), &["check", "fixtures/repos/disconnected", "--report", format]);
    let text = out(&output);
    let mut example = String::new();
    for line in text.lines().take(LINES) {
        example.push_str(line);
        example.push('\n');
    }
    if text.lines().count() > LINES {
        example.push_str("…\n");
    }
    example
}
