//! A command that is given a part of a repository knows what the whole of it comes to.

use crate::command::{Scratch, err, out, pullwarden};

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
