//! A command that is given a part of a repository knows what the whole of it comes to.

use crate::command::{BAD, GOOD, Scratch, err, out, pullwarden};
use crate::generated::root;
use std::path::Path;

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                     registrySources:\n    allowedRegistries: [quay.io]\n";

/// An overlay whose base lies beside it.
fn overlay(name: &str, overlay: &str, more: &[(&str, &str)]) -> Scratch {
    let files = [
        (".git/HEAD", ""),
        ("base/image.yaml", IMAGE),
        ("base/kustomization.yaml", "resources: [image.yaml]\n"),
        ("overlays/prod/kustomization.yaml", overlay),
    ];
    Scratch::new(name, &[&files, more].concat())
}

/// The annotations of a check.
fn check(repo: &Scratch, args: &[&str]) -> String {
    out(&pullwarden(&repo.0, &[&["check", "--report", "github"], args].concat()))
}

#[test]
fn a_base_beside_the_walk_is_checked_like_any_other() {
    let plain = overlay("part-plain", "resources: [../../base]\n", &[]);
    let whole = check(&plain, &[]);
    assert!(whole.contains("file=base/image.yaml,line=7"), "{whole}");
    for part in ["overlays/prod", "overlays", "overlays/prod/kustomization.yaml"] {
        assert_eq!(check(&plain, &[part]), whole, "{part}");
    }
    let required = pullwarden(&plain.0, &["check", "--require-config", "overlays/prod"]);
    assert_eq!(required.status.code(), Some(1), "{}", out(&required));
    let rendered = pullwarden(&plain.0, &["render", "overlays/prod"]);
    assert!(out(&rendered).contains("# base/image.yaml:7"), "{}{}", out(&rendered), err(&rendered));
    let patch = "resources: [../../base]\npatches:\n- patch: |\n    apiVersion: config.openshift.io/v1\n    kind: \
                 Image\n    metadata: {name: cluster}\n    spec: {registrySources: {allowedRegistries: \
                 [\"https://a.example\"]}}\n";
    let patched = overlay("part-patched", patch, &[]);
    let part = check(&patched, &["overlays/prod"]);
    assert_eq!(part, check(&patched, &[]));
    assert!(part.contains("title=scheme-in-scope"), "{part}");
}

#[test]
fn a_base_beside_the_walk_has_its_overlay_built() {
    let broken = overlay("part-broken", "resources: [../../base, gone.yaml]\n", &[]);
    let part = check(&broken, &["overlays/prod"]);
    assert!(part.contains("title=refused-kustomization::there is no file `gone.yaml`"), "{part}");
    // Of something else nobody here minds whether it builds, whatever a comment in it says.
    let other =
        "# beside config.openshift.io/v1 Image\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n";
    let others = [("base/image.yaml", other)];
    let others = overlay("part-others", "resources: [../../base, gone.yaml]\n", &others);
    assert_eq!(check(&others, &["overlays/prod"]), "");
}

#[test]
fn excluded_files_stay_hidden_beside_the_walk() {
    let exclude = [(".pullwarden.yaml", "exclude: [base/**]\n")];
    let hidden = overlay("part-excluded", "resources: [../../base]\n", &exclude);
    assert_eq!(check(&hidden, &[]), "");
    assert_eq!(check(&hidden, &["overlays/prod"]), "");
}

/// The findings of a check, each with its file and what it says.
fn findings(repository: &Path, args: &[&str]) -> Vec<String> {
    let said = out(&pullwarden(repository, &[&["check", "--report", "github"], args].concat()));
    said.lines().map(str::to_owned).collect()
}

#[test]
fn files_that_the_configuration_names_beside_the_walk_are_read() {
    let scenario = root().join("fixtures/repos/disconnected");
    let whole = findings(&scenario, &["."]);
    assert!(whole.iter().any(|line| line.contains("title=blocked-mirror")), "{whole:#?}");
    // The base is for both clusters, so that all is known of it.
    assert_eq!(findings(&scenario, &["base"]), whole);
    assert_eq!(findings(&scenario, &["base/mirrors.yaml"]), whole);
    let is_of_edge = |line: &&String| line.contains("title=blocked-mirror");
    let of_edge: Vec<String> = whole.iter().filter(is_of_edge).cloned().collect();
    let of_prod: Vec<String> = whole.iter().filter(|line| !is_of_edge(line)).cloned().collect();
    assert_eq!(findings(&scenario, &["clusters/edge"]), of_edge);
    assert_eq!(findings(&scenario, &["clusters/prod"]), of_prod);
    assert_eq!(findings(&scenario, &["clusters/prod", "clusters/edge/image.yaml"]), whole);
}

#[test]
fn nodes_get_what_the_configuration_names_beside_the_walk() {
    let scenario = root().join("fixtures/repos/disconnected");
    let both = |args: &[&str], part: &str| {
        let whole = out(&pullwarden(&scenario, &[args, &[".", "--cluster", "prod"]].concat()));
        assert_eq!(out(&pullwarden(&scenario, &[args, &[part]].concat())), whole, "{args:?} {part}");
        whole
    };
    for part in ["clusters/prod", "clusters/prod/image.yaml"] {
        let pulls = both(&["resolve", "quay.io/acme/app:v1", "--in"], part);
        assert!(pulls.contains("mirror, base/mirrors.yaml:28"), "{pulls}");
        assert!(both(&["render"], part).contains("base/mirrors.yaml:28"));
    }
    let clusters = out(&pullwarden(&scenario, &["clusters", "clusters/prod"]));
    assert!(clusters.contains("ImageTagMirrorSet/apps"), "{clusters}");
    assert!(!clusters.contains("edge"), "{clusters}");
}

/// A cluster whose mirrors lie in `base`.
fn configured(name: &str, configuration: &str, more: &[(&str, &str)]) -> Scratch {
    let files = [
        (".pullwarden.yaml", configuration),
        ("base/icsp.yaml", BAD),
        ("clusters/prod/idms.yaml", GOOD),
        ("clusters/edge/idms.yaml", GOOD),
    ];
    Scratch::new(name, &[&files, more].concat())
}

#[test]
fn globs_are_judged_by_the_whole_repository() {
    let configuration = "clusters:\n  prod: [base, clusters/prod, gone]\nignore:\n- {rule: deprecated-icsp, path: base, \
                         reason: a}\n- {rule: deprecated-icsp, path: lost, reason: a}\n";
    let repo = configured("part-globs", configuration, &[]);
    let unmatched = |args: &[&str]| -> Vec<String> {
        let mut findings = findings(&repo.0, args);
        findings.retain(|line| line.contains("title=unmatched-path"));
        findings
    };
    let whole = unmatched(&[]);
    assert!(whole.len() == 2 && whole[0].contains("`gone`") && whole[1].contains("`lost`"), "{whole:#?}");
    for part in ["clusters/prod", "clusters/edge", "base"] {
        assert_eq!(unmatched(&[part]), whole, "{part}");
    }
    // Without clusters nothing else is walked, and what is not known is not said.
    let configuration = "ignore:\n- {rule: deprecated-icsp, path: base, reason: a}\n";
    let repo = configured("part-globs-alone", configuration, &[]);
    let part = findings(&repo.0, &["clusters/prod"]);
    assert!(!part.iter().any(|line| line.contains("unmatched-path")), "{part:#?}");
}

#[test]
fn only_what_touched_clusters_are_given_is_read() {
    let clusters = "clusters:\n  edge: [clusters/edge]\n  prod: [base, clusters/prod]\n";
    let in_base = |repo: &Scratch, part: &str| {
        findings(&repo.0, &[part]).iter().any(|line| line.contains("base/icsp.yaml"))
    };
    let repo = configured("part-touched", clusters, &[]);
    assert!(in_base(&repo, "clusters/prod"));
    assert!(!in_base(&repo, "clusters/edge"));
    let excluded = configured("part-touched-excluded", &format!("{clusters}exclude: [base]\n"), &[]);
    assert!(!in_base(&excluded, "clusters/prod"));
    let ignored = configured("part-touched-ignored", clusters, &[(".gitignore", "/base\n")]);
    assert!(!in_base(&ignored, "clusters/prod"));
    // An excluded file touches no cluster.
    let hidden = configured("part-touched-hidden", &format!("{clusters}exclude: [clusters/prod]\n"), &[]);
    assert!(!in_base(&hidden, "clusters/prod"));
    // Outside of a repository a directory may hold anything.
    let elsewhere = Scratch::new("part-touched-config", &[("c.yaml", clusters)]);
    let config = elsewhere.0.join("c.yaml");
    let config = ["--config", config.to_str().expect("a text")];
    let alone =
        Scratch::new("part-touched-alone", &[("clusters/prod/a.yaml", GOOD), ("base/icsp.yaml", BAD)]);
    let part = findings(&alone.0, &[&config[..], &["clusters/prod/a.yaml"]].concat());
    assert!(part.is_empty(), "{part:#?}");
}

#[test]
fn kustomizations_that_the_configuration_names_are_read() {
    let overlay = "resources: [../../base]\n";
    let more = [
        ("base/kustomization.yaml", "resources: [icsp.yaml]\n"),
        ("overlays/prod/kustomization.yaml", overlay),
        ("clusters/edge/kustomization.yaml", "resources: [idms.yaml]\n"),
        ("overlays/edge/kustomization.yaml", "resources: [../../clusters/edge]\n"),
    ];
    let clusters = "clusters:\n  prod: {paths: [clusters/prod], roots: [overlays/prod]}\n  edge: {roots: \
                    [overlays/edge]}\n";
    let repo = configured("part-roots", clusters, &more);
    let whole = findings(&repo.0, &[]);
    assert!(whole.iter().any(|line| line.contains("file=base/icsp.yaml")), "{whole:#?}");
    assert_eq!(findings(&repo.0, &["clusters/prod"]), whole);
    assert_eq!(findings(&repo.0, &["overlays/prod"]), whole);
}

#[test]
fn a_baseline_holds_back_what_is_found_beside_the_walk() {
    let repo = configured("part-baseline", "clusters:\n  prod: [base, clusters/prod]\n", &[]);
    let baseline = || text(&repo, ".pullwarden-baseline.json");
    let written = pullwarden(&repo.0, &["baseline"]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    let whole = baseline();
    assert!(whole.contains("base/icsp.yaml"), "{whole}");
    let part = pullwarden(&repo.0, &["check", "--baseline", ".pullwarden-baseline.json", "clusters/prod"]);
    assert_eq!(part.status.code(), Some(0), "{}", out(&part));
    for args in [&["baseline", "clusters/prod"][..], &["baseline", "--prune", "clusters/prod"]] {
        assert_eq!(pullwarden(&repo.0, args).status.code(), Some(0));
        assert_eq!(baseline(), whole, "{args:?}");
    }
}

/// What is left of the files after `fix --write`, what it said, and its exit code.
fn fix(repo: &Scratch, args: &[&str]) -> (Option<i32>, String) {
    let output = pullwarden(&repo.0, &[&["fix", "--write"], args].concat());
    (output.status.code(), out(&output) + &err(&output))
}

fn text(repo: &Scratch, name: &str) -> String {
    std::fs::read_to_string(repo.0.join(name)).expect("a text")
}

#[test]
fn a_fix_of_a_base_knows_the_patches_of_overlays() {
    let base = "resources: [icsp.yaml]\n";
    let patch =
        "resources: [../../base]\npatches:\n- path: add.yaml\n  target: {kind: ImageContentSourcePolicy}\n";
    let add = "- op: add\n  path: /spec/repositoryDigestMirrors/-\n  value: {source: quay.io/b, mirrors: [m.example/b]}\n";
    let files = [
        (".git/HEAD", ""),
        ("base/icsp.yaml", &BAD.replace("https://", "")),
        ("base/kustomization.yaml", base),
        ("overlays/prod/kustomization.yaml", patch),
        ("overlays/prod/add.yaml", add),
    ];
    let whole = Scratch::new("part-fix-whole", &files);
    assert_eq!(fix(&whole, &[]).0, Some(0));
    let now: Vec<String> = files.iter().map(|(name, _)| text(&whole, name)).collect();
    for part in ["base", "base/icsp.yaml"] {
        let repo = Scratch::new("part-fix-base", &files);
        let (code, said) = fix(&repo, &[part]);
        assert_eq!(code, Some(0), "{said}");
        let fixed: Vec<String> = files.iter().map(|(name, _)| text(&repo, name)).collect();
        assert_eq!(fixed, now, "{part}: {said}");
    }
    // Without the patch the base alone would have been changed.
    assert!(now[1].contains("kind: ImageDigestMirrorSet"), "{}", now[1]);
    assert!(now[4].contains("/spec/imageDigestMirrors/-"), "{}", now[4]);
}

#[test]
fn only_what_is_found_in_the_named_paths_is_fixed() {
    let lock = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
                allowedRegistries: [\"https://quay.io\"]\n";
    let files = [
        (".git/HEAD", ""),
        ("a/icsp.yaml", BAD),
        ("b/icsp.yaml", BAD),
        ("a2/icsp.yaml", BAD),
        ("c/i.yaml", lock),
    ];
    for (part, changed) in [("a", &[1][..]), ("a/icsp.yaml", &[1]), ("b", &[2]), (".", &[1, 2, 3])] {
        let repo = Scratch::new("part-fix-named", &files);
        let (code, said) = fix(&repo, &[part]);
        assert_eq!(code, Some(0), "{said}");
        for (number, (name, before)) in files.iter().enumerate() {
            assert_eq!(text(&repo, name) != *before, changed.contains(&number), "{part}: {name}: {said}");
        }
        // What is left elsewhere is not spoken of.
        assert_eq!(said.contains("payload-registry-not-allowed"), part == ".", "{part}: {said}");
    }
    let hidden = [(".gitignore", "/hidden\n"), ("hidden/icsp.yaml", BAD)];
    let repo = Scratch::new("part-fix-hidden", &[&files[..2], &hidden].concat());
    fix(&repo, &["a"]);
    assert_eq!(text(&repo, "hidden/icsp.yaml"), BAD);
    // Without a repository nothing says how far it reaches.
    let alone = Scratch::new("part-fix-alone", &[("icsp.yaml", BAD), ("d/icsp.yaml", BAD)]);
    assert!(fix(&alone, &["icsp.yaml"]).1.ends_with("in 1 file\n"));
    assert_eq!(text(&alone, "d/icsp.yaml"), BAD);
}
