//! Pages of the rule book are executed: the bad example gives the report that the page shows, and all recommended
//! rules are silent on the good one.

use crate::generated::{self, assert_none, bless, shown};
use crate::harness::Run;
use crate::page::{self, ON_THE_NODE, Page};
use pullwarden::rules;
use pullwarden::rules::rule::{Entry, Preset};
use std::path::PathBuf;

fn path(entry: &Entry) -> PathBuf {
    generated::root().join("rules").join(format!("{}.md", entry.meta.id))
}

/// Reads a page; tells why it is none.
fn read(entry: &Entry, failures: &mut Vec<String>) -> Option<(String, Page)> {
    let path = path(entry);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    if text.trim().is_empty() {
        if bless() {
            return Some((text, Page::skeleton()));
        }
        failures.push(format!(
            "{}: write this page; `BLESS=1 cargo test --test it -- page` writes its headings and all that is \
             generated",
            shown(&path)
        ));
        return None;
    }
    match Page::read(&text, entry.meta) {
        Ok(page) => Some((text, page)),
        Err(why) => {
            failures.push(format!("{}: {why}", shown(&path)));
            None
        }
    }
}

#[test]
fn pages_are_what_their_rules_say() {
    let mut failures = Vec::new();
    for entry in rules::ALL {
        if let Some((_, page)) = read(entry, &mut failures) {
            generated::expect(&path(entry), &page.write(entry), &mut failures);
        }
    }
    assert_none(&failures, "generated parts of pages");
}

#[test]
fn pages_leave_nothing_out() {
    let mut failures = Vec::new();
    for entry in rules::ALL {
        let Some((_, page)) = read(entry, &mut failures) else { continue };
        let mut missing: Vec<String> = Vec::new();
        if page.lead.trim().is_empty() {
            missing.push("a sentence below the title".into());
        }
        let by_hand = page.sections.iter().filter(|(heading, _)| heading != "Options");
        for (heading, _) in by_hand.filter(|(_, text)| text.trim().is_empty()) {
            let or = if heading == ON_THE_NODE { " (or remove the heading)" } else { "" };
            missing.push(format!("a text under `## {heading}`{or}"));
        }
        for heading in ["Bad", "Good"] {
            if page::repository(page.section(heading)).files.is_empty() {
                missing.push(format!("a ```yaml example under `## {heading}`"));
            }
        }
        if !missing.is_empty() {
            failures.push(format!("{}: lacks {}", shown(&path(entry)), missing.join(", ")));
        }
    }
    assert_none(&failures, "pages");
}

#[test]
fn bad_examples_are_bad_and_good_ones_good() {
    let mut failures = Vec::new();
    for entry in rules::ALL {
        let Some((_, page)) = read(entry, &mut failures) else { continue };
        let bad = page::repository(page.section("Bad"));
        // A page without an example is reported as such.
        if !bad.files.is_empty() && bad.check(Run::Only(entry.meta.id)).open().is_empty() {
            failures.push(format!("{}: the rule finds nothing in the bad example", shown(&path(entry))));
        }
        let good = page::repository(page.section("Good"));
        for run in [Run::Preset(Preset::Recommended), Run::Only(entry.meta.id)] {
            let checked = good.check(run);
            if !checked.open().is_empty() {
                let report = checked.human();
                failures.push(format!("{}: the good example is not good:\n{report}", shown(&path(entry))));
                break;
            }
        }
    }
    assert_none(&failures, "examples");
}
