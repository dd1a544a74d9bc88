//! What a finding is about, as a baseline knows it: all the registries that it speaks of, and no tag that decides nothing.

use crate::baseline::{baseline_of, check};
use crate::harness::Repository;
use pullwarden::check::baseline::NAME;

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n";

/// What `rule` says of a text beside what it said of another one, which was accepted; it said something.
fn new_in(rule: &str, before: &str, after: &str) -> Vec<String> {
    let file = |text: &str| ("all.yaml".to_owned(), text.as_bytes().to_vec());
    let before = check(&Repository { files: vec![file(before)], ..Repository::default() });
    assert!(before.report.open().any(|found| found.rule.id == rule), "{rule} says nothing to accept");
    let accepted = (NAME.to_owned(), baseline_of(&before));
    let after = check(&Repository { files: vec![file(after), accepted], ..Repository::default() });
    let new = after.report.open().filter(|found| found.rule.id == rule);
    new.map(|found| found.message.clone()).collect()
}

fn image(lists: &[(&str, &str)]) -> String {
    let lists = lists.iter().map(|(name, entries)| format!("    {name}: [{entries}]\n"));
    format!("{IMAGE}{}", lists.collect::<String>())
}

#[test]
fn one_finding_about_several_registries_knows_all_of_them() {
    let internal = "image-registry.openshift-image-registry.svc:5000";
    let search = |entries| image(&[("containerRuntimeSearchRegistries", entries)]);
    let allowed = |entries: &str| image(&[("allowedRegistries", &format!("{entries}, {internal}"))]);
    let set = |name: &str, source: &str, mirrors: &str| {
        format!(
            "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: {name}}}\nspec:\n  \
             imageDigestMirrors:\n  - source: {source}\n    mirrors: [{mirrors}]\n"
        )
    };
    let insecure = |mirrors: &str| {
        image(&[("insecureRegistries", "m.example")]) + &set("a", "registry.example/a", mirrors)
    };
    let blocked =
        |mirrors: &str| image(&[("blockedRegistries", "h.example"), ("insecureRegistries", mirrors)]);
    let wildcard = |entries: &str| allowed(entries) + &set("a", "'*.example'", "m.test/all");
    let scattered = |first: &str, second: &str| {
        set("a", "registry.example/a", first) + &set("b", "registry.example/a", second)
    };
    let cycle = |of_b: &str| {
        set("a", "a.example/x", "b.example/x")
            + &set("b", "b.example/x", of_b)
            + &set("c", "c.example/x", "a.example/x")
    };
    // What was accepted, the same in another order, something worse, and the rule that says so.
    let private = "docker.io, registry.corp.example";
    for (rule, accepted, same, worse) in [
        (
            "credential-exposing-search",
            search(private),
            search("registry.corp.example, docker.io"),
            search(&format!("{private}, quay.io")),
        ),
        (
            "credential-exposing-search",
            search("docker.io, quay.io"),
            search("quay.io, docker.io"),
            search("docker.io, ghcr.io"),
        ),
        ("payload-registry-not-allowed", allowed("quay.io"), allowed("ghcr.io, quay.io"), allowed("ghcr.io")),
        (
            "insecure-mirror-port",
            insecure("m.example:5000/a"),
            insecure("m.example:5000/b"),
            insecure("m.example:6000/a"),
        ),
        (
            "port-mismatch",
            blocked("'h.example:5000', 'h.example:6000'"),
            blocked("'h.example:6000', 'h.example:5000'"),
            blocked("'h.example:5000', 'h.example:7000'"),
        ),
        (
            "wildcard-source-with-port",
            wildcard("quay.io, registry.redhat.io, 'a.example:5000', 'b.example:5000'"),
            wildcard("quay.io, registry.redhat.io, 'b.example:5000', 'a.example:5000'"),
            wildcard("quay.io, registry.redhat.io, 'a.example:5000', 'c.example:5000'"),
        ),
        (
            "scattered-source",
            scattered("m.test/a", "n.test/a"),
            scattered("n.test/a", "m.test/a"),
            scattered("m.test/a", "n.test/a, o.test/a"),
        ),
        (
            "conflicting-mirror-order",
            scattered("m.test/a, n.test/a", "n.test/a, m.test/a"),
            scattered("n.test/a, m.test/a", "m.test/a, n.test/a"),
            scattered("m.test/a, n.test/a", "n.test/a, m.test/a, o.test/a"),
        ),
        (
            "mirror-cycle",
            cycle("a.example/x"),
            cycle("a.example/x, d.example/x"),
            cycle("a.example/x, c.example/x"),
        ),
    ] {
        assert_eq!(new_in(rule, &accepted, &accepted).len(), 0, "{rule}: {accepted}");
        assert_eq!(new_in(rule, &accepted, &same).len(), 0, "{rule}: {same}");
        assert_eq!(new_in(rule, &accepted, &worse).len(), 1, "{rule}: {worse}");
    }
}

#[test]
fn another_registry_is_not_what_was_accepted() {
    let sources = |names: [&str; 2], more: &str| {
        let entries = names.map(|name| format!("  - {{source: {name}, {more}}}\n")).concat();
        format!(
            "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: a}}\nspec:\n  \
             imageDigestMirrors:\n{entries}"
        )
    };
    let imports = |name: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  \
             allowedRegistriesForImport:\n  - {{domainName: {name}, insecure: true}}\n"
        )
    };
    let never = "mirrorSourcePolicy: NeverContactSource";
    let mirrored = format!("mirrors: [m.test/a], {never}");
    for (rule, accepted, worse) in [
        ("insecure-import-registry", imports("a.example"), imports("b.example")),
        (
            "never-contact-without-mirrors",
            sources(["a.example", "b.example"], never),
            sources(["a.example", "c.example"], never),
        ),
        (
            "one-sided-never-contact",
            sources(["a.example", "b.example"], &mirrored),
            sources(["a.example", "c.example"], &mirrored),
        ),
    ] {
        assert_eq!(new_in(rule, &accepted, &worse).len(), 1, "{rule}: {worse}");
    }
}

#[test]
fn a_new_tag_is_no_new_finding_where_it_decides_nothing() {
    let pod = |image: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - {{name: a, image: '{image}'}}\n"
        )
    };
    let set = |policy: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: a}}\nspec:\n  \
             imageDigestMirrors:\n  - {{source: ghcr.io, mirrors: [m.test/a]{policy}}}\n"
        )
    };
    let digest = format!("ghcr.io/team/web@sha256:{}", "0123456789abcdef".repeat(4));
    let never = ", mirrorSourcePolicy: NeverContactSource";
    let allowlist = image(&[("allowedRegistries", "quay.io")]);
    let blocklist = image(&[("blockedRegistries", "ghcr.io/team")]);
    let of_a_tag = image(&[("blockedRegistries", "'ghcr.io/team/web:1', 'ghcr.io/team/web:2'")]);
    let search = image(&[("containerRuntimeSearchRegistries", "registry.corp.example")]);
    for (rule, cluster, first, next, other) in [
        ("image-not-allowed", &allowlist, "ghcr.io/team/web:1", "ghcr.io/team/web:2", "ghcr.io/team/db:1"),
        ("image-not-allowed", &allowlist, "ghcr.io/team/web:1", &digest, "ghcr.io/team/web/more:1"),
        ("image-not-allowed", &blocklist, "ghcr.io/team/web:1", "ghcr.io/team/web", "ghcr.io/team/db:1"),
        ("image-not-allowed", &of_a_tag, "ghcr.io/team/web:1", "ghcr.io/team/web:1", "ghcr.io/team/web:2"),
        ("image-unreachable", &set(never), "ghcr.io/a:1", "ghcr.io/a:2", "ghcr.io/b:1"),
        ("tag-bypasses-digest-mirror", &set(""), "ghcr.io/a:1", "ghcr.io/a:2", "ghcr.io/b:1"),
        ("short-name-image", &search, "team/a:1", "team/a:2", "team/b:1"),
    ] {
        let news = |image: &str| {
            new_in(rule, &format!("{cluster}{}", pod(first)), &format!("{cluster}{}", pod(image))).len()
        };
        assert_eq!((news(first), news(next), news(other)), (0, 0, 1), "{rule}: {first}");
    }
    // A name that runs something becomes one that runs nothing.
    let refused = image(&[
        ("containerRuntimeSearchRegistries", "registry.corp.example"),
        ("allowedRegistries", "quay.io"),
    ]);
    let (before, after) = (format!("{search}{}", pod("team/a")), format!("{refused}{}", pod("team/a")));
    let new = new_in("short-name-image", &before, &after);
    assert!(new.len() == 1 && new[0].contains("no search registry is allowed"), "{new:?}");
}
