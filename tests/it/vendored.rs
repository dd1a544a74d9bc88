//! Charts of the repository that stand for charts of a registry, and for dependencies that `charts/` lacks.

use crate::command::{Scratch, out, pullwarden};

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: {{ .Release.Name }}
spec:
  imageDigestMirrors:
  - source: quay.io/acme
    mirrors:
    - {{ include \"common.registry\" . }}/acme
";

const HELPERS: &str = "{{ define \"common.registry\" }}https://registry.example{{ end }}";

fn chart(name: &str, version: &str, more: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: {version}\n{more}")
}

fn application(source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: mirrors}}\nspec:\n  destination: {{name: prod, \
         namespace: a}}\n  source: {{{source}}}\n"
    )
}

fn release(version: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: mirrors, namespace: a}}\nspec:\n  chart:\n    spec:\n      \
         chart: mirrors\n      version: {version:?}\n      sourceRef: {{kind: HelmRepository, name: r}}\n"
    )
}

/// The report of a repository with these files.
fn said(name: &str, files: &[(&str, &str)]) -> String {
    let repo = Scratch::new(name, &[&[(".git/HEAD", "")], files].concat());
    out(&pullwarden(&repo.0, &["check", "--fail-on", "never", "--report", "github"]))
}

/// The finding that only a rendered chart has.
const FOUND: &str = "mirror `https://registry.example/acme` has a scheme";

#[test]
fn a_chart_of_a_registry_is_found_by_name_and_range() {
    let template = IDMS.replace("{{ include \"common.registry\" . }}", "https://registry.example");
    for (number, (version, range, is_found)) in [
        ("4.11.3", "4.11.3", true),
        ("v4.11.3", "4.11.3", true),
        ("4.11.3", "4.11.x", true),
        ("4.12.0", "4.11.x", false),
        ("1.9.0", "^1", true),
        ("2.0.0", "^1", false),
        ("1.5.0", ">=1 <2", true),
        ("1.5.0", ">=1, <2 || ^3", true),
        ("2.1.0", "~2.1", true),
        ("2.2.0", "~2.1", false),
        ("1.0.0-rc.1", "*", false),
        ("1.0.0-rc.1", ">=1.0.0-0", true),
        ("1.0.0", "", true),
        ("1.0.0", "no range", false),
    ]
    .into_iter()
    .enumerate()
    {
        let about = chart("mirrors", version, "");
        let of_argo =
            format!("repoURL: 'https://charts.example.com', chart: mirrors, targetRevision: {range:?}");
        for (tool, object) in [("argo", application(&of_argo)), ("flux", release(range))] {
            let files = [
                ("apps/mirrors.yaml", object.as_str()),
                ("vendor/mirrors/Chart.yaml", about.as_str()),
                ("vendor/mirrors/templates/idms.yaml", template.as_str()),
            ];
            let repo = Scratch::new(
                &format!("vendored-{tool}-{number}"),
                &[&[(".git/HEAD", "")], &files[..]].concat(),
            );
            let clusters = out(&pullwarden(&repo.0, &["clusters"]));
            let is_applied =
                clusters.contains("release `mirrors`") && !clusters.contains("a chart that nothing");
            assert_eq!(is_applied, is_found, "{tool}: {version} in `{range}`\n{clusters}");
        }
    }
}

#[test]
fn a_range_that_two_charts_satisfy_chooses_neither() {
    let template = IDMS.replace("{{ include \"common.registry\" . }}", "registry.example");
    let (one, two) = (chart("mirrors", "1.0.0", ""), chart("mirrors", "1.1.0", ""));
    let object = release("^1");
    let files = [
        ("apps/mirrors.yaml", object.as_str()),
        ("a/Chart.yaml", one.as_str()),
        ("a/templates/idms.yaml", &template),
        ("b/Chart.yaml", two.as_str()),
        ("b/templates/idms.yaml", &template),
    ];
    let repo = Scratch::new("vendored-two", &[&[(".git/HEAD", "")], &files[..]].concat());
    let clusters = out(&pullwarden(&repo.0, &["clusters"]));
    assert!(clusters.contains("installs a chart `mirrors` (^1) of the HelmRepository `r`"), "{clusters}");
}

/// An umbrella chart in `umbrella` with this dependency, which an Application applies.
fn umbrella(name: &str, dependency: &str, more: &[(&str, &str)]) -> String {
    let about = chart("umbrella", "1.0.0", &format!("dependencies:\n- {dependency}\n"));
    let object = application("repoURL: 'https://git.example.com/x', path: umbrella");
    let files = [
        ("apps/umbrella.yaml", object.as_str()),
        ("umbrella/Chart.yaml", about.as_str()),
        ("umbrella/templates/idms.yaml", IDMS),
    ];
    said(name, &[&files, more].concat())
}

#[test]
fn a_dependency_may_be_a_chart_of_the_repository() {
    let about = chart("common", "1.2.0", "type: library\n");
    let common = [("common/Chart.yaml", about.as_str()), ("common/templates/_helpers.tpl", HELPERS)];
    for (number, dependency) in [
        "{name: common, version: ^1, repository: 'file://../common'}",
        "{name: common, version: ~1.2.0, repository: 'https://charts.example.com'}",
        "{name: common, version: 1.x, repository: 'oci://registry.example/charts', alias: other}",
    ]
    .into_iter()
    .enumerate()
    {
        let report = umbrella(&format!("vendored-dependency-{number}"), dependency, &common);
        assert!(report.contains(FOUND) && !report.contains("chart-not-rendered"), "{dependency}: {report}");
    }
}

#[test]
fn a_dependency_that_is_nowhere_is_no_error_of_the_chart() {
    let (about, old) = (chart("common", "1.2.0", ""), chart("common", "0.1.0", ""));
    let namesake = chart(
        "common",
        "1.3.0",
        "dependencies: [{name: common, version: '1', repository: 'https://charts.example.com'}]\n",
    );
    for (number, (dependency, more)) in [
        ("{name: common, version: ^1, repository: 'https://charts.example.com'}", &[][..]),
        ("{name: common, version: ^1, repository: 'file://../../common'}", &[][..]),
        (
            "{name: common, version: ^1, repository: 'file://../common'}",
            &[("common/Chart.yaml", old.as_str())],
        ),
        (
            "{name: common, version: ^1, repository: 'https://charts.example.com'}",
            &[("wrapper/Chart.yaml", namesake.as_str())],
        ),
        (
            "{name: common, version: ^1, repository: 'https://charts.example.com'}",
            &[("a/Chart.yaml", about.as_str()), ("b/Chart.yaml", about.as_str())],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let report = umbrella(&format!("vendored-nowhere-{number}"), dependency, more);
        let why = "the chart `umbrella` is not rendered: its dependency `common` is not in this repository";
        assert!(
            report.contains("::notice file=umbrella/Chart.yaml,line=5") && report.contains(why),
            "{dependency}: {report}"
        );
        assert!(!report.contains("::error"), "{dependency}: {report}");
    }
}

#[test]
fn a_kustomization_with_charts_is_built_with_an_option() {
    let files = [
        (
            "kust/kustomization.yaml",
            "resources: [image.yaml]\nhelmCharts:\n- {name: remote, repo: 'https://charts.example.com', version: 1.0.0, releaseName: a}\n",
        ),
        (
            "kust/image.yaml",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n",
        ),
        ("plain/kustomization.yaml", "resources: [image.yaml, 'https://example.com/x?ref=v1']\n"),
        (
            "plain/image.yaml",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n",
        ),
    ];
    let report = said("vendored-option", &files);
    assert!(report.contains("`kustomize build --enable-helm kust | pullwarden check -`"), "{report}");
    assert!(report.contains("`kustomize build plain | pullwarden check -`"), "{report}");
}
