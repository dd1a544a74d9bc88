//! The real `kustomize build` answered the cases in `fixtures/kustomize`; so do we.
//!
//! A case is a directory: `tree/` with the files, `root.txt` with the directory that is built, and `expected.yaml` or
//! `error.txt` with the answer of kustomize v5.7.1. Documents are compared parsed and in order; of an error only that
//! there is one.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use crate::repository::{IMAGE, Repository, name, place};
use serde_json::Value;
use spanned_yaml::FileId;
use spanned_yaml::{Document, Kind, Node, Scalar};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A value as `oc` reads it.
fn json(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Sequence => node.items().map(json).collect(),
        Kind::Mapping => {
            let mut entries: Vec<(String, Value)> = node
                .entries()
                .iter()
                .map(|entry| (entry.key.key_text().into_owned(), json(entry.value)))
                .collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.into_iter().collect()
        }
        Kind::Scalar => match node.scalar() {
            None | Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(value)) => value.into(),
            Some(Scalar::Int(value)) => Value::from(i64::try_from(value).expect("a small number")),
            // Whole numbers are numbers, however they are written.
            #[expect(clippy::cast_possible_truncation, reason = "it has no fraction")]
            Some(Scalar::Float(value)) if value.fract() == 0.0 => Value::from(value as i64),
            Some(Scalar::Float(value)) => value.into(),
            Some(Scalar::Str(text)) => text.into(),
        },
    }
}

fn documents(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    spanned_yaml::parse(FileId(0), &Arc::from(text), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        if !document.is_empty() {
            found.push(json(document.root()));
        }
    });
    found
}

/// What differs, for a person.
fn compare(repository: &Repository, case: &Path) -> Result<(), String> {
    let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
    let root = read("root.txt").expect("every case names its root");
    let built = repository.build(root.trim());
    match (built, read("expected.yaml"), read("error.txt")) {
        (Err(_), None, Some(_)) => Ok(()),
        (Err(error), Some(_), _) => Err(format!("we refuse it: {error:?}")),
        (Ok(_), None, Some(due)) => Err(format!("kustomize refuses it: {due}")),
        (Ok(built), Some(due), _) => {
            let ours: Vec<Value> = built.iter().map(|manifest| json(manifest.root())).collect();
            let due = documents(&due);
            if ours == due {
                return Ok(());
            }
            let lines =
                |all: &[Value]| all.iter().map(|one| format!("    {one}")).collect::<Vec<_>>().join("\n");
            Err(format!("objects differ\n  ours\n{}\n  due\n{}", lines(&ours), lines(&due)))
        }
        (_, None, None) => Err("there is neither expected.yaml nor error.txt".into()),
    }
}

#[test]
fn builds_are_those_of_kustomize() {
    let directory = std::env::var_os("KUSTOMIZE_CASES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/kustomize"),
        PathBuf::from,
    );
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut failures = Vec::new();
    for case in &cases {
        let repository = Repository::read(&case.join("tree"));
        if let Err(why) = compare(&repository, case) {
            failures.push(format!("{}: {why}", case.file_name().unwrap_or_default().to_string_lossy()));
        }
    }
    println!("{} of {} builds agree with kustomize", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_value_stands_where_the_text_that_won_stands() {
    let repository = Repository::of(&[
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", "resources: [image.yaml]\n"),
        (
            "prod/kustomization.yaml",
            "resources: [../base]
namePrefix: site-
patches:
  - path: patch.yaml
  - target: {kind: Image}
    patch: |-
      # the second one
      - op: add
        path: /spec/registrySources/allowedRegistries/-
        value: 'added.example.com'
  - target: {kind: Image}
    patch: '[{\"op\": \"add\", \"path\": \"/spec/registrySources/insecureRegistries\", \"value\": [\"a.example.com\"]}]'
  - target: {kind: Image}
    patch: \"- op: add\\n  path: /spec/escaped\\n  value: here\\n\"
",
        ),
        (
            "prod/patch.yaml",
            "apiVersion: config.openshift.io/v1
kind: Image
metadata: {name: cluster}
spec:
  registrySources:
    allowedRegistries: [\"patched.example.com\"]
",
        ),
    ]);
    let built = repository.build("prod").expect("it builds");
    let at = |path: &[&str]| place(&repository, &built[0], path);
    assert_eq!(at(&["spec", "additionalTrustedCA", "name"]), "base/image.yaml: registry-cas");
    assert_eq!(
        at(&["spec", "registrySources", "allowedRegistries", "0"]),
        "prod/patch.yaml: \"patched.example.com\""
    );
    assert_eq!(
        at(&["spec", "registrySources", "allowedRegistries", "1"]),
        "prod/kustomization.yaml: 'added.example.com'"
    );
    assert_eq!(
        at(&["spec", "registrySources", "insecureRegistries", "0"]),
        "prod/kustomization.yaml: \"a.example.com\""
    );
    // Where escapes stand between, the whole patch is the place.
    assert!(at(&["spec", "escaped"]).starts_with("prod/kustomization.yaml: \"- op: add"));
    assert_eq!(at(&["metadata", "name"]), "prod/kustomization.yaml: site-");
    let patched =
        built[0].root().get("spec").and_then(|spec| spec.get("registrySources")).expect("it is there");
    let item = patched.get("allowedRegistries").and_then(|list| list.items().next()).expect("an item");
    assert_eq!(built[0].root().path_to(item.span()), "spec.registrySources.allowedRegistries[0]");
}

#[test]
fn an_error_stands_at_what_is_wrong() {
    let base = ("base/kustomization.yaml", "resources: [image.yaml]\n");
    for (overlay, due, message) in [
        ("resources: [../base, nope.yaml]\n", "o/kustomization.yaml: nope.yaml", "there is no file"),
        ("resources: [../base]\npatchs: []\n", "o/kustomization.yaml: patchs", "does not know the field"),
        ("resources: [../o]\n", "o/kustomization.yaml: ../o", "in a circle"),
        ("resources: [../base, ../base]\n", "o/kustomization.yaml: ../base", "twice"),
        ("resources: [../../other]\n", "o/kustomization.yaml: ../../other", "outside of the repository"),
        (
            "resources: [../base/image.yaml]\n",
            "o/kustomization.yaml: ../base/image.yaml",
            "outside of this directory",
        ),
        (
            "resources: ['https://example.com/x']\n",
            "o/kustomization.yaml: 'https://example.com/x'",
            "never fetched",
        ),
        (
            "resources: [../base]\npatches:\n- patch: |-\n    apiVersion: config.openshift.io/v1\n    kind: Image\n    metadata: {name: typo}\n",
            "o/kustomization.yaml: typo",
            "there is no Image `typo`",
        ),
        (
            "resources: [../base]\npatches:\n- target: {kind: Image}\n  patch: |-\n    - op: remove\n      path: /spec/nope\n",
            "o/kustomization.yaml: /spec/nope",
            "there is no `/spec/nope` to remove",
        ),
    ] {
        let repository =
            Repository::of(&[("base/image.yaml", IMAGE), base, ("o/kustomization.yaml", overlay)]);
        let error = repository.build("o").expect_err(overlay);
        assert!(error.message.contains(message), "{overlay}: {}", error.message);
        assert_eq!(repository.show(error.span.expect("a place")), due);
    }
}

#[test]
fn a_value_knows_the_text_that_it_replaced() {
    let pod = "apiVersion: v1
kind: Pod
metadata: {name: a, namespace: old}
spec:
  containers:
  - {name: c, image: quay.io/a:1}
";
    let repository = Repository::of(&[
        ("base/image.yaml", &format!("{IMAGE}    insecureRegistries: [a.example.com]\n")),
        ("base/pod.yaml", pod),
        ("base/kustomization.yaml", "resources: [image.yaml, pod.yaml]\n"),
        (
            "o/kustomization.yaml",
            "resources: [../base]
namePrefix: x-
nameSuffix: -y
namespace: new
images: [{name: quay.io/a, newTag: two}]
patches:
- patch: |-
    apiVersion: config.openshift.io/v1
    kind: Image
    metadata: {name: cluster}
    spec:
      registrySources:
        allowedRegistries: [b.example.com]
        blockedRegistries: [c.example.com]
- target: {kind: Image}
  patch: |-
    - {op: replace, path: /spec/registrySources/insecureRegistries/0, value: d.example.com}
replacements:
- sourceValue: replaced
  targets: [{select: {kind: Image}, fieldPaths: [spec.additionalTrustedCA.name]}]
",
        ),
    ]);
    let built = repository.build("o").expect("it builds");
    let replaced = |manifest: &Document, path: &[&str]| {
        let node = path.iter().fold(manifest.root(), |node, key| {
            key.parse().map_or_else(|_| node.get(key), |at: usize| node.items().nth(at)).expect(key)
        });
        manifest.replaced(node.index()).map(|span| repository.show(span))
    };
    let [pod, image] = &built[..] else { panic!("two objects") };
    let (pod, image) = if name(pod) == "x-a-y" { (pod, image) } else { (image, pod) };
    let base = |text: &str| Some(format!("base/image.yaml: {text}"));
    assert_eq!(replaced(image, &["spec", "registrySources", "allowedRegistries"]), base("- quay.io"));
    assert_eq!(replaced(image, &["spec", "registrySources", "allowedRegistries", "0"]), None);
    assert_eq!(replaced(image, &["spec", "registrySources", "blockedRegistries"]), None);
    assert_eq!(replaced(image, &["spec", "registrySources"]), None);
    assert_eq!(replaced(image, &["kind"]), None);
    let path = ["spec", "registrySources", "insecureRegistries", "0"];
    assert_eq!(replaced(image, &path), base("a.example.com"));
    assert_eq!(replaced(image, &["spec", "additionalTrustedCA", "name"]), base("registry-cas"));
    assert_eq!(replaced(image, &["metadata", "name"]), base("cluster"));
    assert_eq!(replaced(pod, &["metadata", "namespace"]).as_deref(), Some("base/pod.yaml: old"));
    let path = ["spec", "containers", "0", "image"];
    assert_eq!(replaced(pod, &path).as_deref(), Some("base/pod.yaml: quay.io/a:1"));
}

#[test]
fn ports_are_one_by_the_keys_that_both_have() {
    let pod = |ports: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, ports: [{ports}]}}]}}\n"
        )
    };
    for (old, new, due) in [
        ("{containerPort: 1, protocol: TCP}", "{containerPort: 1, name: a}", "1 TCP a"),
        ("{containerPort: 1, name: b}", "{containerPort: 1, protocol: TCP}", "1 TCP b"),
        ("{containerPort: 1, protocol: UDP}", "{containerPort: 1, protocol: TCP}", "1 TCP -, 1 UDP -"),
        ("{containerPort: 1}, {containerPort: 2}", "{containerPort: 2, name: a}", "2 - a, 1 - -"),
    ] {
        let repository = Repository::of(&[
            ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: b.yaml}]\n"),
            ("a.yaml", &pod(old)),
            ("b.yaml", &pod(new)),
        ]);
        let built = repository.build("").expect(new);
        let spec = json(built[0].root())["spec"]["containers"][0]["ports"].clone();
        let text = |port: &Value, key: &str| port[key].as_str().unwrap_or("-").to_owned();
        let ports = spec.as_array().expect("a list").iter();
        let ports: Vec<String> = ports
            .map(|port| {
                format!("{} {} {}", port["containerPort"], text(port, "protocol"), text(port, "name"))
            })
            .collect();
        assert_eq!(ports.join(", "), due, "{old} with {new}");
    }
}
