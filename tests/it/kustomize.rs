//! The real `kustomize build` answered the cases in `fixtures/kustomize`; so do we.
//!
//! A case is a directory: `tree/` with the files, `root.txt` with the directory that is built, and `expected.yaml` or
//! `error.txt` with the answer of kustomize v5.7.1. Documents are compared parsed and in order; of an error only that
//! there is one.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]

use pullwarden::kustomize::{self, Built, Cache, Cause, Error, Tree};
use pullwarden::manifest::{Form, Manifest};
use pullwarden::source::{FileId, Source, Sources, Span};
use pullwarden::yaml::{self, Kind, Node, Scalar};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A repository and its texts.
#[derive(Default)]
struct Repository {
    tree: Tree,
    sources: Sources,
}

impl Repository {
    fn add(&mut self, name: &str, text: &str) {
        let text: Arc<str> = text.into();
        let id = self.sources.add(Source::new(name.to_owned(), text.clone()));
        self.tree.insert(name, id, text);
    }

    fn read(directory: &Path) -> Self {
        let mut repository = Self::default();
        let mut files = files(directory);
        files.sort();
        for path in files {
            let name = path.strip_prefix(directory).expect("a path below the directory");
            let text = std::fs::read(&path).expect("a file");
            repository.add(&name.to_string_lossy().replace('\\', "/"), &String::from_utf8_lossy(&text));
        }
        repository
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let mut repository = Self::default();
        for (name, text) in files {
            repository.add(name, text);
        }
        repository
    }

    fn built(&self, root: &str) -> Result<Built, Error> {
        kustomize::build(root, &self.tree, &Cache::default())
    }

    /// The objects of a build that nothing was left out of.
    fn build(&self, root: &str) -> Result<Vec<Manifest>, Error> {
        let built = self.built(root)?;
        built.left_out.into_iter().next().map_or(Ok(built.manifests), Err)
    }

    /// `file: text` of a place.
    fn show(&self, span: Span) -> String {
        let name = &self.sources.get(span.file).expect("a place in a file").name;
        format!("{name}: {}", self.sources.slice(span))
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

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
    yaml::parse(FileId(0), &Arc::from(text), |document| {
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
    let directory = std::env::var_os("KUSTOMIZE_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize"), PathBuf::from);
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

const IMAGE: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  additionalTrustedCA:
    name: registry-cas
  registrySources:
    allowedRegistries:
      - quay.io
";

/// The place of the value at a path of keys, as `file: text`.
fn place(repository: &Repository, manifest: &Manifest, path: &[&str]) -> String {
    let node = path.iter().fold(manifest.root(), |node, key| {
        key.parse().map_or_else(|_| node.get(key), |at: usize| node.items().nth(at)).expect(key)
    });
    repository.show(node.span())
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
fn a_build_is_bounded() {
    // Each directory holds the one below it twice.
    let mut repository =
        Repository::of(&[("0/kustomization.yaml", "resources: [image.yaml]\n"), ("0/image.yaml", IMAGE)]);
    for level in 1..40 {
        let below = level - 1;
        for side in ["a", "b"] {
            let text = format!("resources: [../../{below}]\nnamePrefix: {side}-\n");
            repository.add(&format!("{level}/{side}/kustomization.yaml"), &text);
        }
        repository.add(&format!("{level}/kustomization.yaml"), "resources: [a, b]\n");
    }
    let error = repository.build("39").expect_err("it is too large");
    assert_eq!(error.cause, kustomize::Cause::Unsupported, "{}", error.message);

    // Aliases can nest deeper than the text that spells them.
    let nested: Vec<String> = (1..440).map(|at| format!("  k{at}: &a{at} [*a{}]", at - 1)).collect();
    let nested = nested.join("\n");
    // Enough plain values keep the share of aliases within what is read.
    let plain = "x, ".repeat(20_000);
    let head = "apiVersion: v1\nkind: Foo\nmetadata: {name: a}\nspec:\n  k0: &a0 x";
    let text = format!("{head}\n{nested}\n  plain: [{plain}]\n");
    let repository = Repository::of(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &text)]);
    let error = repository.build("").expect_err("it is too deep");
    assert!(error.message.contains("too deep"), "{}", error.message);
}

#[test]
fn a_build_goes_on_without_what_it_cannot_have() {
    let repository = Repository::of(&[
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", "resources: [image.yaml, 'https://example.com/x?ref=v1']\n"),
        (
            "o/kustomization.yaml",
            "resources: [../base, ../../elsewhere]
components: ['https://example.com/component']
helmCharts: [{name: chart}]
configMapGenerator: [{name: theirs, behavior: merge, literals: [a=b]}]
generators:
- |-
  apiVersion: example.com/v1
  kind: Program
  metadata: {name: one}
validators: [https://example.com/validator]
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: theirs}
    data: {a: c}
- target: {kind: Image}
  patch: |-
    - op: replace
      path: /spec/additionalTrustedCA/name
      value: half
    - op: remove
      path: /spec/theirs
- target: {kind: Image}
  patch: |-
    - op: replace
      path: /spec/additionalTrustedCA/name
      value: ours
- path: https://example.com/patch.yaml
replacements:
- source: {kind: ConfigMap, name: theirs, fieldPath: data.a}
  targets: [{select: {kind: Image}, fieldPaths: [spec.theirs]}]
replicas: [{name: theirs, count: 2}]
",
        ),
    ]);
    let built = repository.built("o").expect("it goes on");
    let left_out: Vec<String> =
        built.left_out.iter().map(|error| repository.show(error.span.expect("a place"))).collect();
    assert_eq!(
        left_out,
        [
            "base/kustomization.yaml: 'https://example.com/x?ref=v1'",
            "o/kustomization.yaml: ../../elsewhere",
            "o/kustomization.yaml: {name: chart}",
            "o/kustomization.yaml: one",
            "o/kustomization.yaml: 'https://example.com/component'",
            "o/kustomization.yaml: https://example.com/patch.yaml",
            "o/kustomization.yaml: https://example.com/validator",
        ]
    );
    let causes: Vec<Cause> = built.left_out.iter().map(|error| error.cause).collect();
    let (remote, unsupported) = (Cause::Remote, Cause::Unsupported);
    assert_eq!(causes, [remote, Cause::Outside, unsupported, unsupported, remote, remote, unsupported]);
    assert_eq!(repository.show(built.left_out[0].via[0]), "o/kustomization.yaml: ../base");
    assert_eq!(built.manifests.len(), 1);
    // Of a patch that fails halfway nothing stays; the next one counts.
    assert_eq!(
        place(&repository, &built.manifests[0], &["spec", "additionalTrustedCA", "name"]),
        "o/kustomization.yaml: ours"
    );
    let read: Vec<&str> =
        built.files.iter().map(|id| repository.sources.get(*id).expect("a file").name.as_str()).collect();
    assert_eq!(read, ["base/image.yaml", "base/kustomization.yaml", "o/kustomization.yaml"]);
}

#[test]
fn what_kustomize_refuses_is_refused_even_where_something_is_left_out() {
    for wrong in [
        "resources: ['https://example.com/x', image.yaml, image.yaml]\n",
        "resources: ['https://example.com/x', nope.yaml]\n",
        "resources: ['https://example.com/x']\npatches: [{patch: '{a: b'}]\n",
        "resources: ['https://example.com/x']\npatchesStrategicMerge:\n- |-\n  apiVersion: config.openshift.io/v1\n  {{ x }}: y\n",
    ] {
        let repository = Repository::of(&[("kustomization.yaml", wrong), ("image.yaml", IMAGE)]);
        let error = repository.built("").expect_err(wrong);
        assert_eq!(error.cause, Cause::Refused, "{wrong}: {}", error.message);
    }
}

#[test]
fn targets_without_objects_are_remembered() {
    let overlay = "resources: [../base]\npatches:\n- target: {kind: Imag}\n  patch: '[]'\n";
    let overlay = overlay.replace("'[]'", "'[{\"op\": \"remove\", \"path\": \"/spec\"}]'");
    let patch =
        "- target: {kind: Image, name: other}\n  patch: '{apiVersion: a/v1, kind: A, metadata: {name: a}}'\n";
    let repository = Repository::of(&[
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", &format!("resources: [image.yaml]\npatches:\n{patch}")),
        ("o/kustomization.yaml", &overlay),
    ]);
    let unmatched = repository.built("o").expect("it builds").unmatched;
    let shown: Vec<String> = unmatched.iter().map(|span| repository.show(*span)).collect();
    assert_eq!(
        shown,
        ["base/kustomization.yaml: {kind: Image, name: other}", "o/kustomization.yaml: {kind: Imag}"]
    );
}

#[test]
fn includes_are_what_a_kustomization_names() {
    let kustomization = "kind: Component
resources: [../base, image.yaml, missing.yaml, 'https://example.com/x', ../../outside]
Bases: [../old]
components: [parts]
patches: [{path: patch.yaml}, {patch: 'a: b'}]
patchesStrategicMerge:
- merge.yaml
- |-
  kind: A
patchesJson6902: [{path: ./json.yaml, target: {kind: A}}]
replacements: [{path: replacement.yaml}]
configurations: [names.yaml]
crds: [crd.yaml]
openapi: {path: schema.json}
configMapGenerator: [{name: a, files: [ca.crt=ca/one.crt, ca/two.crt], envs: [a.env], env: b.env}]
secretGenerator: [{name: b, files: [secret.txt]}]
generators:
- generator.yaml
- |-
  apiVersion: policy.open-cluster-management.io/v1
  kind: PolicyGenerator
  metadata: {name: a}
  policies: [{name: a, manifests: [{path: manifests}, {path: manifests/one.yaml}]}]
transformers: [transformer.yaml]
validators: [validator.yaml]
helmGlobals: {chartHome: local}
helmCharts: [{name: chart, valuesFile: values.yaml, additionalValuesFiles: [more.yaml]}]
";
    let names = [
        "image.yaml",
        "patch.yaml",
        "merge.yaml",
        "json.yaml",
        "replacement.yaml",
        "names.yaml",
        "crd.yaml",
        "schema.json",
        "ca/one.crt",
        "ca/two.crt",
        "a.env",
        "b.env",
        "secret.txt",
        "generator.yaml",
        "transformer.yaml",
        "validator.yaml",
        "values.yaml",
        "more.yaml",
        "manifests/one.yaml",
    ];
    let mut repository = Repository::of(&[("o/kustomization.yml", kustomization)]);
    for name in ["base/a", "old/a", "o/parts/a", "o/local/chart/Chart.yaml", "o/unnamed.yaml"] {
        repository.add(name, "");
    }
    for name in names {
        repository.add(&format!("o/{name}"), "");
    }
    let found = kustomize::includes("o", &repository.tree);
    assert_eq!(found.directories, ["base", "o/local/chart", "o/manifests", "o/parts", "old"]);
    let mut due = names.map(|name| format!("o/{name}"));
    due.sort();
    assert_eq!(found.files, due);
    assert!(found.is_component);
    let nothing = kustomize::includes("nowhere", &repository.tree);
    assert!(nothing.directories.is_empty() && nothing.files.is_empty() && !nothing.is_component);
    repository.add("broken/kustomization.yaml", "resources: [a\n- b: {{ c }}");
    assert!(kustomize::includes("broken", &repository.tree).files.is_empty());
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
    let replaced = |manifest: &Manifest, path: &[&str]| {
        let node = path.iter().fold(manifest.root(), |node, key| {
            key.parse().map_or_else(|_| node.get(key), |at: usize| node.items().nth(at)).expect(key)
        });
        manifest.document().replaced(node.index()).map(|span| repository.show(span))
    };
    let [pod, image] = &built[..] else { panic!("two objects") };
    let (pod, image) = if pod.name() == "x-a-y" { (pod, image) } else { (image, pod) };
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
fn patches_go_onto_objects_without_a_kustomization() {
    let other = IMAGE.replace("cluster", "other");
    let patches = "- spec: {registrySources: {allowedRegistries: [b.example.com]}}
- metadata: {labels: {a: b}}
- {apiVersion: config.openshift.io/v1, kind: Image, metadata: {name: other}, $patch: delete}
";
    let repository =
        Repository::of(&[("image.yaml", IMAGE), ("other.yaml", &other), ("patches.yaml", patches)]);
    let document = |id: u32| {
        let text = &repository.sources.get(FileId(id)).expect("a file").text;
        let mut found = None;
        yaml::parse(FileId(id), text, |document| found = document.ok());
        Arc::new(found.expect("a document"))
    };
    let manifest = |id: u32| Manifest::new(document(id), 0, Form::Template);
    let patches = document(2);
    let patches: Vec<Node<'_>> = patches.root().items().collect();

    let made =
        kustomize::apply_patches(&[manifest(0)], &patches[..2]).expect("a single object needs no name");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].form, Form::Template);
    let path = ["spec", "registrySources", "allowedRegistries", "0"];
    assert_eq!(place(&repository, &made[0], &path), "patches.yaml: b.example.com");
    assert_eq!(place(&repository, &made[0], &["metadata", "name"]), "image.yaml: cluster");
    assert_eq!(place(&repository, &made[0], &["metadata", "labels", "a"]), "patches.yaml: b");
    assert_eq!(made[0].namespace(), "");

    let both = [manifest(0), manifest(1)];
    let left = kustomize::apply_patches(&both, &patches[2..]).expect("it names its object");
    assert_eq!(left.iter().map(Manifest::name).collect::<Vec<_>>(), ["cluster"]);
    let error = kustomize::apply_patches(&both, &patches[..1]).expect_err("it names none");
    assert!(error.message.contains("several objects"), "{}", error.message);
    let error = kustomize::apply_patches(&both[..1], &patches[2..]).expect_err("there is no such object");
    assert!(error.message.contains("there is no Image `other`"), "{}", error.message);
}

#[test]
fn configurations_of_policy_generators_stay_as_they_are() {
    let policies = "apiVersion: policy.open-cluster-management.io/v1
kind: PolicyGenerator
metadata: {name: policies}
policies: []
";
    let sites = "apiVersion: ran.openshift.io/v1
kind: SiteConfig
metadata: {name: sites, namespace: site}
";
    let repository = Repository::of(&[
        ("base/policies/generator.yaml", policies),
        ("base/image.yaml", IMAGE),
        (
            "base/kustomization.yaml",
            "resources: [image.yaml]\ngenerators: [policies/generator.yaml]\nnamePrefix: x-\n",
        ),
        (
            "o/kustomization.yaml",
            &format!(
                "resources: [../base]\nnamespace: new\ngenerators:\n- |-\n  {}\npatches:\n- patch: |-\n    {}",
                sites.replace('\n', "\n  "),
                "apiVersion: v1\n    kind: Policy\n    metadata: {name: generated}\n"
            ),
        ),
    ]);
    let built = repository.built("o").expect("it builds");
    let names: Vec<(&str, &str)> = built.manifests.iter().map(|it| (it.name(), it.namespace())).collect();
    assert_eq!(names, [("x-cluster", "new"), ("policies", ""), ("sites", "site")]);
    assert_eq!(built.generators, [(1, "base".to_owned()), (2, "o".to_owned())]);
    assert!(built.left_out.is_empty());
}
