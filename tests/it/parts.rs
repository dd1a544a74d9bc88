//! A command that is given a part of a repository knows what the whole of it comes to.

use crate::command::{BAD, Scratch, err, out, pullwarden};

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
fn what_is_excluded_stays_hidden_beside_the_walk() {
    let exclude = [(".pullwarden.yaml", "exclude: [base/**]\n")];
    let hidden = overlay("part-excluded", "resources: [../../base]\n", &exclude);
    assert_eq!(check(&hidden, &[]), "");
    assert_eq!(check(&hidden, &["overlays/prod"]), "");
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
    for (part, changed) in [("a", &[1][..]), ("a/icsp.yaml", &[1]), ("b", &[2]), (".", &[1, 2, 3, 4])] {
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
