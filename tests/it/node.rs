//! Whatever the resources say, the nodes' files can be told, and do not depend on the order or the names of objects.
//! What is looked up through an index is what a walk over everything finds.

use proptest::prelude::*;
use pullwarden::model::{Cluster, Resource, Standing};
use pullwarden::node::{self, Nodes, RegistryEntry, nesting};
use pullwarden::openshift::Version;
use pullwarden::pull::Resolver;
use pullwarden::read::manifest::{Form, Manifest};
use pullwarden::rollout;
use pullwarden::source::{FileId, Span};
use std::fmt::Write;
use std::sync::Arc;

fn render(documents: &[String]) -> Nodes {
    render_on(documents, Version::new(4, 20))
}

/// From 4.21 on the release brings an image policy.
fn render_on(documents: &[String], openshift: Version) -> Nodes {
    let mut resources = Vec::new();
    pullwarden::yaml::parse(FileId(0), &Arc::from(documents.join("---\n")), |document| {
        let document = document.unwrap_or_else(|error| panic!("{}", error.message));
        let manifest = Manifest::new(Arc::new(document), 0, Form::Applied);
        resources.extend(Resource::read(manifest, None).map(Arc::new));
    });
    assert_eq!(resources.len(), documents.len());
    let mut cluster = Cluster::new("test".into(), Standing::Exact, resources);
    cluster.openshift = Some(openshift);
    node::render(&cluster)
}

/// Names that lie in each other, and some that are none.
fn name() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        "quay.io",
        "s.io",
        "a.corp.example",
        "x.a.corp.example",
        "h.io:5000",
        "h.io",
        "corp.example",
        "example.example",
    ]);
    let path = prop::sample::select(vec![
        "",
        "/t",
        "/t/u",
        "/t/u/v",
        "/openshift-release-dev",
        "/openshift-release-dev/ocp-release",
    ]);
    let wildcard = prop::sample::select(vec!["*.io", "*.example", "*.corp.example", "*.a.corp.example"]);
    let odd = prop::sample::select(vec![
        "",
        "*",
        "*.",
        "*x.io",
        "*.s.io/t",
        "https://s.io",
        "s.io/",
        "s.io/t/",
        "s.io/t:v1",
        "s.io/t@sha256:00",
        "S.io/T",
        " ",
        "/",
        "s.io//t",
        "docker.io",
        "[::1]:5000",
        "\\u00e9.io",
        "\\n",
    ]);
    prop_oneof![
        12 => (host, path).prop_map(|(host, path)| format!("{host}{path}")),
        3 => wildcard.prop_map(str::to_owned),
        1 => odd.prop_map(str::to_owned),
    ]
}

fn names(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(name(), 0..=most)
}

fn list(key: &str, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("{key}: [{}]", names.join(", "))
}

fn image() -> impl Strategy<Value = String> {
    let of = |key: &'static str| {
        prop::option::weighted(0.4, names(4)).prop_map(move |names| Some(list(key, &names?)))
    };
    let lists = (
        of("insecureRegistries"),
        of("blockedRegistries"),
        of("allowedRegistries"),
        of("containerRuntimeSearchRegistries"),
    );
    lists.prop_map(|(insecure, blocked, allowed, search)| {
        let lists: Vec<String> = [insecure, blocked, allowed, search].into_iter().flatten().collect();
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec: {{registrySources: {{{}}}}}\n",
            lists.join(", ")
        )
    })
}

const KINDS: [(&str, &str, &str); 3] = [
    ("config.openshift.io/v1", "ImageDigestMirrorSet", "imageDigestMirrors"),
    ("config.openshift.io/v1", "ImageTagMirrorSet", "imageTagMirrors"),
    ("operator.openshift.io/v1alpha1", "ImageContentSourcePolicy", "repositoryDigestMirrors"),
];

fn mirror_set() -> impl Strategy<Value = String> {
    let policy = prop::option::weighted(0.15, Just("NeverContactSource"));
    let entries = prop::collection::vec((name(), names(3), policy), 0..4);
    (prop::sample::select(KINDS.to_vec()), entries).prop_map(|((api, kind, key), entries)| {
        let mut text =
            format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: NAME}}\nspec:\n  {key}:\n");
        for (source, mirrors, policy) in entries {
            let _ = writeln!(text, "  - source: \"{source}\"\n    {}", list("mirrors", &mirrors));
            if let Some(policy) = policy {
                let _ = writeln!(text, "    mirrorSourcePolicy: {policy}");
            }
        }
        text
    })
}

fn image_policy() -> impl Strategy<Value = String> {
    (prop::bool::ANY, names(2)).prop_map(|(namespaced, scopes)| {
        let kind = if namespaced { "ImagePolicy" } else { "ClusterImagePolicy" };
        format!(
            "apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata: {{name: NAME, namespace: n}}\nspec:\n  {}\n  \
             policy: {{rootOfTrust: {{policyType: PublicKey, publicKey: {{keyData: AAAA}}}}}}\n",
            list("scopes", &scopes)
        )
    })
}

pub(crate) fn state() -> impl Strategy<Value = Vec<String>> {
    (image(), prop::collection::vec(mirror_set(), 0..4), prop::collection::vec(image_policy(), 0..3))
        .prop_map(|(image, sets, policies)| {
            let mut documents = vec![image];
            documents.extend(sets);
            documents.extend(policies);
            for (index, document) in documents.iter_mut().enumerate() {
                *document = document.replace("NAME", &format!("n{index}"));
            }
            documents
        })
}

/// All that may not depend on the order of objects: everything, but for which of several errors is told.
fn summary(nodes: &Nodes) -> String {
    let effective = &nodes.effective;
    let lists = [&effective.registries_blocked, &effective.policy_blocked, &effective.allowed];
    let lists: Vec<Vec<&str>> =
        lists.map(|list| list.iter().map(|scope| scope.value.as_str()).collect()).to_vec();
    let skipped = nodes.skipped.as_ref().map(ToString::to_string);
    let files = match &nodes.files {
        Ok(files) => format!(
            "{:?} {:?}",
            files.written(),
            files.registries_load_error.as_ref().map(ToString::to_string)
        ),
        Err(stop) => stop.stage().as_str().to_owned(),
    };
    format!("{lists:?} {skipped:?} {files}")
}

/// `refMatchingPrefix` in containers/image `pkg/sysregistriesv2/system_registries_v2.go`.
fn matches(name: &str, prefix: &str) -> bool {
    let is_end = |at: usize| name.as_bytes().get(at).is_none_or(|b| matches!(b, b':' | b'/' | b'@'));
    match prefix.strip_prefix('*').filter(|domain| domain.starts_with('.')) {
        Some(domain) => {
            name.find(domain).is_some_and(|at| !name[..at].contains('/') && is_end(at + domain.len()))
        }
        None => name.starts_with(prefix) && is_end(prefix.len()),
    }
}

fn find<'e>(entries: &'e [RegistryEntry], name: &str) -> Option<&'e str> {
    let mut prefixes: Vec<&str> = entries.iter().map(|entry| entry.scope().trim_end_matches('/')).collect();
    prefixes.sort_unstable();
    // Of equally long ones the first.
    prefixes.into_iter().rev().filter(|prefix| matches(name, prefix)).max_by_key(|prefix| prefix.len())
}

/// `ScopeIsNestedInsideScope` in openshift/runtime-utils `pkg/registries/registries.go`.
fn is_inside(scope: &str, outer: &str) -> bool {
    if scope == outer || scope.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')) {
        return true;
    }
    let Some(domain) = outer.strip_prefix('*').filter(|domain| domain.starts_with('.')) else { return false };
    match scope.split_once(':') {
        Some((host, _)) => host.ends_with(domain) && !host.contains('/'),
        None => scope.split('/').next().is_some_and(|host| host.ends_with(domain)),
    }
}

fn image_with(lists: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec: {{registrySources: {{{lists}}}}}\n"
    )
}

fn digest_mirrors(entries: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: m}}\nspec: {{imageDigestMirrors: [{entries}]}}\n"
    )
}

/// The texts under spans of documents that are rendered together.
fn texts(documents: &[String], spans: &[Span]) -> Vec<String> {
    let text = documents.join("---\n");
    spans.iter().map(|span| text[span.range()].to_owned()).collect()
}

#[test]
fn the_entry_that_stops_the_sync_is_found() {
    let release = "quay.io/openshift-release-dev/ocp-release";
    let release_mirror = digest_mirrors(&format!("{{source: {release}, mirrors: [m.local/r]}}"));
    for (lists, sets, due) in [
        ("insecureRegistries: ['*x.io']", vec![], vec!["'*x.io'"]),
        ("allowedRegistries: ['a.io', '']", vec![], vec!["''"]),
        ("", vec![digest_mirrors("{source: S/T, mirrors: [m.io]}")], vec!["S/T"]),
        ("", vec![digest_mirrors("{source: s.io, mirrors: ['m.io:x']}")], vec!["'m.io:x'"]),
        (
            "",
            vec![
                digest_mirrors("{source: s.io}"),
                digest_mirrors("{source: s.io, mirrorSourcePolicy: NeverContactSource}"),
            ],
            vec!["NeverContactSource", "s.io", "s.io"],
        ),
        (
            "",
            vec![digest_mirrors(
                "{source: s.io, mirrors: [m.io, s.io], mirrorSourcePolicy: NeverContactSource}",
            )],
            vec!["s.io", "NeverContactSource", "s.io"],
        ),
        (
            "insecureRegistries: [a.corp, b.corp]",
            vec![digest_mirrors("{source: '*.corp', mirrors: [m.io]}")],
            vec!["'*.corp'", "a.corp", "b.corp"],
        ),
        ("allowedRegistries: [a.io], blockedRegistries: [b.io]", vec![], vec!["a.io", "b.io"]),
        (
            "blockedRegistries: [quay.io, '*.io']",
            vec![release_mirror],
            vec!["quay.io", "'*.io'", "quay.io", "'*.io'"],
        ),
    ] {
        let documents: Vec<String> = [vec![image_with(lists)], sets].concat();
        let nodes = render(&documents);
        let stop = nodes.files.as_ref().err().unwrap_or_else(|| panic!("{lists} does not stop"));
        assert_eq!(texts(&documents, &stop.spans()), due, "{stop}");
    }
}

#[test]
fn the_entry_that_the_runtime_refuses_is_found() {
    for (lists, why, due) in [
        ("blockedRegistries: ['https://a.io']", "URI schemes are not supported", vec!["'https://a.io'"]),
        (
            "blockedRegistries: [h.io], insecureRegistries: ['h.io/']",
            "registry 'h.io' is defined multiple times with conflicting 'insecure' setting",
            vec!["'h.io/'", "h.io"],
        ),
        ("insecureRegistries: ['/']", "both location and prefix are unset", vec!["'/'"]),
        (
            "containerRuntimeSearchRegistries: [a.io, 'b.io/x']",
            "Invalid unqualified-search-registries entry \"b.io/x\"",
            vec!["'b.io/x'"],
        ),
        (
            "allowedRegistries: ['quay.io/app:v1']",
            "Invalid scope name quay.io/app:v1",
            vec!["'quay.io/app:v1'"],
        ),
    ] {
        let documents = [image_with(lists)];
        let nodes = render(&documents);
        let files = nodes.files.as_ref().unwrap_or_else(|stop| panic!("{stop}"));
        let error = files.registries_load_error.as_ref().or(files.policy_load_error.as_ref());
        let error = error.unwrap_or_else(|| panic!("{lists} is loaded"));
        assert!(error.to_string().ends_with(why), "{error}");
        assert_eq!(texts(&documents, &error.spans), due, "{error}");
        let resolver = Resolver::new(&nodes).unwrap_or_else(|stop| panic!("{stop}"));
        let told = resolver.resolve("quay.io/a").error.map(|error| error.to_string());
        // Whether a policy for the transport `atomic` is refused depends on the runtime.
        assert_eq!(told, files.registries_load_error.as_ref().map(ToString::to_string));
    }
}

#[test]
fn a_failing_check_of_the_payload_drops_both_lists() {
    let documents = [image_with("blockedRegistries: [quay.io, 'http://evil.io'], allowedRegistries: []")];
    let nodes = render(&documents);
    assert!(nodes.effective.registries_blocked.is_empty());
    let skipped = nodes.skipped.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(
        skipped.ends_with("invalid location 'http://evil.io': URI schemes are not supported, skipping....")
    );
}

#[test]
fn short_names_are_looked_up_in_the_search_list() {
    let nodes = render(&[image_with("containerRuntimeSearchRegistries: [b.io, 'a.io:5000/']")]);
    let resolver = Resolver::new(&nodes).unwrap_or_else(|stop| panic!("{stop}"));
    let names = |name: &str| -> Vec<String> {
        resolver.resolve_all(name).into_iter().map(|resolution| resolution.normalized).collect()
    };
    assert_eq!(names("busybox"), ["b.io/busybox:latest", "a.io:5000/busybox:latest"]);
    assert_eq!(names("team/app:v1"), ["b.io/team/app:v1", "a.io:5000/team/app:v1"]);
    assert_eq!(names("quay.io/a"), ["quay.io/a:latest"]);
    let nodes = render(&[image_with("")]);
    let resolver = Resolver::new(&nodes).unwrap_or_else(|stop| panic!("{stop}"));
    assert_eq!(resolver.candidates("busybox"), ["registry.access.redhat.com/busybox", "docker.io/busybox"]);
}

#[test]
fn signatures_on_docker_hub_stop_the_sync_once_it_is_mirrored() {
    let policy = "apiVersion: config.openshift.io/v1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n  \
                  scopes: [docker.io]\n  policy: {rootOfTrust: {policyType: PublicKey, publicKey: {keyData: AAAA}}}\n";
    let documents =
        [image_with(""), policy.to_owned(), digest_mirrors("{source: docker.io, mirrors: [m.io]}")];
    let nodes = render(&documents);
    let stop = nodes.files.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert!(
        stop.ends_with("for scope docker.io/a: rewriting reference: repository name must be canonical"),
        "{stop}"
    );
    assert!(render(&documents[..2]).files.is_ok());
}

#[test]
fn signatures_are_asked_for_at_mirrors_too() {
    let policy = "apiVersion: config.openshift.io/v1alpha1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n  \
                  scopes: [s.io, '*.corp']\n  policy: {rootOfTrust: {policyType: PublicKey, publicKey: {keyData: AAAA}}}\n";
    let sets = digest_mirrors(
        "{source: s.io, mirrors: [m.io/s]}, {source: s.io/t, mirrors: [n.io/t]}, {source: '*.corp', mirrors: [c.io/x]}",
    );
    let nodes = render(&[image_with(""), policy.to_owned(), sets]);
    let files = nodes.files.as_ref().unwrap_or_else(|stop| panic!("{stop}"));
    let sigstore =
        files.sigstore_registries.as_ref().map(|file| file.docker.keys().cloned().collect::<Vec<_>>());
    assert_eq!(sigstore.unwrap_or_default(), ["*.corp", "c.io/x", "m.io/s", "n.io/t", "s.io", "s.io/t"]);
}

proptest! {
    #![proptest_config(crate::harness::random(600))]

    #[test]
    fn order_and_names_do_not_matter(mut documents in state(), seed in any::<prop::sample::Index>()) {
        let first = summary(&render(&documents));
        let middle = seed.index(documents.len());
        documents.rotate_left(middle);
        documents.reverse();
        for (index, document) in documents.iter_mut().enumerate() {
            *document = document.replace("name: n", &format!("name: z{}", 9 - index));
        }
        prop_assert_eq!(first, summary(&render(&documents)));
    }

    #[test]
    fn every_name_resolves(documents in state(), name in name(), suffix in "(/app)?(:v1)?") {
        let nodes = render(&documents);
        let Ok(resolver) = Resolver::new(&nodes) else { return Ok(()) };
        let Ok(files) = &nodes.files else { return Ok(()) };
        let asked = format!("{name}{suffix}");
        for resolution in resolver.resolve_all(&asked).iter().chain([&resolver.resolve(&asked)]) {
            let Ok(reference) = pullwarden::pull::reference::Reference::parse(&resolution.requested) else {
                prop_assert!(resolution.error.is_some());
                continue;
            };
            if files.registries_load_error.is_none() {
                let due = find(&files.registries_conf.entries, reference.name());
                prop_assert_eq!(resolution.matched_prefix.as_deref(), due);
            }
        }
    }

    #[test]
    fn nesting_is_found_by_asking_upwards(scope in name(), outer in name()) {
        prop_assert_eq!(nesting::is_inside(&scope, &outer), is_inside(&scope, &outer), "{} in {}", scope, outer);
    }

    #[test]
    fn flags_reach_everything_nested(documents in state()) {
        let nodes = render(&documents);
        let Ok(files) = &nodes.files else { return Ok(()) };
        let entries = &files.registries_conf.entries;
        for entry in entries {
            for scope in &nodes.effective.registries_blocked {
                prop_assert!(entry.blocked.is_set() || !is_inside(entry.scope(), &scope.value));
            }
            let of_insecure = |name: &str| entries.iter().any(|e| e.insecure.is_set() && is_inside(name, e.scope()));
            prop_assert_eq!(entry.insecure.is_set(), of_insecure(entry.scope()));
            prop_assert!(!entry.spans.is_empty());
            prop_assert!(entry.mirrors.iter().all(|mirror| !mirror.spans.is_empty()));
        }
    }

    #[test]
    fn a_change_can_be_told(old in state(), new in state()) {
        let (old, new) = (render(&old), render(&new));
        let (Ok(old), Ok(new)) = (&old.files, &new.files) else { return Ok(()) };
        let rollout = rollout::between(old, new);
        prop_assert!(!rollout.reboots() || rollout.drains());
        let none = rollout::between(new, new);
        prop_assert!(none.changes.is_empty() && none.disruptions.is_empty() && !none.drains());
    }
}
