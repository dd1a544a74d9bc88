//! Entries that rules call idle are idle: when their fixes take them out, nodes pull every image as they did before.

use crate::harness::{Repository, Run};
use pullwarden::finding;
use pullwarden::model::{Cluster, Resource, Standing};
use pullwarden::node::{self, Nodes};
use pullwarden::pull::Resolver;
use pullwarden::read::manifest::{Form, Manifest};
use pullwarden::source::FileId;
use std::fmt::Write;
use std::sync::Arc;

const RULES: [&str; 3] = ["redundant-scope", "insecure-and-blocked", "empty-registry-list"];

/// Names that lie in each other in every way.
const SCOPES: [&str; 18] = [
    "h.io",
    "h.io/a",
    "h.io/a/b",
    "h.io:5000",
    "h.io:5000/a",
    "*.io",
    "*.corp",
    "*.a.corp",
    "a.corp",
    "b.a.corp",
    "b.a.corp/x",
    "b.a.corp:5000/x",
    "m.corp/all",
    "m.corp",
    "quay.io",
    "quay.io/openshift-release-dev",
    "quay.io/openshift-release-dev/ocp-release",
    "registry.redhat.io",
];

/// Images below, beside and above them.
const IMAGES: [&str; 12] = [
    "h.io/x",
    "h.io/a/x",
    "h.io/a/b/x",
    "h.io:5000/x",
    "h.io:5000/a/x",
    "a.corp/x",
    "b.a.corp/x/y",
    "b.a.corp:5000/x/y",
    "m.corp/all/x",
    "quay.io/acme/x",
    "quay.io/openshift-release-dev/ocp-release",
    "quay.io/openshift-release-dev/ocp-v4.0-art-dev",
];

/// Numbers that are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a small number") % end
    }

    fn pick(&mut self, names: &[&'static str]) -> &'static str {
        names[self.below(names.len())]
    }
}

/// An `Image` with random lists, and a mirror set with random sources beside it.
fn manifests(numbers: &mut Numbers) -> String {
    let mut text = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    containerRuntimeSearchRegistries: [h.io]\n".to_owned();
    let second = ["allowedRegistries", "blockedRegistries"][numbers.below(2)];
    for list in ["insecureRegistries", second] {
        let count = numbers.below(5);
        let entries: Vec<&str> = (0..count).map(|_| numbers.pick(&SCOPES)).map(quoted).collect();
        writeln!(text, "    {list}: [{}]", entries.join(", ")).expect("a string");
    }
    text.push_str("---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: m}\nspec:\n  imageDigestMirrors:\n");
    for _ in 0..numbers.below(3) {
        let (source, mirror) =
            (quoted(numbers.pick(&SCOPES)), numbers.pick(&["m.corp/all", "h.io/a", "z.io"]));
        writeln!(text, "  - source: {source}\n    mirrors: [{mirror}]").expect("a string");
    }
    text
}

fn quoted(name: &'static str) -> &'static str {
    match name {
        "*.io" => "\"*.io\"",
        "*.corp" => "\"*.corp\"",
        "*.a.corp" => "\"*.a.corp\"",
        name => name,
    }
}

fn nodes(text: &str) -> Nodes {
    let mut resources = Vec::new();
    pullwarden::yaml::parse(FileId(0), &Arc::from(text), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}:\n{text}", error.message));
        resources
            .extend(Resource::read(Manifest::new(Arc::new(document), 0, Form::Applied), None).map(Arc::new));
    });
    node::render(&Cluster::new("cluster".into(), Standing::Exact, resources))
}

/// Where a node pulls each image from, nowhere where that fails; `None` where the operator stops.
fn pulls(text: &str) -> Option<String> {
    let nodes = nodes(text);
    let resolver = Resolver::new(&nodes).ok()?;
    let mut said = String::new();
    for image in IMAGES {
        for suffix in [":v1".to_owned(), format!("@sha256:{}", "b".repeat(64))] {
            let resolution = resolver.resolve(&format!("{image}{suffix}"));
            write!(said, "{image}{suffix}").expect("a string");
            // What fails, fails in one way or another.
            for source in resolution.reachable().filter(|_| resolution.is_pullable()) {
                write!(said, " {} {}", source.reference, source.insecure).expect("a string");
            }
            said.push('\n');
        }
    }
    Some(said)
}

#[test]
fn idle_entries_are_idle() {
    let mut numbers = Numbers(4);
    let mut mended = [0; RULES.len()];
    for _ in 0..1_200 {
        let text = manifests(&mut numbers);
        let Some(before) = pulls(&text) else { continue };
        for (rule, mended) in RULES.iter().zip(&mut mended) {
            let files = vec![("manifests.yaml".to_owned(), text.clone().into_bytes())];
            let checked = Repository { files, ..Repository::default() }.check(Run::Only(rule));
            let edits = finding::together(checked.report.open().filter_map(|found| found.fix.as_ref())).edits;
            if edits.is_empty() {
                continue;
            }
            *mended += 1;
            let after = finding::apply_edits(&text, &edits);
            assert_eq!(pulls(&after).as_deref(), Some(before.as_str()), "{rule}:\n{text}\nbecomes\n{after}");
        }
    }
    assert!(mended.iter().all(|count| *count > 50), "{mended:?}");
}
