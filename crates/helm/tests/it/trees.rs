//! The charts of real repositories give what the real Helm makes of them.
//!
//! `PULLWARDEN_TREES=/path/to/trees HELM_PYTHON=python3 cargo test -p helm trees -- --show-output`

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]
#![allow(clippy::disallowed_methods, reason = "the trees are not to be had everywhere")]

use crate::harness::{documents, tree};
use crate::real::{ask, difference};
use helm::{Capabilities, Chart, Error, Given, Manifests, Options, Range, Release};
use serde_json::{Value, json};
use spanned_yaml::{FileId, parse_all};
use std::fs;
use std::path::{Path, PathBuf};

/// The directories with a chart that is in no other chart's `charts/`.
fn charts(root: &Path, found: &mut Vec<PathBuf>) {
    if root.join("Chart.yaml").is_file() {
        found.push(root.to_owned());
    }
    let Ok(entries) = fs::read_dir(root) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let is_subchart = path.ends_with("charts") && root.join("Chart.yaml").is_file();
        if path.is_dir() && !path.is_symlink() && !is_subchart && !path.ends_with(".git") {
            charts(&path, found);
        }
    }
}

/// The values that a chart is rendered with: its own, and each of `ci/`.
fn values(chart: &Path) -> Vec<String> {
    let mut found = vec![String::new()];
    let files = fs::read_dir(chart.join("ci")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.to_string_lossy().ends_with("-values.yaml")).collect();
    files.sort();
    found.extend(files.iter().filter_map(|path| fs::read_to_string(path).ok()));
    found
}

/// A copy of a chart whose `charts/` holds what it depends on, where the trees have that elsewhere.
fn complete(chart: &Path, all: &[(Chart, PathBuf)], to: &Path, depth: usize) {
    copy(chart, to);
    let Ok(loaded) = Chart::load("", &tree(chart)) else { return };
    for missing in loaded.missing().filter(|_| depth < 4) {
        let found = all.iter().find(|(other, _)| {
            let metadata = other.metadata();
            metadata.name.value == missing.name.value
                && Range::fits(&missing.version.value, &metadata.version.value)
        });
        if let Some((_, path)) = found {
            complete(path, all, &to.join("charts").join(&missing.name.value), depth + 1);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.path().is_file() {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn render(chart: &Path, values: &str) -> Result<Manifests, Error> {
    let documents = parse_all(FileId(1_000_000), &values.into());
    let given = Given {
        values: documents.iter().flatten().take(1).map(|one| one.root()).collect(),
        ..Given::default()
    };
    let options = Options { without_missing: true, ..Options::default() };
    let release = Release::new("demo", "apps");
    Chart::load("", &tree(chart))?.render(&release, &given, &Capabilities::default(), &options)
}

#[test]
fn charts_of_trees_give_what_helm_makes_of_them() {
    let (Ok(trees), Ok(python)) = (std::env::var("PULLWARDEN_TREES"), std::env::var("HELM_PYTHON")) else {
        println!("skipped: PULLWARDEN_TREES and HELM_PYTHON name no trees and no Helm");
        return;
    };
    let mut found = Vec::new();
    charts(Path::new(&trees), &mut found);
    let loaded = |path: &PathBuf| Some((Chart::load("", &tree(path)).ok()?, path.clone()));
    let all: Vec<(Chart, PathBuf)> = found.iter().filter_map(loaded).collect();
    let scratch = std::env::temp_dir().join(format!("helm-trees-{}", std::process::id()));
    let found: Vec<PathBuf> = found
        .iter()
        .enumerate()
        .map(|(number, path)| {
            let to = scratch.join(number.to_string()).join(path.file_name().unwrap_or_default());
            complete(path, &all, &to, 0);
            to
        })
        .collect();
    let cases: Vec<(&Path, String)> = found
        .iter()
        .flat_map(|chart| values(chart).into_iter().map(move |values| (chart.as_path(), values)))
        .collect();
    let asked: Vec<Value> = cases
        .iter()
        .map(|(chart, values)| {
            let values = documents(values).ok().and_then(|documents| documents.into_iter().next());
            json!({"path": chart, "values": values.unwrap_or_else(|| json!({}))})
        })
        .collect();
    let answers = ask(&python, &asked);
    let (mut equal, mut refused, mut differences) = (0, 0, Vec::new());
    for ((chart, values), answer) in cases.iter().zip(&answers) {
        match difference(answer, render(chart, values)) {
            None if answer["error"].is_null() => equal += 1,
            None => refused += 1,
            Some(difference) => differences.push(format!("{}: {difference}", chart.display())),
        }
    }
    fs::remove_dir_all(scratch).expect("removed");
    println!(
        "{} renderings of {} charts: {equal} equal, {refused} refused by both",
        cases.len(),
        found.len()
    );
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
