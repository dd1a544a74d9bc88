//! Builds that share a cache say what each says alone, in any order and on any number of threads; and all of them end.

use crate::repository::{IMAGE, Repository, name};
use kustomize::{Cache, Cause, Files, Found};
use rayon::prelude::*;
use spanned_yaml::{Document, Documents, FileId};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All that a build says, with all places.
fn told(repository: &Repository, root: &str, cache: &Cache) -> String {
    let built = match kustomize::build(root, &repository.tree, cache) {
        Ok(built) => built,
        Err(error) => return format!("{error:?}"),
    };
    let objects: Vec<String> = built.objects.iter().map(|object| described(object)).collect();
    let objects = objects.join("\n");
    format!("{:?} {:?} {:?} {:?}\n{objects}", built.files, built.left_out, built.unmatched, built.generators)
}

fn described(manifest: &Document) -> String {
    let nodes = manifest.root().descendants();
    let nodes: Vec<String> =
        nodes.map(|node| format!("{:?} {:?} {:?}", node.text(), node.span(), node.replaced())).collect();
    nodes.join("\n")
}

/// Builds all `roots`, alone and together.
fn compare(repository: &Repository, roots: &[String]) {
    let alone: Vec<String> = roots.iter().map(|root| told(repository, root, &Cache::default())).collect();
    let cache = Cache::default();
    let in_order: Vec<String> = roots.iter().map(|root| told(repository, root, &cache)).collect();
    let cache = Cache::default();
    let mut reversed: Vec<String> = roots.iter().rev().map(|root| told(repository, root, &cache)).collect();
    reversed.reverse();
    let cache = Cache::default();
    let at_once: Vec<String> = roots.par_iter().map(|root| told(repository, root, &cache)).collect();
    for (index, root) in roots.iter().enumerate() {
        assert_eq!(alone[index], in_order[index], "{root} behind others");
        assert_eq!(alone[index], reversed[index], "{root} behind others, from the end");
        assert_eq!(alone[index], at_once[index], "{root} beside others");
    }
}

#[test]
fn shared_builds_are_those_of_each_alone() {
    let overlay = |extra: &str| format!("resources: [../base, ../side]\n{extra}");
    let schema = |key: &str| {
        format!(
            "{{\"definitions\": {{\"a\": {{\"x-kubernetes-group-version-kind\": [{{\"group\": \"config.openshift.io\",
            \"version\": \"v1\", \"kind\": \"Image\"}}], \"properties\": {{\"spec\": {{\"properties\": {{\"list\":
            {{\"x-kubernetes-patch-merge-key\": \"{key}\", \"x-kubernetes-patch-strategy\": \"merge\"}}}}}}}}}}}}}}"
        )
    };
    let patch = "patches:\n- patch: |-\n    apiVersion: config.openshift.io/v1\n    kind: Image\n    metadata: {name: cluster}\n    spec: {list: [{a: 1, b: 3}]}\n- target: {kind: None}\n  patch: '{kind: A, metadata: {name: a}}'\n";
    let mut repository = Repository::of(&[
        ("base/image.yaml", &format!("{IMAGE}  list: [{{a: 1, b: 2}}]\n")),
        ("base/kustomization.yaml", &format!("resources: [image.yaml]\n{patch}")),
        (
            "side/kustomization.yaml",
            "resources: ['https://example.com/x']\nconfigMapGenerator: [{name: a}]\n",
        ),
        ("plain/kustomization.yaml", &overlay("")),
        ("renamed/kustomization.yaml", &overlay("namePrefix: a-\n")),
        (
            "noted/kustomization.yaml",
            &overlay("buildMetadata: [originAnnotations, transformerAnnotations]\n"),
        ),
        ("by-a/kustomization.yaml", &overlay("openapi: {path: schema.json}\n")),
        ("by-a/schema.json", &schema("a")),
        ("by-b/kustomization.yaml", &overlay("openapi: {path: schema.json}\n")),
        ("by-b/schema.json", &schema("b")),
        ("later/kustomization.yaml", "resources: [../by-a, ../over]\n"),
        ("over/kustomization.yaml", "resources: [../by-b]\nnamePrefix: b-\n"),
        ("circle/kustomization.yaml", "resources: [../round]\n"),
        ("round/kustomization.yaml", "resources: [../circle]\n"),
        ("self/kustomization.yaml", "resources: [../self]\n"),
        // Reaches down into its parent, which is no circle from everywhere.
        ("nest/kustomization.yaml", "resources: [deep/image.yaml]\n"),
        ("nest/deep/image.yaml", IMAGE),
        ("nest/deep/kustomization.yaml", "resources: [../../hook]\n"),
        ("hook/kustomization.yaml", "resources: [../nest]\n"),
        ("broken/kustomization.yaml", "resources: [nope.yaml]\n"),
        ("on-broken/kustomization.yaml", "resources: [../broken]\n"),
        (
            "component/kustomization.yaml",
            "kind: Component\npatches: [{target: {kind: Image}, patch: '- {op: remove, path: /spec}'}]\n",
        ),
        ("with/kustomization.yaml", &overlay("components: [../component]\n")),
        ("wrong/kustomization.yaml", "resources: [../component]\n"),
    ]);
    // Deeper than directories are followed, from above; from the middle it is not.
    for level in 0..80 {
        let below = format!("resources: [../{}]\n", level + 1);
        repository.add(&format!("levels/{level}/kustomization.yaml"), &below);
    }
    repository.add("levels/80/kustomization.yaml", "resources: [image.yaml]\n");
    repository.add("levels/80/image.yaml", IMAGE);
    let roots = repository.roots();
    assert_eq!(roots.len(), 101);
    compare(&repository, &roots);
    let alone = |root: &str| told(&repository, root, &Cache::default());
    assert!(alone("circle").contains("in a circle") && alone("self").contains("in a circle"));
    assert!(alone("nest/deep").contains("in a circle") && !alone("hook").contains("in a circle"));
    assert!(alone("levels/0").contains("too deeply") && !alone("levels/40").contains("too deeply"));
    // By its key, the item is the base's; without one, the list is the patch's.
    assert_ne!(alone("by-a"), alone("by-b"));
}

#[test]
fn the_cases_of_kustomize_can_be_shared() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/kustomize");
    for case in std::fs::read_dir(directory).expect("the cases").map(|entry| entry.expect("an entry").path())
    {
        if case.is_dir() {
            let repository = Repository::read(&case.join("tree"));
            compare(&repository, &repository.roots());
        }
    }
}

/// Has read all documents before.
struct Parsed<'r>(&'r Repository);

impl Files for Parsed<'_> {
    fn find(&self, path: &str) -> Found {
        self.0.tree.find(path)
    }

    fn entries(&self, path: &str) -> Vec<String> {
        self.0.tree.entries(path)
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.0.tree.name(id)
    }

    fn documents(&self, id: FileId) -> Option<Arc<Documents>> {
        let source = self.0.sources.get(id).expect("a file");
        Some(Arc::new(spanned_yaml::parse_all(id, &source.text)))
    }
}

#[test]
fn documents_that_were_read_already_make_the_same() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/kustomize");
    for case in std::fs::read_dir(directory).expect("the cases").map(|entry| entry.expect("an entry").path())
    {
        if !case.is_dir() {
            continue;
        }
        let repository = Repository::read(&case.join("tree"));
        let told = |files: &dyn Files, root: &str| match kustomize::build(root, files, &Cache::default()) {
            Ok(built) => built.objects.iter().map(|object| described(object)).collect::<Vec<_>>().join("\n"),
            Err(error) => format!("{error:?}"),
        };
        for root in repository.roots() {
            let (anew, known) = (told(&repository.tree, &root), told(&Parsed(&repository), &root));
            assert_eq!(anew, known, "{}: {root}", case.display());
            let includes = |files: &dyn Files| kustomize::includes(&root, files);
            assert_eq!(includes(&repository.tree), includes(&Parsed(&repository)));
        }
    }
}

/// Counts how often each file is asked for.
struct Counted<'r> {
    repository: &'r Repository,
    found: AtomicUsize,
}

impl Files for Counted<'_> {
    fn find(&self, path: &str) -> Found {
        let found = self.repository.tree.find(path);
        if path.ends_with("/object.yaml") && matches!(found, Found::File { .. }) {
            self.found.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    fn entries(&self, path: &str) -> Vec<String> {
        self.repository.tree.entries(path)
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.repository.tree.name(id)
    }
}

#[test]
fn a_base_is_built_once_for_all_overlays() {
    let mut repository = Repository::default();
    let names: Vec<String> = (0..20).map(|at| format!("{at}/object.yaml")).collect();
    repository.add("base/kustomization.yaml", &format!("resources: [{}]\n", names.join(", ")));
    for (at, name) in names.iter().enumerate() {
        repository.add(&format!("base/{name}"), &IMAGE.replace("cluster", &format!("c{at}")));
    }
    for at in 0..50 {
        let name = format!("overlays/{at}/kustomization.yaml");
        repository.add(&name, &format!("resources: [../../base]\nnamePrefix: o{at}-\n"));
    }
    let files = Counted { repository: &repository, found: AtomicUsize::default() };
    let cache = Cache::default();
    for at in 0..50 {
        let built = kustomize::build(&format!("overlays/{at}"), &files, &cache).expect("it builds");
        assert_eq!((built.objects.len(), built.files.len()), (20, 22));
        assert_eq!(name(&built.objects[0]), format!("o{at}-c0"));
    }
    // Once to see that it is no directory, once to read it.
    assert_eq!(files.found.into_inner(), 40);
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
fn an_object_that_no_overlay_changes_is_one_document() {
    let image = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{image: a}]}}}\n";
    let overlay = |image: &str| format!("resources: [../base]\nimages: [{{name: {image}, newTag: b}}]\n");
    let repository = Repository::of(&[
        ("base/kustomization.yaml", "resources: [image.yaml, pods.yaml]\n"),
        ("base/image.yaml", IMAGE),
        ("base/pods.yaml", image),
        ("one/kustomization.yaml", &overlay("a")),
        ("other/kustomization.yaml", &overlay("b")),
        ("third/kustomization.yaml", &overlay("c")),
    ]);
    let cache = Cache::default();
    let built = ["one", "other", "third"].map(|root| {
        let built = kustomize::build(root, &repository.tree, &cache).expect(root);
        let mut documents: Vec<_> =
            built.objects.iter().map(|it| (name(it).to_owned(), it.clone())).collect();
        documents.sort_by(|a, b| a.0.cmp(&b.0));
        documents
    });
    let is_one = |a: usize, b: usize, at: usize| Arc::ptr_eq(&built[a][at].1, &built[b][at].1);
    assert!(is_one(0, 1, 1) && is_one(1, 2, 1), "nothing changes `cluster`");
    assert!(!is_one(0, 1, 0) && is_one(1, 2, 0), "the first one changes `a`");
}

#[test]
fn builds_without_objects_are_limited_too() {
    let mut repository = Repository::of(&[(
        "0/kustomization.yaml",
        "resources: ['https://example.com/x']\npatches: [{target: {kind: A}, patch: '- {op: remove, path: /a}'}]\n",
    )]);
    for level in 1..31 {
        for side in ["a", "b"] {
            repository.add(
                &format!("{level}/{side}/kustomization.yaml"),
                &format!("resources: [../../{}]\n", level - 1),
            );
        }
        repository.add(&format!("{level}/kustomization.yaml"), "resources: [a, b]\n");
    }
    let cache = Cache::default();
    for _ in 0..2 {
        let error = kustomize::build("30", &repository.tree, &cache).expect_err("2^30 ways are too many");
        assert_eq!(error.cause, Cause::Unsupported, "{}", error.message);
        assert!(error.via.is_empty(), "the place is the root's entry");
    }
    let few = kustomize::build("8", &repository.tree, &cache).expect("256 ways are not");
    // Of the ways to one place, the first is told.
    assert_eq!((few.left_out.len(), few.left_out[0].via.len(), few.objects.len()), (1, 16, 0));
}

#[test]
fn objects_cannot_grow_without_end() {
    let double = "    - {op: copy, from: /spec, path: /spec/a}\n    - {op: move, from: /spec/a, path: /b}\n    - {op: move, from: /b, path: /spec/b}\n    - {op: copy, from: /spec, path: /c}\n    - {op: move, from: /c, path: /spec/c}\n";
    let deepen = "    - {op: move, from: /spec, path: /x}\n    - {op: add, path: /spec, value: {}}\n    - {op: move, from: /x, path: /spec/x}\n";
    let copy = "- source: {kind: Image, fieldPath: spec}\n  targets: [{select: {kind: Image}, fieldPaths: [spec.PART], options: {create: true}}]\n";
    let text = "- source: {kind: Image, fieldPath: spec.text}\n  targets: [{select: {kind: Image}, fieldPaths: [spec.text], options: {delimiter: '-', index: 1}}]\n";
    let patch = |operations: &str, times: usize| {
        format!("patches:\n- target: {{kind: Image}}\n  patch: |-\n{}", operations.repeat(times))
    };
    let many = |entry: &str, times: usize| {
        let entries = (0..times).map(|at| entry.replace("PART", &format!("p{at}")));
        format!("replacements:\n{}", entries.collect::<String>())
    };
    let long = vec!["a"; 100_000].join(".");
    for (what, steps) in [
        ("doubled", patch(double, 40)),
        ("deepened", patch(deepen, 20_000)),
        ("copied", many(copy, 64)),
        ("joined", many(text, 64)),
        ("a long path", many(&copy.replace("PART", &long), 1)),
        ("a long name", format!("namePrefix: {}\n", "a".repeat(100_000))),
    ] {
        let repository = Repository::of(&[
            ("kustomization.yaml", &format!("resources: [image.yaml]\n{steps}")),
            ("image.yaml", &format!("{IMAGE}  text: a-b\n")),
        ]);
        match kustomize::build("", &repository.tree, &Cache::default()) {
            Ok(built) => assert!(!built.left_out.is_empty(), "{what} is left out"),
            Err(error) => assert_eq!(error.cause, Cause::Unsupported, "{what}: {}", error.message),
        }
    }
}
