//! `pullwarden clusters` over whole repositories in `fixtures/repos`, one for each layout: the tree, and what a check
//! says. The objects that it prints are those that rules look at.

use crate::generated::{assert_none, expect, root};
use pullwarden::config::Settings;
use pullwarden::pipeline::{self, Walked};
use pullwarden::program;
use pullwarden::read::discover::Roots;
use pullwarden::report::clusters::{ClustersReport, Told, objects};
use pullwarden::source::Sources;
use pullwarden::yaml::{Kind, Node, Scalar};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// The repositories.
const LAYOUTS: [&str; 28] = [
    "acm-policies",
    "alternatives",
    "argo-app-of-apps",
    "argo-applicationset",
    "argo-charts",
    "argo-cluster-names",
    "argo-leftovers",
    "charts",
    "clusters-by-path",
    "components-of-clusters",
    "configured",
    "configured-charts",
    "documents",
    "flux",
    "hive",
    "held-images",
    "hosted-cluster",
    "install-config",
    "konflux",
    "kustomize-broken",
    "kustomize-charts",
    "kustomize-overlays",
    "kustomize-remote",
    "must-gather",
    "samples-apart",
    "templates",
    "unused-charts",
    "ztp",
];

/// Those of which more than the tree is kept.
const SHOWN_WHOLE: [&str; 3] = ["configured-charts", "kustomize-charts", "kustomize-overlays"];

/// A copy of a repository that is one by itself, without the paths that lead to the fixtures.
fn repository(name: &str, test: &str) -> PathBuf {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(name);
    let _ = fs::remove_dir_all(&to);
    copy(&root().join("fixtures/repos").join(name), &to);
    fs::create_dir_all(to.join(".git")).expect("a directory");
    to.canonicalize().expect("it is there")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a fixture") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else if path.extension().is_none_or(|ending| ending != "txt") {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

/// What a command line writes.
fn run(args: &[&str]) -> Result<String, String> {
    let mut out = Vec::new();
    program::run(&[&["pullwarden"], args].concat(), &mut out)?;
    Ok(String::from_utf8(out).expect("UTF-8"))
}

#[test]
fn layouts_are_understood_as_expected() {
    let mut failures = Vec::new();
    for name in LAYOUTS {
        let copied = repository(name, "layouts");
        let path = copied.to_str().expect("UTF-8");
        let to = root().join("fixtures/repos").join(name);
        let tree = run(&["clusters", path]).expect("clusters");
        assert!(
            tree.lines().all(|line| line.trim_end() == line),
            "{name}: blanks at the ends of lines\n{tree}"
        );
        expect(&to.join("expected-clusters.txt"), &tree, &mut failures);
        let report = run(&["check", path, "--today", "2026-11-23", "--color", "never"]).expect("a report");
        expect(&to.join("expected-report.txt"), &report, &mut failures);
        assert_eq!(counts(&report), counts(&tree), "{name}: both count the same\n{tree}\n{report}");
        let json = run(&["clusters", path, "--format", "json"]).expect("clusters");
        let read: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read["version"], 1);
        if SHOWN_WHOLE.contains(&name) {
            expect(&to.join("expected-json.txt"), &json, &mut failures);
            let objects = run(&["clusters", path, "--objects", "--cluster", "prod"]).expect("objects");
            expect(&to.join("expected-objects.txt"), &objects, &mut failures);
        }
    }
    assert_none(&failures, "what is understood of layouts");
}

/// How many clusters, and how many units by themselves, the last line speaks of first.
fn counts(said: &str) -> (usize, usize) {
    let line = said.lines().last().expect("a last line").replace(" · ", ", ");
    let before = |noun: &str| {
        let words = &line[..line.find(noun)?];
        words.rsplit([' ', ',']).find(|word| !word.is_empty())?.parse().ok()
    };
    let by_themselves = before(" by themselves").or_else(|| before(" by itself")).unwrap_or_default();
    (before(" cluster").expect("clusters"), by_themselves)
}

#[test]
fn every_expectation_is_tested() {
    for entry in fs::read_dir(root().join("fixtures/repos")).expect("fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let is_layout = path.join("expected-clusters.txt").is_file();
        assert_eq!(is_layout, LAYOUTS.contains(&name.as_str()), "{name}");
    }
}

/// The value as JSON, as the rules see it.
fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Sequence => node.items().map(value).collect(),
        Kind::Mapping => {
            let entries = node.entries();
            let entries = entries.iter().map(|entry| (entry.key.key_text().into_owned(), value(entry.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Kind::Scalar => match node.scalar() {
            Some(Scalar::Bool(value)) => value.into(),
            Some(Scalar::Int(value)) => i64::try_from(value).expect("a usual number").into(),
            Some(Scalar::Float(value)) => value.into(),
            Some(Scalar::Str(text)) => text.into(),
            Some(Scalar::Null) | None => Value::Null,
        },
    }
}

/// Prints the objects of a directory, reads them with another parser, and compares.
fn objects_read_back(directory: &Path) -> usize {
    let roots = Roots {
        root: directory.to_path_buf(),
        paths: vec![directory.to_path_buf()],
        stdin: None,
        respect_ignores: true,
    };
    let mut sources = Sources::default();
    let settings = Settings::default();
    let repo = pipeline::read(Walked::of(&roots), &settings, &mut sources);
    let view = ClustersReport::of(&repo, &settings.problems, Told::default(), &sources);
    let parts = view.clusters.iter().flat_map(|shown| &shown.parts);
    let parts = parts.chain(view.alone.iter().map(|(_, part)| part));
    let due: Vec<Value> = parts
        .flat_map(|part| &part.resources)
        .map(|resource| {
            let mut object = value(resource.manifest.root());
            if let (Some(kind), Value::Object(map)) = (resource.manifest.implied, &mut object) {
                map.insert("apiVersion".into(), kind.api_version().into());
                map.insert("kind".into(), kind.name().into());
            }
            object
        })
        .collect();
    let mut out = Vec::new();
    objects::write(&view, &mut out).expect("a vector takes everything");
    let out = String::from_utf8(out).expect("UTF-8");
    let documents = yaml_serde::Deserializer::from_str(&out);
    let read: Vec<Value> = documents
        .map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{error}\n{out}")))
        .filter(|document| !document.is_null())
        .collect();
    assert_eq!(read, due, "{}\n{out}", directory.display());
    due.len()
}

#[test]
fn printed_objects_are_those_that_rules_see() {
    let count: usize = LAYOUTS.iter().map(|name| objects_read_back(&repository(name, "objects"))).sum();
    assert!(count > 40, "{count} objects");
    let odd = Path::new(env!("CARGO_TARGET_TMPDIR")).join("odd-objects");
    let _ = fs::remove_dir_all(&odd);
    fs::create_dir_all(odd.join(".git")).expect("a directory");
    let text = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: odd\n  annotations:\n    \
                quoted: \"yes\"\n    number: \"0x10\"\n    empty: \"\"\n    tilde: \"~\"\n    hash: \"a # b\"\n    colon: \"a: b\"\n    \
                hidden: \"a\\u202Eb\\U000E0041\\e[31m\"\n    \"k\\u200Bey: x\": y\n    tab: \"a\\tb\\n\"\n    long: |2+\n        indented\n      less\n\n    \
                block: |\n      one\n\n      # two\n    folded: >\n      a\n      b\n    null-value:\nspec:\n  imageDigestMirrors:\n  - &a {source: quay.io/a, mirrors: []}\n  \
                - *a\n  - {<<: *a, source: quay.io/b, other: {}, count: 0x1F, share: 1.5, sure: Yes}\n---\napiVersion: config.openshift.io/v1\nkind: ImageList\nitems:\n\
                - metadata: {name: cluster}\n  spec: {}\n";
    fs::write(odd.join("odd.yaml"), text).expect("a file");
    assert_eq!(objects_read_back(&odd), 2);
}

#[test]
fn one_cluster_can_be_asked_for() {
    let repository = repository("clusters-by-path", "one");
    let path = repository.to_str().expect("UTF-8");
    let said = run(&["clusters", path, "--cluster", "lab", "--openshift", "4.18"]).expect("a cluster");
    assert!(said.starts_with("lab ") && said.contains("OpenShift 4.18 (--openshift)"), "{said}");
    assert!(!said.contains("fra-1") && !said.contains("clusters,"), "{said}");
    let why = run(&["clusters", path, "--cluster", "fra1"]).expect_err("there is none");
    assert_eq!(why, "there is no cluster `fra1` with image configuration; did you mean `fra-1`?");
    let konflux = self::repository("konflux", "one");
    let path = konflux.to_str().expect("UTF-8");
    let said =
        run(&["clusters", path, "--cluster", ".tekton"]).expect("what stands by itself has a name, too");
    assert!(said.contains("a pipeline reads it, no cluster does"), "{said}");
}

#[test]
fn secrets_are_not_printed() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secret-objects");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.join(".git")).expect("a directory");
    let text = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {additionalTrustedCA: {name: cas}}\n---\n\
                apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cas, namespace: openshift-config}\ndata:\n  a.example: |\n    \
                -----BEGIN CERTIFICATE-----\n    bm90\n    -----END CERTIFICATE-----\n    -----BEGIN PRIVATE KEY-----\n    c2VjcmV0\n    -----END PRIVATE KEY-----\n---\n\
                apiVersion: v1\nkind: Secret\nmetadata: {name: pull-secret, namespace: openshift-config}\ntype: kubernetes.io/dockerconfigjson\n\
                stringData:\n  .dockerconfigjson: '{\"auths\": {\"quay.io\": {\"auth\": \"cm9ib3QrY2k6YzBycmVjdC1oMHJzZS0x\"}}}'\n";
    fs::write(directory.join("all.yaml"), text).expect("a file");
    let said = run(&["clusters", directory.to_str().expect("UTF-8"), "--objects"]).expect("objects");
    assert!(said.contains("a.example: # all.yaml:11; not shown, since it is secret"), "{said}");
    assert!(!said.contains("c2VjcmV0") && !said.contains("cm9ib3Q"), "{said}");
    let tree = run(&["clusters", directory.to_str().expect("UTF-8")]).expect("a tree");
    assert!(tree.contains("Secret/openshift-config/pull-secret"), "{tree}");
}
