//! What objects of Flux may say that cannot be followed, or only in part.

use crate::command::{Scratch, out, pullwarden};

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: mirrors}
spec:
  imageDigestMirrors:
  - source: quay.io/acme
    mirrors:
    - ${registry}/acme
";

/// What is said of a repository with one `Kustomization` of this `spec`.
fn said(name: &str, spec: &str, more: &[(&str, &str)]) -> (String, String) {
    let object = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: mirrors, namespace: \
         flux-system}}\nspec:\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{spec}"
    );
    let files = [
        (".git/HEAD", ""),
        ("clusters/prod/mirrors.yaml", object.as_str()),
        ("apps/mirrors/idms.yaml", IDMS),
    ];
    let repo = Scratch::new(name, &[&files, more].concat());
    let clusters = out(&pullwarden(&repo.0, &["clusters"]));
    (clusters, out(&pullwarden(&repo.0, &["check", "--fail-on", "never", "--color", "never"])))
}

#[test]
fn a_variable_without_a_value_is_empty() {
    let (clusters, report) =
        said("flux-empty", "  path: ./apps/mirrors\n  postBuild: {substitute: {other: x}}\n", &[]);
    assert!(clusters.contains("apps/mirrors (flux, Kustomization `flux-system/mirrors`)"), "{clusters}");
    assert!(report.contains("mirror `/acme`"), "{report}");
}

#[test]
fn a_missing_config_map_leaves_variables_as_they_are() {
    let spec =
        "  path: apps/mirrors/\n  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: gone}\n";
    let (clusters, report) = said("flux-missing", spec, &[]);
    let expected = "`${registry}` may come from the ConfigMap `gone`, which is not known here";
    assert!(clusters.contains(expected), "{clusters}");
    assert!(
        report.contains("note[incomplete-kustomization]") && !report.contains("invalid-mirror"),
        "{report}"
    );
}

#[test]
fn a_bad_substitution_is_refused_at_its_place() {
    let idms = IDMS.replace("${registry}", "${registry[@]}");
    let spec = "  path: ../../apps/other\n  postBuild: {substitute: {registry: a.example}}\n";
    let (_, report) = said("flux-refused", spec, &[("apps/other/idms.yaml", &idms)]);
    assert!(report.contains("error[refused-kustomization]"), "{report}");
    assert!(report.contains("apps/other/idms.yaml:8:7"), "{report}");
}

#[test]
fn kustomizations_that_apply_each_other_end() {
    let spec = "  path: ./clusters\n  postBuild: {substitute: {registry: a.example}}\n---\napiVersion: \
                kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: round, namespace: \
                flux-system}\nspec:\n  sourceRef: {kind: GitRepository, name: flux-system}\n  path: .\n  namePrefix: a-\n";
    let (clusters, _) = said("flux-round", spec, &[]);
    assert!(clusters.contains("ImageDigestMirrorSet/"), "{clusters}");
}

#[test]
fn what_is_no_specification_is_not_followed() {
    for (number, spec) in
        ["  path: 7\n", "  path: gone\n", "  path: [a]\n  postBuild: [1]\n  patches: 3\n"].iter().enumerate()
    {
        let (clusters, _) = said(&format!("flux-odd-{number}"), spec, &[]);
        assert!(clusters.contains("ImageDigestMirrorSet/mirrors"), "{clusters}");
    }
}
