//! `deprecated-icsp` where kustomizations change the object: what is fixed together, and that no node sees a difference.

use crate::command::{Scratch, err, out, pullwarden};
use crate::rules::fixtures;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const ICSP: &str = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: a}\n\
                    spec:\n  repositoryDigestMirrors:\n  - source: quay.io/a\n    mirrors: [m.example/a]\n";
const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [icsp.yaml]\n");

/// Every file below a directory.
fn tree(directory: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            files.insert(path.to_string_lossy().into_owned(), text);
        }
    }
    files
}

/// What the nodes of all clusters get, the places in comments aside.
fn nodes(scratch: &Scratch, into: &str) -> BTreeMap<String, String> {
    let output = pullwarden(&scratch.0, &["render", "repo", "--output", into]);
    let files = tree(&scratch.0.join(into));
    assert!(!files.is_empty(), "{}{}", out(&output), err(&output));
    let name = |path: String| path.split_once(&format!("/{into}/")).expect("a file in it").1.to_owned();
    files.into_iter().map(|(path, text)| (name(path), text)).collect()
}

#[test]
fn migration_changes_nothing_on_nodes() {
    // What the old kind cannot say comes into force, and a mirror that stands twice loses its second place.
    const DIFFERENT: [&str; 1] = ["bad-duplicate-mirrors.yaml"];
    let mut compared = 0;
    for fixture in fixtures().0.iter().filter(|fixture| fixture.rule == "deprecated-icsp" && fixture.is_bad) {
        let name = fixture.path.file_name().expect("a name").to_string_lossy().into_owned();
        if DIFFERENT.contains(&name.as_str()) || fixture.repository.openshift.is_some() {
            continue;
        }
        let files: Vec<(String, String)> = fixture
            .repository
            .files
            .iter()
            .map(|(name, text)| (format!("repo/{name}"), String::from_utf8(text.clone()).expect("a text")))
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let scratch = Scratch::new(&format!("successors-{name}"), &files);
        fs::create_dir(scratch.0.join("repo/.git")).expect("a directory");
        let before = nodes(&scratch, "before");
        let fixed = pullwarden(&scratch.0, &["fix", "--write", "--rule", "deprecated-icsp", "repo"]);
        let after = nodes(&scratch, "after");
        assert_eq!(before, after, "{name}: {}{}", out(&fixed), err(&fixed));
        compared += usize::from(out(&fixed).starts_with("fixed "));
        let again = pullwarden(&scratch.0, &["fix", "--rule", "deprecated-icsp", "repo"]);
        assert_eq!(again.status.code(), Some(0), "{name}: {}", out(&again));
    }
    assert!(compared >= 6, "{compared} fixtures were fixed");
}

/// What a check says, and how many findings could be fixed.
fn check(name: &str, files: &[(&str, &str)]) -> (String, usize) {
    let mut all = vec![(".git/HEAD", ""), ("base/icsp.yaml", ICSP), BASE];
    all.extend_from_slice(files);
    let scratch = Scratch::new(name, &all);
    let output = pullwarden(&scratch.0, &["check", "--report", "json", "--fail-on", "never"]);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    let found: Vec<&serde_json::Value> = report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .filter(|diagnostic| diagnostic["rule"] == "deprecated-icsp")
        .collect();
    assert!(!found.is_empty(), "{report}");
    let fixable = found.iter().filter(|diagnostic| diagnostic["fix"]["safety"] == "safe").count();
    (out(&output), fixable)
}

#[test]
fn one_change_for_all_that_include_it() {
    let patch = "resources: [../base]\npatches:\n- target: {kind: ImageContentSourcePolicy}\n  patch: |-\n    - {op: \
                 add, path: /spec/repositoryDigestMirrors/0/mirrors/-, value: n.example/a}\n";
    let (report, fixable) = check(
        "shared",
        &[("x/kustomization.yaml", patch), ("y/kustomization.yaml", "resources: [../base]\n")],
    );
    assert_eq!(fixable, 1, "{report}");
    assert!(report.contains("x/kustomization.yaml"), "{report}");
}

#[test]
fn nothing_is_offered_that_would_break_another_build() {
    let plain = "resources: [../base]\n";
    let refused =
        "resources: [../base]\npatches:\n- target: {kind: ImageContentSourcePolicy}\n  path: gone.yaml\n";
    let by_pattern = "resources: [../base]\nnamePrefix: x-\npatches:\n- target: {kind: Image.*Policy}\n  patch: |-\n    - {op: \
                      add, path: /spec/repositoryDigestMirrors/0/mirrors/-, value: n.example/a}\n";
    let namesake = "resources: [../base, idms.yaml]\n";
    let idms = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  \
                imageDigestMirrors:\n  - source: quay.io/b\n    mirrors: [m.example/b]\n";
    let for_all = "resources: [../base, other.yaml]\npatches:\n- target: {kind: ImageDigestMirrorSet}\n  patch: |-\n    - {op: \
                   add, path: /spec/imageDigestMirrors/0/mirrors/-, value: n.example/a}\n";
    let other = idms.replace("name: a", "name: b");
    let remote = "resources: [../base, https://github.com/acme/mirrors//icsp?ref=v1]\npatches:\n- target: {kind: \
                  ImageContentSourcePolicy}\n  patch: |-\n    - {op: add, path: /spec/repositoryDigestMirrors/0/mirrors/-, \
                  value: n.example/a}\n";
    let by_new_group = "resources: [../base]\npatches:\n- {target: {group: config.openshift.io}, patch: '[{\"op\": \"add\", \
                        \"path\": \"/metadata/annotations\", \"value\": {\"a\": \"b\"}}]'}\n";
    let by_prefix = "resources: [../base]\ntransformers:\n- '{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: p}, \
                     prefix: x-, fieldSpecs: [{path: metadata/name, group: config.openshift.io}]}'\n";
    let moved = "resources: [../base]\npatches:\n- target: {name: a}\n  patch: |-\n    - {op: move, from: \
                 /spec/repositoryDigestMirrors, path: /spec/imageDigestMirrors}\n    - {op: replace, path: /apiVersion, value: \
                 config.openshift.io/v1}\n    - {op: replace, path: /kind, value: ImageDigestMirrorSet}\n";
    for (name, files) in [
        ("refused", vec![("x/kustomization.yaml", plain), ("y/kustomization.yaml", refused)]),
        ("refused-alone", vec![("y/kustomization.yaml", refused)]),
        ("remote", vec![("y/kustomization.yaml", remote)]),
        ("new-group", vec![("x/kustomization.yaml", plain), ("y/kustomization.yaml", by_new_group)]),
        ("prefix", vec![("x/kustomization.yaml", plain), ("y/kustomization.yaml", by_prefix)]),
        ("pattern", vec![("x/kustomization.yaml", plain), ("y/kustomization.yaml", by_pattern)]),
        (
            "namesake",
            vec![("x/kustomization.yaml", plain), ("y/kustomization.yaml", namesake), ("y/idms.yaml", idms)],
        ),
        ("for-all", vec![("y/kustomization.yaml", for_all), ("y/other.yaml", &other)]),
    ] {
        let (report, fixable) = check(name, &files);
        assert_eq!(fixable, 0, "{name}: {report}");
    }
    // What already makes a successor of it is changed with it.
    let (report, fixable) =
        check("moved", &[("x/kustomization.yaml", plain), ("y/kustomization.yaml", moved)]);
    assert_eq!(fixable, 1, "{report}");
}

#[test]
fn a_build_that_drops_the_object_is_followed() {
    let plain = ("x/kustomization.yaml", "resources: [../base]\n");
    let gone = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: a}\n$patch: delete\n";
    let by_file = "resources: [../base]\npatches:\n- path: gone.yaml\n";
    let scratch = Scratch::new(
        "dropped",
        &[
            (".git/HEAD", ""),
            ("base/icsp.yaml", ICSP),
            BASE,
            plain,
            ("y/kustomization.yaml", by_file),
            ("y/gone.yaml", gone),
        ],
    );
    let fixed = pullwarden(&scratch.0, &["fix", "--write", "--rule", "deprecated-icsp"]);
    assert_eq!(
        out(&fixed),
        "fixed base/icsp.yaml\n     1 deprecated-icsp\nadapted y/gone.yaml\nfixed 1 finding in 2 files\n"
    );
    let after = fs::read_to_string(scratch.0.join("y/gone.yaml")).expect("a text");
    assert!(after.starts_with("apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n"), "{after}");
}

#[test]
fn patches_of_other_objects_stay() {
    let overlay = "resources: [../base, data.yaml]\npatches:\n- path: p.yaml\n";
    let data = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    let of_other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  path: /spec/repositoryDigestMirrors\n  \
                    repositoryDigestMirrors: keep me\n  a.yaml: |\n    ignore:\n    - kind: ImageContentSourcePolicy\n      group: \
                    operator.openshift.io\n";
    let patch = format!("{}{of_other}", ICSP.replace("m.example/a", "n.example/a"));
    let files = [
        (".git/HEAD", ""),
        ("base/icsp.yaml", ICSP),
        BASE,
        ("x/kustomization.yaml", overlay),
        ("x/data.yaml", data),
        ("x/p.yaml", &patch),
    ];
    let scratch = Scratch::new("others", &files);
    let fixed = pullwarden(&scratch.0, &["fix", "--write", "--rule", "deprecated-icsp"]);
    assert!(out(&fixed).contains("adapted x/p.yaml"), "{}", out(&fixed));
    let after = fs::read_to_string(scratch.0.join("x/p.yaml")).expect("a text");
    assert!(after.ends_with(of_other) && !after.starts_with("apiVersion: operator"), "{after}");
}

#[test]
fn ignored_policies_are_not_fixed_with_others() {
    let two = format!(
        "{ICSP}---\n# pullwarden: ignore[deprecated-icsp] an operator reads it\n{}",
        ICSP.replace("name: a", "name: b")
    );
    let overlay = "resources: [../base]\npatches:\n- target: {kind: ImageContentSourcePolicy}\n  patch: |-\n    - {op: \
                   add, path: /spec/repositoryDigestMirrors/0/mirrors/-, value: n.example/a}\n";
    let scratch = Scratch::new(
        "ignored-beside",
        &[(".git/HEAD", ""), ("base/icsp.yaml", &two), BASE, ("x/kustomization.yaml", overlay)],
    );
    let fixed = pullwarden(&scratch.0, &["fix", "--rule", "deprecated-icsp"]);
    assert_eq!((out(&fixed).as_str(), fixed.status.code()), ("", Some(0)), "{}", err(&fixed));
}

#[test]
fn no_fix_changes_what_another_build_patches() {
    let sets = "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: t}\nspec:\n  imageTagMirrors:\n  \
                - source: quay.io/a\n    mirrors: [m.example/a]\n  - source: quay.io/b\n  - source: quay.io/c\n    mirrors: \
                [m.example/c]\n";
    let patched = "resources: [../base]\npatches:\n- target: {kind: ImageTagMirrorSet}\n  patch: |-\n    - {op: add, path: \
                   /spec/imageTagMirrors/1/mirrors, value: [n.example/b]}\n";
    let base = [
        (".git/HEAD", ""),
        ("base/sets.yaml", sets),
        ("base/kustomization.yaml", "resources: [sets.yaml]\n"),
    ];
    let dev = ("dev/kustomization.yaml", "resources: [../base]\n");
    let alone = Scratch::new("unpatched", &[&base[..], &[dev]].concat());
    let fixed = pullwarden(&alone.0, &["fix", "--unsafe", "--rule", "mirrorless-source"]);
    assert_eq!(fixed.status.code(), Some(1), "{}", err(&fixed));
    let beside = Scratch::new("patched", &[&base[..], &[dev, ("prod/kustomization.yaml", patched)]].concat());
    let fixed = pullwarden(&beside.0, &["fix", "--unsafe", "--rule", "mirrorless-source"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", out(&fixed));
    let checked = pullwarden(&beside.0, &["check", "--fail-on", "never"]);
    assert!(
        out(&checked).contains("no fix is offered, since a kustomization patches this for `prod`"),
        "{}",
        out(&checked)
    );
}

#[test]
fn an_output_that_an_application_patches_gets_no_fix() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mirrors}\nspec:\n  destination: \
                       {name: prod}\n  source:\n    repoURL: https://git.example.com/x.git\n    path: base\n    kustomize:\n      ";
    let patches = format!(
        "{application}patches:\n      - target: {{kind: ImageContentSourcePolicy}}\n        patch: |-\n          - {{op: add, \
         path: /spec/repositoryDigestMirrors/0/mirrors/-, value: n.example/a}}\n"
    );
    let said = "a part of the cluster's configuration is unknown: the Application `mirrors` patches the output of `base`";
    let (report, fixable) = check("application-patches", &[("app.yaml", &patches)]);
    assert_eq!((fixable, report.contains(said)), (0, true), "{report}");
    assert!(
        report.contains("no fix is offered, since an Application patches the output of `base`"),
        "{report}"
    );
    let images = format!("{application}images: [quay.io/a=quay.io/b]\n");
    let (report, fixable) = check("application-images", &[("app.yaml", &images)]);
    assert_eq!((fixable, report.contains(said)), (1, false), "{report}");
}

#[test]
fn nothing_is_offered_that_an_old_cluster_would_not_take() {
    let configuration = "clusters:\n  old:\n    roots: [x]\n    openshift: \"4.12\"\n  new:\n    roots: [y]\n    openshift: \"4.16\"\n";
    let overlay = "resources: [../base]\n";
    let overlays = [("x/kustomization.yaml", overlay), ("y/kustomization.yaml", overlay)];
    let (report, fixable) = check("new", &overlays);
    assert_eq!(fixable, 1, "{report}");
    let (report, fixable) = check("old", &[overlays[0], overlays[1], (".pullwarden.yaml", configuration)]);
    assert_eq!(fixable, 0, "{report}");
    assert!(report.contains("it also reaches the cluster `old` of OpenShift 4.12"), "{report}");
}

#[test]
fn references_to_the_old_kind_make_a_fix_unsafe() {
    let application = |difference: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: x}}\nspec:\n  ignoreDifferences:\n  \
             {difference}\n"
        )
    };
    let cases = [
        ("- {kind: ImageContentSourcePolicy, name: a}", 0),
        ("- {name: \"a\", kind: \"ImageContentSourcePolicy\"}", 0),
        ("- '{\"kind\": \"ImageContentSourcePolicy\", \"name\": \"a\"}'", 0),
        // Another object, another kind, a comment, another document.
        ("- {kind: ImageContentSourcePolicy, name: a-b}", 1),
        ("- {kind: ImageContentSourcePolicy}", 1),
        ("- {kind: ImageContentSourcePolicyX, name: a}", 1),
        ("- {kind: X, name: a} # ImageContentSourcePolicy", 1),
        ("- {kind: ImageContentSourcePolicy, name: b}\n---\nname: a", 1),
    ];
    for (number, (difference, safe)) in cases.into_iter().enumerate() {
        let text = application(difference);
        let (report, fixable) = check(&format!("called-{number}"), &[("x.yaml", &text)]);
        assert_eq!(fixable, safe, "{difference}: {report}");
        assert_eq!(
            report.contains("this names the object by its old kind"),
            safe == 0,
            "{difference}: {report}"
        );
    }
}
