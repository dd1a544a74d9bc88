//! Charts give what the real Helm makes of them, whose answers are written down.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]
#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

use crate::harness::{tree, value};
use helm::{
    Capabilities, Chart, Error, FileTree, Found, Given, Manifest, Manifests, MemoryTree, Options, Release,
};
use serde_json::Value;
use spanned_yaml::{Document, FileId, parse_all};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn text(tree: &MemoryTree, path: &str) -> Arc<str> {
    match tree.find(path) {
        Found::File { content, .. } => content.text().expect("a text").clone(),
        found => panic!("{path}: {found:?}"),
    }
}

fn parsed(text: &Arc<str>) -> Vec<Arc<Document>> {
    parse_all(FileId(10_000), text).into_iter().map(|document| document.expect("YAML")).collect()
}

/// What the chart of a case gives.
fn render(tree: &MemoryTree, args: &Value) -> Result<Manifests, Error> {
    let names = |key: &str| {
        let list = args[key].as_array().cloned().unwrap_or_default();
        list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let mut documents = Vec::new();
    for file in names("values_files") {
        let path = file.strip_prefix("../").map_or_else(|| format!("chart/{file}"), str::to_owned);
        documents.extend(parsed(&text(tree, &path)));
    }
    if !args["values"].is_null() {
        documents.extend(parsed(&args["values"].to_string().into()));
    }
    let given =
        Given { values: documents.iter().map(|document| document.root()).collect(), ..Given::default() };
    let mut capabilities = Capabilities::default();
    if let Some(version) = args["kube_version"].as_str() {
        version.clone_into(&mut capabilities.kube_version);
    }
    capabilities.api_versions.extend(names("api_versions"));
    let release = Release::new(
        args["release"].as_str().expect("a name"),
        args["namespace"].as_str().unwrap_or("default"),
    );
    Chart::load("chart", tree)?.render(&release, &given, &capabilities, &Options::default())
}

fn objects(manifests: &Manifests) -> BTreeMap<String, Vec<Value>> {
    let of = |manifest: &Manifest| manifest.documents.iter().map(|document| value(document.root())).collect();
    let templates = manifests.templates.iter().map(|manifest| (manifest.name.to_string(), of(manifest)));
    let crds = manifests.crds.iter().map(|manifest| (format!("crds: {}", manifest.name), of(manifest)));
    templates.chain(crds).collect()
}

/// What is different; nothing where the case gives what it should.
fn difference(directory: &Path) -> Option<String> {
    let tree = tree(directory);
    let args: Value = serde_json::from_str(&text(&tree, "args.json")).expect("JSON");
    let rendered = render(&tree, &args);
    if let Found::File { content, .. } = tree.find("error.txt") {
        let due = content.text().expect("a text").trim().to_owned();
        let Err(error) = rendered else { return Some(format!("no error, due: {due}")) };
        let name = error.span.and_then(|span| tree.name(span.file)).unwrap_or_default();
        // Helm says the chart's name, which is `app` in all of them, where a path begins.
        let named = due
            .split("templates/")
            .nth(1)
            .map(|rest| rest.split([':', ')', ' ', '"', '\n']).next().unwrap_or(rest));
        let is_there = named.is_none_or(|file| name.ends_with(&format!("templates/{file}")));
        return (!is_there).then(|| format!("error `{error}` at `{name}`, due: {due}"));
    }
    let due = parsed(&text(&tree, "expected.yaml")).remove(0);
    let due: BTreeMap<String, Vec<Value>> = due
        .root()
        .entries()
        .into_iter()
        .map(|entry| (entry.key.key_text().into_owned(), entry.value.items().map(value).collect()))
        .collect();
    match rendered {
        Err(error) => {
            Some(format!("error `{error}` at {:?}", error.span.and_then(|span| tree.name(span.file))))
        }
        Ok(manifests) => {
            let ours = objects(&manifests);
            let names: std::collections::BTreeSet<_> = due.keys().chain(ours.keys()).collect();
            let different = names.into_iter().find(|name| due.get(*name) != ours.get(*name))?;
            let shown = |values: Option<&Vec<Value>>| {
                values.map_or_else(|| "nothing".to_owned(), |values| Value::from(values.clone()).to_string())
            };
            Some(format!(
                "{different}\n  due:  {}\n  here: {}",
                shown(due.get(different)),
                shown(ours.get(different))
            ))
        }
    }
}

#[test]
fn charts_give_what_helm_makes_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/helm");
    let mut cases: Vec<_> = fs::read_dir(root)
        .expect("cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut differences = Vec::new();
    for case in &cases {
        if let Some(difference) = difference(case) {
            let title = fs::read_to_string(case.join("title.txt")).unwrap_or_default();
            let number = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            differences.push(format!("{number}: {}\n  {difference}", title.trim()));
        }
    }
    println!("{} of {} charts give what Helm makes of them", cases.len() - differences.len(), cases.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
