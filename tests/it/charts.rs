//! Charts: what is shown of them, and what outranks the built-in rendering.

use crate::command::{Scratch, err, out, pullwarden};
use serde_json::Value;

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: {{ .Release.Name }}
spec:
  imageDigestMirrors:
  - source: quay.io/acme
    mirrors:
    - {{ .Values.mirror }}/acme
";

/// A repository with one chart, which an Application applies.
fn repository(name: &str, configuration: &str, more: &[(&str, &str)]) -> Scratch {
    let application = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: mirrors}
spec:
  destination: {name: prod, namespace: default}
  source: {repoURL: 'https://git.example.com/x', path: charts/mirrors}
";
    let files = [
        (".git/HEAD", ""),
        (".pullwarden.yaml", configuration),
        ("apps/mirrors.yaml", application),
        ("charts/mirrors/Chart.yaml", "apiVersion: v2\nname: mirrors\nversion: 1.0.0\n"),
        ("charts/mirrors/values.yaml", "mirror: mirror.example.com\n"),
        ("charts/mirrors/templates/idms.yaml", IDMS),
    ];
    Scratch::new(name, &[&files, more].concat())
}

#[test]
fn the_objects_of_a_chart_are_printed_with_their_places() {
    let repo = repository(
        "chart-objects",
        "",
        &[("charts/plain/Chart.yaml", "apiVersion: v2\nname: plain\nversion: 1.0.0\n")],
    );
    let printed = pullwarden(&repo.0, &["clusters", "--objects", "charts/mirrors"]);
    assert_eq!(
        out(&printed),
        "# release `mirrors`, with the values of the chart
apiVersion: config.openshift.io/v1 # charts/mirrors/templates/idms.yaml:1
kind: ImageDigestMirrorSet # charts/mirrors/templates/idms.yaml:2
metadata:
  name: mirrors # charts/mirrors/templates/idms.yaml:4
spec:
  imageDigestMirrors:
    - source: quay.io/acme # charts/mirrors/templates/idms.yaml:7
      mirrors:
        - mirror.example.com/acme # charts/mirrors/templates/idms.yaml:9
"
    );
    let printed = out(&pullwarden(&repo.0, &["clusters", "--objects", "charts/plain"]));
    assert!(printed.contains("# 0 objects, none of them image configuration"), "{printed}");
    // A chart that Helm refuses prints nothing but why.
    let broken = repository(
        "chart-objects-broken",
        "",
        &[("charts/mirrors/templates/no.yaml", "{{ fail \"no mirror\" }}")],
    );
    let output = pullwarden(&broken.0, &["clusters", "--objects", "charts/mirrors"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("charts/mirrors/templates/no.yaml:1: ") && err(&output).contains("no mirror")
    );
}

#[test]
fn a_missing_dependency_is_said_where_clusters_are_shown() {
    let chart = "apiVersion: v2\nname: mirrors\nversion: 1.0.0
dependencies: [{name: common, version: 1.0.0, repository: 'https://charts.example.com'}]\n";
    let repo = repository("chart-incomplete", "", &[]);
    std::fs::write(repo.0.join("charts/mirrors/Chart.yaml"), chart).expect("a file");
    let shown = out(&pullwarden(&repo.0, &["clusters"]));
    assert!(shown.contains("charts/mirrors (helm, release `mirrors`)"), "{shown}");
    assert!(shown.contains("not known: the chart `common` is not in `charts/`"), "{shown}");
    let report = out(&pullwarden(&repo.0, &["check", "--verbose"]));
    assert!(report.contains("left alone: 1 dependency of a chart"), "{report}");
    let why = "charts/mirrors/Chart.yaml: rendered without 1 dependency that is not in this repository";
    assert!(report.contains(why), "{report}");
    let json = out(&pullwarden(&repo.0, &["check", "--report", "json"]));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["summary"]["dependencies"], &json["left_alone"][0]["dependencies"]),
        (&1.into(), &1.into()),
        "{json}"
    );
    let json = out(&pullwarden(&repo.0, &["clusters", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let problem = &json["clusters"][0]["parts"][0]["problems"][0];
    assert_eq!(problem["what"], "not-known", "{json}");
}

#[cfg(unix)]
#[test]
fn a_command_of_the_configuration_outranks_the_chart() {
    let printed =
        IDMS.replace("{{ .Release.Name }}", "other").replace("{{ .Values.mirror }}", "other.example.com");
    let configuration = "clusters:\n  prod: {}\nrender:\n- root: charts/mirrors\n  command: [cat, printed.txt]\n  cluster: prod\n";
    let repo = repository("chart-outranked", configuration, &[("charts/mirrors/printed.txt", &printed)]);
    let names = |args: &[&str]| out(&pullwarden(&repo.0, &[&["clusters"], args].concat()));
    let (built_in, by_command) = (names(&[]), names(&["--allow-exec"]));
    assert!(built_in.contains("ImageDigestMirrorSet/mirrors"), "{built_in}");
    assert!(by_command.contains("ImageDigestMirrorSet/other"), "{by_command}");
    assert!(!by_command.contains("ImageDigestMirrorSet/mirrors"), "{by_command}");
    let objects = names(&["--allow-exec", "--objects", "charts/mirrors"]);
    assert!(objects.contains("other.example.com/acme"), "{objects}");
}

/// The names of the objects that an Application gets of its chart.
fn objects(name: &str, helm: &str, more: &[(&str, &str)]) -> String {
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: mirrors}}
spec:
  destination: {{name: prod, namespace: default}}
  source: {{repoURL: 'https://git.example.com/x', path: charts/mirrors, helm: {helm}}}
"
    );
    let repo = repository(name, "", more);
    std::fs::write(repo.0.join("apps/mirrors.yaml"), application).expect("a file");
    out(&pullwarden(&repo.0, &["clusters", "--objects", "--cluster", "prod"]))
}

#[test]
fn globs_of_values_files_are_expanded_as_argo_cd_does() {
    let files = [
        ("charts/mirrors/envs/a.yaml", "mirror: a.example.com\n"),
        ("charts/mirrors/envs/z.yaml", "mirror: z.example.com\n"),
        ("charts/mirrors/envs/b/x.yaml", "mirror: nested.example.com\n"),
        ("values/10.yaml", "mirror: ten.example.com\n"),
    ];
    for (number, (helm, mirror)) in [
        ("{valueFiles: ['envs/*.yaml']}", "z.example.com"),
        ("{valueFiles: ['envs/**/*.yaml']}", "nested.example.com"),
        // A path stands where it is written, also where a glob matches it before.
        ("{valueFiles: ['envs/*.yaml', envs/a.yaml]}", "a.example.com"),
        ("{valueFiles: ['envs/**/*.yaml', 'envs/*.yaml']}", "nested.example.com"),
        ("{valueFiles: ['/values/[0-9]*.yaml']}", "ten.example.com"),
        ("{valueFiles: ['$values/values/1?.yaml']}", "ten.example.com"),
        ("{valueFiles: ['none/*.yaml'], ignoreMissingValueFiles: true}", "mirror.example.com"),
    ]
    .into_iter()
    .enumerate()
    {
        let printed = objects(&format!("chart-globs-{number}"), helm, &files);
        assert!(printed.contains(&format!("- {mirror}/acme")), "{helm}: {printed}");
    }
    let repo = repository("chart-globs-none", "", &files);
    let application = std::fs::read_to_string(repo.0.join("apps/mirrors.yaml")).expect("a file");
    let application =
        application.replace("charts/mirrors}", "charts/mirrors, helm: {valueFiles: ['none/*.yaml']}}");
    std::fs::write(repo.0.join("apps/mirrors.yaml"), application).expect("a file");
    let report = out(&pullwarden(&repo.0, &["check"]));
    assert!(report.contains("matches no file of this repository"), "{report}");
}

#[test]
fn a_source_says_what_of_a_chart_is_rendered_and_for_which_cluster() {
    let asks = "{{ if .Capabilities.APIVersions.Has \"a.example.com/v1/Thing\" }}
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: asked, labels: {version: '{{ .Capabilities.KubeVersion.Minor }}'}}
spec: {imageDigestMirrors: [{source: quay.io/a, mirrors: [m.example.com/a]}]}
{{ end }}";
    let test =
        IDMS.replace("  name: {{ .Release.Name }}", "  name: test\n  annotations: {helm.sh/hook: test}");
    let crd = IDMS.replace("{{ .Release.Name }}", "crd").replace("{{ .Values.mirror }}", "crd.example.com");
    let files = [
        ("charts/mirrors/templates/asks.yaml", asks),
        ("charts/mirrors/templates/test.yaml", &test),
        ("charts/mirrors/crds/crd.yaml", &crd),
        ("charts/mirrors/values.schema.json", "{\"properties\": {\"mirror\": {\"type\": \"number\"}}}"),
    ];
    let schema = "skipSchemaValidation: true";
    let all = objects("chart-source-all", &format!("{{{schema}}}"), &files);
    assert!(all.contains("name: test") && all.contains("name: crd") && !all.contains("name: asked"), "{all}");
    let helm = format!(
        "{{{schema}, skipCrds: true, skipTests: true, kubeVersion: '1.27', apiVersions: [a.example.com/v1/Thing]}}"
    );
    let some = objects("chart-source-some", &helm, &files);
    assert!(!some.contains("name: test") && !some.contains("name: crd"), "{some}");
    assert!(some.contains("name: asked") && some.contains("version: \"27\""), "{some}");
    // Helm holds values against the schema unless it is told not to.
    let repo = repository("chart-source-schema", "", &files);
    let report = out(&pullwarden(&repo.0, &["check"]));
    assert!(report.contains("chart-not-rendered"), "{report}");
}

#[test]
fn each_limit_is_a_finding_at_its_line() {
    let templates = [
        ("steps", "{{ range until 1000000000 }}x{{ end }}"),
        ("size", "{{ repeat 2000000000 \"x\" }}"),
        ("width", "{{ printf \"%1000000000d\" 1 }}"),
        ("tpl", "{{ tpl .Values.again . }}"),
        ("include", "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}"),
        (
            "regex",
            "{{ $s := repeat 20000 \"a\" }}{{ range 2000000000 }}{{ $_ := regexMatch \"(a*)*b\" $s }}{{ end }}",
        ),
    ];
    for (name, template) in templates {
        let text = format!("{IDMS}---\n# the limit\n{template}\n");
        let repo =
            repository(&format!("chart-limit-{name}"), "", &[("charts/mirrors/templates/limit.yaml", &text)]);
        let values = "mirror: m.example.com\nagain: '{{ tpl .Values.again . }}'\n";
        std::fs::write(repo.0.join("charts/mirrors/values.yaml"), values).expect("a file");
        let output = pullwarden(&repo.0, &["check", "--report", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found: Vec<&Value> = report["diagnostics"].as_array().expect("a list").iter().collect();
        let limit = found
            .iter()
            .find(|one| one["rule"] == "chart-not-rendered")
            .unwrap_or_else(|| panic!("{name}: {found:?}"));
        let (file, line) = (limit["file"].as_str(), limit["region"]["start"]["line"].as_u64());
        let is_in_template = (file, line) == (Some("charts/mirrors/templates/limit.yaml"), Some(12));
        let is_in_values = name == "tpl" && (file, line) == (Some("charts/mirrors/values.yaml"), Some(2));
        assert!(is_in_template || is_in_values, "{name}: {limit}");
    }
}

#[test]
fn applications_of_applications_end() {
    // One that manages itself is nothing to report; one that makes ever new ones is.
    let template = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: 'NAME'}
spec:
  destination: {name: prod, namespace: default}
  source: {repoURL: 'https://git.example.com/x', path: charts/mirrors}
";
    let of_itself = template.replace("NAME", "mirrors");
    let of_others = template.replace("NAME", "{{ .Release.Name }}-x");
    for (name, template, is_reported) in [("itself", of_itself, false), ("others", of_others, true)] {
        let file = ("charts/mirrors/templates/app.yaml", template.as_str());
        let repo = repository(&format!("chart-of-{name}"), "", &[file]);
        let report = out(&pullwarden(&repo.0, &["check"]));
        assert_eq!(report.contains("deeper than pullwarden follows"), is_reported, "{report}");
        let clusters = out(&pullwarden(&repo.0, &["clusters"]));
        assert!(clusters.contains("ImageDigestMirrorSet/mirrors"), "{clusters}");
    }
}

#[test]
fn a_map_of_values_is_no_object() {
    let values = "source: quay.io/a\nkind: ImageDigestMirrorSet\napi: config.openshift.io/v1\n";
    for (name, is_object) in [
        ("charts/m/values.yaml", false),
        ("charts/m/values-prod.yaml", false),
        ("envs/prod/values.yaml", false),
        ("envs/prod/prod.values.yaml", false),
        ("envs/prod/mirrors.yaml", true),
        ("charts/m/templates/values.yaml", true),
    ] {
        let chart = ("charts/m/Chart.yaml", "apiVersion: v2\nname: m\nversion: 1.0.0\n");
        let repo = Scratch::new("chart-values-kind", &[chart, (name, values)]);
        let report = out(&pullwarden(&repo.0, &["check", "--color", "never"]));
        assert_eq!(report.contains("error[wrong-api-version]"), is_object, "{name}: {report}");
    }
}

/// No manifest of these repositories has a kind of image configuration.
#[test]
fn image_configuration_is_found_where_no_manifest_mentions_it() {
    const OBJECT: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  \
                          imageDigestMirrors: [{source: quay.io/a, mirrors: [https://m.example/a]}]\n";
    const CHART: &str = "apiVersion: v2\nname: m\nversion: 1.0.0\n";
    const APPLIED: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {name: \
                           prod}\n  source: {repoURL: https://g.example/x, path: charts/m}\n";
    let values = APPLIED
        .replace("path: charts/m}", "path: charts/m, helm: {valuesObject: {kind: ImageDigestMirrorSet}}}");
    let define = format!("{{{{ define \"m\" }}}}{OBJECT}{{{{ end }}}}");
    let by_value =
        OBJECT.replace("ImageDigestMirrorSet", "{{ .Values.kind }}").replace("config.", "{{ \"config\" }}.");
    let by_value = by_value.replace("imageDigestMirrors", "image{{ \"Digest\" }}Mirrors");
    let configured = "clusters: {prod: {openshift: '4.18'}}\ncharts: [{root: charts/m, cluster: prod}]\n";
    let repositories: [(&str, Vec<(&str, &str)>); 7] = [
        (
            "a helper",
            vec![
                ("app.yaml", APPLIED),
                ("charts/m/templates/_m.tpl", &define),
                ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
            ],
        ),
        (
            "a file",
            vec![
                ("app.yaml", APPLIED),
                ("charts/m/files/m.txt", OBJECT),
                ("charts/m/templates/m.yaml", "{{ .Files.Get \"files/m.txt\" }}\n"),
            ],
        ),
        ("values", vec![("app.yaml", &values), ("charts/m/templates/m.yaml", &by_value)]),
        (
            "the configuration",
            vec![
                (".pullwarden.yaml", configured),
                ("charts/m/templates/_m.tpl", &define),
                ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
            ],
        ),
        (
            "a kustomization",
            vec![
                ("clusters/prod/kustomization.yaml", "resources: [mirrors]\n"),
                ("clusters/prod/mirrors", OBJECT),
            ],
        ),
        (
            "a helper of a chart of a kustomization",
            vec![
                (
                    "clusters/prod/kustomization.yaml",
                    "helmGlobals: {chartHome: ../../charts}\nhelmCharts: [{name: m, releaseName: m}]\n",
                ),
                ("charts/m/values.yaml", "a: b\n"),
                ("charts/m/templates/_m.tpl", &define),
                ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
            ],
        ),
        (
            "a helper of a chart of a generator",
            vec![
                ("clusters/prod/kustomization.yaml", "generators: [g.yaml]\n"),
                (
                    "clusters/prod/g.yaml",
                    "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: m}\nname: m\nreleaseName: \
                     m\nchartHome: ../../charts\n",
                ),
                ("charts/m/values.yaml", "a: b\n"),
                ("charts/m/templates/_m.tpl", &define),
                ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
            ],
        ),
    ];
    for (what, files) in repositories {
        let chart = [(".git/HEAD", ""), ("charts/m/Chart.yaml", CHART)];
        let repo =
            Scratch::new(&format!("mentions-{}", what.replace(' ', "-")), &[&chart[..], &files].concat());
        let said = out(&pullwarden(&repo.0, &["check"]));
        assert!(said.contains("error[invalid-mirror]"), "{what}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn links_of_a_chart_that_lead_back_end() {
    const CHART: &str = "apiVersion: v2\nname: m\nversion: 1.0.0\n";
    let mention = "{{ define \"m\" }}apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: \
                   a}\nspec:\n  imageDigestMirrors: [{source: quay.io/a, mirrors: [https://m.example/a]}]\n{{ end }}";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {name: \
                       prod}\n  source: {repoURL: https://g.example/x, path: charts/m}\n";
    let back = ["a", "b", "c", "d", "e", "f"].map(|at| (".", at));
    for (name, helper, links, found) in [
        ("back", "none/m.tpl", &back[..], "nothing to report"),
        ("back-and-helper", "charts/m/templates/_m.tpl", &back, "[chart-not-rendered]"),
        (
            "away",
            "shared/of/charts/_m.tpl",
            &[("../../../shared/of", "templates/shared")],
            "error[invalid-mirror]",
        ),
    ] {
        let repo = Scratch::new(
            &format!("chart-links-{name}"),
            &[
                (".git/HEAD", ""),
                ("app.yaml", application),
                ("charts/m/Chart.yaml", CHART),
                ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
                (helper, mention),
            ],
        );
        for (to, at) in links {
            std::os::unix::fs::symlink(to, repo.0.join("charts/m").join(at)).expect("a link");
        }
        let said = out(&pullwarden(&repo.0, &["check"]));
        assert!(said.contains(found), "{name}: {said}");
    }
}

#[test]
fn a_chart_that_fails_is_told_if_its_files_mention_images() {
    let mention = "{{/* apiVersion: config.openshift.io/v1, kind: ImageDigestMirrorSet */}}";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {name: \
                       prod}\n  source: {repoURL: https://g.example/x, path: .}\n";
    for (name, file, is_told) in [("helper", "templates/_m.tpl", true), ("git", ".git/m.txt", false)] {
        let files = [
            (".git/HEAD", ""),
            (".helmignore", ".git/\n"),
            ("app.yaml", application),
            ("Chart.yaml", "apiVersion: v2\nname: m\nversion: 1.0.0\n"),
            ("templates/m.yaml", "{{ fail \"no\" }}\n"),
            (file, mention),
        ];
        let said = out(&pullwarden(&Scratch::new(&format!("chart-told-{name}"), &files).0, &["check"]));
        assert_eq!(said.contains("[chart-not-rendered]"), is_told, "{name}: {said}");
    }
}
