//! `docs/dependencies.md` says what each direct dependency is for, and no other.

use crate::generated::{assert_none, expect, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::process::Command;

/// What the page says of a dependency, or is to say.
const TO_WRITE: &str = "**to write**";

#[derive(Default)]
struct Dependency<'m> {
    licence: &'m str,
    /// How many crates it brings.
    brings: usize,
    users: BTreeSet<&'m str>,
    is_for_tests: bool,
}

#[test]
fn every_dependency_is_explained() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let there = direct(&metadata);

    let path = root().join("docs/dependencies.md");
    let text = fs::read_to_string(&path).expect("the page");
    let (begin, end) = ("<!-- dependencies:begin -->\n", "<!-- dependencies:end -->");
    let (before, rest) = text.split_once(begin).expect("the begin");
    let (table, behind) = rest.split_once(end).expect("the end");
    let said: BTreeMap<&str, Vec<&str>> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split(" | ");
            (cells.next().unwrap_or_default().trim_end_matches('`'), cells.collect())
        })
        .collect();
    let mut made = String::new();
    let mut failures = Vec::new();
    for is_for_tests in [false, true] {
        let _ = writeln!(made, "## {}\n", if is_for_tests { "For tests" } else { "In the program" });
        made.push_str("| crate | what it is for | why this one | licence | brings | used by |\n|---|---|---|---|---|---|\n");
        for (name, dependency) in there.iter().filter(|(_, one)| one.is_for_tests == is_for_tests) {
            let cells = said.get(name);
            let cell = |number: usize| cells.and_then(|cells| cells.get(number).copied()).unwrap_or(TO_WRITE);
            if cell(0) == TO_WRITE || cell(1) == TO_WRITE {
                failures.push(format!("docs/dependencies.md: say what `{name}` is for, and why this one"));
            }
            let users: Vec<&str> = dependency.users.iter().copied().collect();
            let _ = writeln!(
                made,
                "| `{name}` | {} | {} | {} | {} | {} |",
                cell(0),
                cell(1),
                dependency.licence,
                dependency.brings,
                users.join(", ")
            );
        }
        made.push('\n');
    }
    expect(&path, &format!("{before}{begin}{made}{end}{behind}"), &mut failures);
    assert_none(&failures, "dependencies");
}

/// The dependencies of the crates of the workspace that are not of it.
fn direct(metadata: &Value) -> BTreeMap<&str, Dependency<'_>> {
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let members: BTreeSet<&str> = list(&metadata["workspace_members"]).map(text).collect();
    let mut found: BTreeMap<&str, Dependency<'_>> = BTreeMap::new();
    for member in &members {
        for dependency in list(&nodes[member]["deps"]) {
            let id = text(&dependency["pkg"]);
            if members.contains(id) {
                continue;
            }
            let package = packages[id];
            let is_for_tests = list(&dependency["dep_kinds"]).all(|kind| kind["kind"] == "dev");
            let entry = found.entry(text(&package["name"])).or_insert_with(|| Dependency {
                licence: text(&package["license"]),
                brings: brought(id, &nodes).len() - 1,
                is_for_tests,
                ..Dependency::default()
            });
            entry.is_for_tests &= is_for_tests;
            if !is_for_tests {
                entry.users.insert(text(&packages[member]["name"]));
            }
        }
    }
    for dependency in found.values_mut().filter(|dependency| dependency.users.is_empty()) {
        dependency.users.insert("tests");
    }
    found
}

/// A package and all that it needs.
fn brought<'m>(id: &'m str, nodes: &BTreeMap<&'m str, &'m Value>) -> BTreeSet<&'m str> {
    let mut found = BTreeSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let needed = list(&nodes[id]["deps"])
                .filter(|dependency| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null()));
            open.extend(needed.map(|dependency| text(&dependency["pkg"])));
        }
    }
    found
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
