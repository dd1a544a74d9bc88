//! Code, pages, tables and presets are one list: what is made from [`rules::ALL`], and what has to agree with it.

use crate::generated::{self, assert_none, shown};
use pullwarden::check::triage::Report;
use pullwarden::report::sarif;
use pullwarden::rules;
use pullwarden::rules::rule::{Meta, Preset};
use pullwarden::source::Sources;
use std::collections::BTreeSet;
use std::fmt::Write;

#[test]
fn ids_are_kebab_case_and_unique() {
    let mut seen = BTreeSet::new();
    for entry in rules::ALL {
        let id = entry.meta.id;
        assert!(seen.insert(id), "source `{id}` is listed twice");
        assert!(
            id.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
            "`{id}` is not kebab-case"
        );
        let summary = entry.meta.summary;
        assert!(
            !summary.ends_with('.') && !summary.contains('\n'),
            "`{id}`: a summary is a line without a full stop"
        );
    }
}

#[test]
fn every_page_belongs_to_a_rule() {
    let mut failures = Vec::new();
    let entries = std::fs::read_dir(generated::root().join("rules")).expect("rules/ is there");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let stem = path.file_stem().expect("a file has a name").to_string_lossy();
        if stem != "README" && rules::find(&stem).is_none() {
            failures.push(format!("{}: there is no rule `{stem}`", shown(path)));
        }
    }
    assert_none(&failures, "pages without a rule");
}

#[test]
fn the_index_lists_every_rule() {
    let mut failures = Vec::new();
    let mut text = String::from(
        "# The rule book\n\nOne page for each rule; `pullwarden explain <rule-id>` shows it in a terminal. This table is generated.\n",
    );
    text.push_str(&tables());
    generated::expect(&generated::root().join("rules/README.md"), &text, &mut failures);
    assert_none(&failures, "tables of rules");
}

#[test]
fn presets_are_written_down() {
    let mut failures = Vec::new();
    for (preset, name) in [(Preset::Recommended, "recommended"), (Preset::Strict, "strict")] {
        let mut text = format!(
            "# The rules of the preset `{name}` with their severities, as if they were written into a configuration.\n\
             # Generated: `BLESS=1 cargo test` rewrites it, so that a change of a preset shows in review.\n\
             rules:\n"
        );
        for entry in rules::ALL.iter().filter(|entry| entry.meta.preset <= preset) {
            let _ = writeln!(text, "  {}: {}", entry.meta.id, entry.meta.severity);
        }
        let path = generated::root().join("rules/presets").join(format!("{name}.yaml"));
        generated::expect(&path, &text, &mut failures);
    }
    assert_none(&failures, "presets");
}

#[test]
fn controls_become_tags() {
    let metas: Vec<&'static Meta> = rules::ALL.iter().map(|entry| entry.meta).collect();
    let mut out = Vec::new();
    sarif::write(&Report::default(), &Sources::default(), &metas, &mut out).expect("a vector");
    let log: serde_json::Value = serde_json::from_slice(&out).expect("SARIF is JSON");
    let mut failures = Vec::new();
    let mut total = 0;
    for (number, meta) in metas.iter().enumerate() {
        let tags = &log["runs"][0]["tool"]["driver"]["rules"][number]["properties"]["tags"];
        let tags = tags.as_array().expect("tags").iter().filter_map(serde_json::Value::as_str);
        let tags: Vec<&str> = tags.filter(|tag| tag.starts_with("external/")).collect();
        // A line about a guide in another form than the one that is read would be lost.
        // A page that is not written yet fails elsewhere.
        let Some((_, references)) = meta.page().split_once("\n## References\n") else { continue };
        let lines = references
            .lines()
            .filter(|line| ["- CIS", "- NIST", "- BSI"].iter().any(|w| line.starts_with(w)));
        let ids: Vec<String> = lines
            .flat_map(|line| line.split([',', ' ']))
            .filter(|word| word.contains(|c: char| c.is_ascii_digit()) && !word.starts_with("800-53"))
            .map(str::to_ascii_lowercase)
            .collect();
        let told: Vec<&str> = tags.iter().filter_map(|tag| tag.rsplit_once('/')).map(|(_, id)| id).collect();
        if told != ids {
            failures.push(format!("{}: the page names {ids:?}, SARIF {told:?}", meta.id));
        }
        total += tags.len();
    }
    assert!(total > 0, "no rule names a control");
    assert_none(&failures, "controls");
}

/// A table for each category, in the order of the registry.
fn tables() -> String {
    let mut text = String::new();
    let mut category = None;
    // Rules stand in the order of the catalogue, which may come back to a category.
    let mut metas: Vec<&Meta> = rules::ALL.iter().map(|entry| entry.meta).collect();
    metas.sort_by_key(|meta| meta.category);
    for meta in metas {
        if category != Some(meta.category) {
            category = Some(meta.category);
            let _ = write!(text, "\n## {}\n\n| rule | severity | what |\n|---|---|---|\n", title(meta));
        }
        let strict = if meta.preset == Preset::Strict { " (strict)" } else { "" };
        let _ = writeln!(text, "| [{0}]({0}.md) | {1}{strict} | {2} |", meta.id, meta.severity, meta.summary);
    }
    text
}

fn title(meta: &Meta) -> String {
    let word = meta.category.as_str();
    format!("{}{}", word[..1].to_uppercase(), &word[1..])
}

/// What the README and the book show of a command is a part of what a test pins.
#[test]
fn pages_show_what_is_true() {
    let mut pages = vec![generated::root().join("README.md")];
    let entries = std::fs::read_dir(generated::root().join("docs")).expect("a directory");
    pages.extend(entries.flatten().map(|entry| entry.path()));
    let mut count = 0;
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a page");
        for rest in text.split("<!-- part of ").skip(1) {
            let (path, rest) = rest.split_once(" -->\n```text\n").expect("a text behind the comment");
            let (block, _) = rest.split_once("\n```").expect("the end of the text");
            let pinned = std::fs::read_to_string(generated::root().join(path)).expect("a pinned text");
            assert!(pinned.contains(block), "{} shows what is not in {path}:\n{block}", shown(page));
            count += 1;
        }
    }
    assert!(count >= 5, "the README shows a check, the book shows clusters, render, resolve and plan");
}
