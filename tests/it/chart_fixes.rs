//! Fixes of what charts render: in the values or in the template, wherever the whole value comes from.

use crate::command::{Scratch, out, pullwarden};
use std::fs;

const CHART: &str = "apiVersion: v2\nname: mirrors\nversion: 1.0.0\n";

const VALUES: &str =
    "source: https://quay.io/own # kept\nmirrors:\n- 'docker://mirror.example/own'\nhost: lab.example\n";

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: {{ .Release.Name }}
spec:
  imageDigestMirrors:
  - source: {{ .Values.source }}
    mirrors: {{- toYaml .Values.mirrors | nindent 4 }}
  - source: \"http://registry.redhat.io\"
    mirrors: [mirror.example/redhat]
  - source: https://{{ .Values.host }}/team
    mirrors: [mirror.example/team]
";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: mirrors}
spec:
  destination: {name: prod, namespace: default}
  source:
    repoURL: https://git.example.com/x
    path: chart
    helm:
      valueFiles: [/values/prod.yaml]
      values: |
        mirrors: [\"docker://inline.example/acme\"] # kept
";

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: mirrors, namespace: a}
spec:
  chart:
    spec:
      chart: ./chart
      sourceRef: {kind: GitRepository, name: flux-system}
  values:
    source: https://quay.io/flux
";

fn repository(name: &str, chart: &str, more: &[(&str, &str)]) -> Scratch {
    let of_chart = |file: &str| format!("{chart}/{file}");
    let (about, values, template) =
        (of_chart("Chart.yaml"), of_chart("values.yaml"), of_chart("templates/idms.yaml"));
    let files: [(&str, &str); 4] = [(".git/HEAD", ""), (&about, CHART), (&values, VALUES), (&template, IDMS)];
    Scratch::new(name, &[&files, more].concat())
}

/// The texts of the files after all fixes.
fn fixed(repo: &Scratch, files: &[&str]) -> Vec<String> {
    let printed = pullwarden(&repo.0, &["fix", "--unsafe", "--write"]);
    assert!(out(&printed).contains("fixed "), "{printed:?}");
    files.iter().map(|file| fs::read_to_string(repo.0.join(file)).expect("a file")).collect()
}

/// Checks that only the templates in which an expression is a part of the value are left.
fn assert_rest(repo: &Scratch) {
    let said = out(&pullwarden(&repo.0, &["check", "--report", "github"]));
    let errors: Vec<&str> = said.lines().filter(|line| line.contains("has a scheme")).collect();
    assert!(errors.len() == 1 && errors[0].contains("templates/idms.yaml,line=11"), "{said}");
    let human = out(&pullwarden(&repo.0, &["check"]));
    assert!(!human.contains("fix ("), "{human}");
}

#[test]
fn an_application_is_fixed_in_its_values_and_the_template() {
    let more = [("apps/a.yaml", APPLICATION), ("values/prod.yaml", "source: \"https://quay.io/acme\"\n")];
    let repo = repository("chart-fix-argo", "chart", &more);
    // Another rendering may need the text as it is, so nobody is spared a look at it.
    assert!(!out(&pullwarden(&repo.0, &["fix"])).contains("diff --git"));
    let texts =
        fixed(&repo, &["apps/a.yaml", "values/prod.yaml", "chart/templates/idms.yaml", "chart/values.yaml"]);
    assert_eq!(texts[0], APPLICATION.replace("docker://", ""));
    assert_eq!(texts[1], "source: \"quay.io/acme\"\n");
    assert_eq!(texts[2], IDMS.replace("http://", ""));
    assert_eq!(texts[3], VALUES, "other values take the place of these");
    assert_rest(&repo);
}

#[test]
fn a_release_of_flux_is_fixed_in_its_values() {
    let repo = repository("chart-fix-flux", "chart", &[("apps/f.yaml", RELEASE)]);
    let texts = fixed(&repo, &["apps/f.yaml", "chart/values.yaml"]);
    assert_eq!(texts[0], RELEASE.replace("https://", ""));
    assert_eq!(texts[1], VALUES.replace("docker://", ""));
    assert_rest(&repo);
}

#[test]
fn a_chart_of_a_kustomization_is_fixed_behind_it() {
    let kustomization = "namePrefix: a-
helmCharts:
- name: mirrors
  releaseName: k
  valuesInline:
    mirrors:
    - \"docker://kust.example/acme\"
";
    let more = [("kust/kustomization.yaml", kustomization)];
    let repo = repository("chart-fix-kustomize", "kust/charts/mirrors", &more);
    let files = [
        "kust/kustomization.yaml",
        "kust/charts/mirrors/values.yaml",
        "kust/charts/mirrors/templates/idms.yaml",
    ];
    let texts = fixed(&repo, &files);
    assert_eq!(texts[0], kustomization.replace("docker://", ""));
    assert_eq!(texts[1], VALUES.replace("https://", ""));
    assert_eq!(texts[2], IDMS.replace("http://", ""));
    assert_rest(&repo);
}

#[test]
fn an_unused_chart_is_fixed_in_its_own_values() {
    let repo = repository("chart-fix-unused", "chart", &[]);
    let texts = fixed(&repo, &["chart/values.yaml", "chart/templates/idms.yaml"]);
    assert_eq!(texts[0], VALUES.replace("https://", "").replace("docker://", ""));
    assert_eq!(texts[1], IDMS.replace("http://", ""));
    assert_rest(&repo);
}

#[test]
fn an_item_is_removed_from_the_values() {
    let values = "mirrors:\n- mirror.example/own\n- mirror.example/two # kept\n- mirror.example/own\nsource: quay.io/own\n";
    let repo = repository("chart-fix-item", "chart", &[]);
    fs::write(repo.0.join("chart/values.yaml"), values).expect("a file");
    let texts = fixed(&repo, &["chart/values.yaml"]);
    assert_eq!(
        texts[0],
        "mirrors:\n- mirror.example/own\n- mirror.example/two # kept\nsource: quay.io/own\n"
    );
}

#[test]
fn a_chart_that_refuses_the_new_value_gets_no_fix() {
    let template = format!(
        "{{{{ if not (hasPrefix \"https://\" .Values.source) }}}}{{{{ fail \"no scheme\" }}}}{{{{ end }}}}\n{IDMS}"
    );
    let more = [("apps/f.yaml", RELEASE)];
    let repo = repository("chart-fix-refused", "chart", &more);
    fs::write(repo.0.join("chart/templates/idms.yaml"), template).expect("a file");
    let said = out(&pullwarden(&repo.0, &["check"]));
    assert!(
        said.contains("no fix is offered: a kustomization or chart that reads the file would fail"),
        "{said}"
    );
    let texts = fixed(&repo, &["apps/f.yaml"]);
    assert_eq!(texts[0], RELEASE);
}

#[test]
fn the_values_of_the_configuration_get_no_fix() {
    let configuration = "clusters: {prod: {}}\ncharts:\n- {root: chart, values: {source: 'https://quay.io/x'}, cluster: prod}\n";
    let repo = repository("chart-fix-configured", "chart", &[(".pullwarden.yaml", configuration)]);
    let texts = fixed(&repo, &[".pullwarden.yaml", "chart/values.yaml"]);
    assert_eq!(texts[0], configuration);
    assert_eq!(texts[1], VALUES.replace("docker://", ""));
}

#[test]
fn a_parameter_of_an_application_is_fixed_in_its_place() {
    let application = APPLICATION.split("      valueFiles").next().expect("a head").to_owned()
        + "      parameters:\n      - {name: source, value: 'https://quay.io/param'}\n";
    let repo = repository("chart-parameter", "chart", &[("apps/mirrors.yaml", &application)]);
    let [application] = &fixed(&repo, &["apps/mirrors.yaml"])[..] else { panic!("one file") };
    assert!(application.contains("- {name: source, value: 'quay.io/param'}\n"), "{application}");
}
