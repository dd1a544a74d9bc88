//! Plans of changes after which something cannot be read, or a configuration says less. Neither changes a node.

use crate::git_repo::GitRepo;
use crate::plan_git::{out, plan};

const IDMS: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec:\n  imageDigestMirrors:\n  \
                    - source: quay.io/a\n    mirrors: [m.example/a]\n";
const CONFIGURATION: &str = "clusters:\n  prod: {paths: 'clusters/prod/**', openshift: '4.18'}\ncharts:\n- {root: charts/m, cluster: prod}\n";
const KUSTOMIZATION: &str = "resources: [a.yaml]\n";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        (".pullwarden.yaml", CONFIGURATION),
        ("clusters/prod/a.yaml", IDMS),
        ("clusters/prod/kustomization.yaml", KUSTOMIZATION),
        ("plain/clusters/edge/a.yaml", IDMS),
        ("charts/m/Chart.yaml", "apiVersion: v2\nname: m\nversion: 1.0.0\n"),
        ("charts/m/values.yaml", "source: quay.io/b\n"),
        (
            "charts/m/templates/m.yaml",
            "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: b}\nspec:\n  imageTagMirrors:\n  \
             - source: {{ .Values.source }}\n    mirrors: [m.example/b]\n",
        ),
    ]
}

/// The plan of a change of one file, and the plan of taking the change back.
fn both_ways(file: &str, text: Option<&str>) -> [String; 2] {
    let planned = |back: bool| {
        let repo = GitRepo::new();
        let commit = |change: bool| {
            repo.commit(&files(), "state");
            if change {
                match text {
                    Some(text) => repo.write(file, text),
                    None => std::fs::remove_file(repo.root().join(file)).expect("a file"),
                }
                repo.git(&["add", "-A"]);
                repo.git(&["commit", "-qm", "changed"]);
            }
        };
        commit(back);
        repo.git(&["checkout", "-q", "-b", "change"]);
        if back {
            repo.commit(&files(), "back");
        } else {
            commit(true);
        }
        out(&plan(repo.root(), &["--base", "main"]))
    };
    [planned(false), planned(true)]
}

#[test]
fn a_cluster_is_unknown_where_one_state_cannot_be_read() {
    let failing = "{{ fail \"no\" }}\n";
    for (file, text, cluster, why) in [
        ("charts/m/templates/z.yaml", failing, "prod", "a chart cannot be rendered"),
        ("charts/m/templates/m.yaml", "kind: {{ if }}\n", "prod", "a chart cannot be rendered"),
        (
            "clusters/prod/kustomization.yaml",
            "resources: [a.yaml, none.yaml]\n",
            "prod",
            "a kustomization cannot be built",
        ),
        ("plain/clusters/edge/a.yaml", &format!("{IDMS}x: [\n"), "edge", "a file cannot be read"),
    ] {
        let [now, before] = both_ways(file, Some(text));
        let wanted = format!("{cluster}: unknown, since {why}");
        assert!(now.contains(&wanted) && !now.contains("drain"), "{file}: {now}");
        // A new template is gone when the change is taken back.
        let is_new = file.ends_with("z.yaml");
        assert!(is_new || before.contains(&wanted) && !before.contains("drain"), "{file}, back: {before}");
    }
}

#[test]
fn a_configuration_that_is_gone_or_wrong_changes_no_node() {
    for text in [
        None,
        Some("clusters: [\n"),
        Some("clusters:\n  prod: {pahts: 'clusters/prod/**', openshift: '4.18'}\n"),
    ] {
        let [now, before] = both_ways(".pullwarden.yaml", text);
        for told in [now, before] {
            assert!(!told.contains("reload") && !told.contains("drain"), "{text:?}: {told}");
        }
    }
}

#[test]
fn a_chart_whose_helpers_alone_mention_images_is_unknown_where_it_cannot_be_rendered() {
    let helper = "{{ define \"m\" }}apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: b}\nspec:\n  \
                  imageTagMirrors:\n  - {source: quay.io/b, mirrors: [m.example/b]}\n{{ end }}";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {name: \
                       prod}\n  source: {repoURL: https://g.example/x, path: charts/m}\n";
    let files = [
        ("apps/a.yaml", application),
        ("clusters/prod/a.yaml", IDMS),
        ("charts/m/Chart.yaml", "apiVersion: v2\nname: m\nversion: 1.0.0\n"),
        ("charts/m/templates/_m.tpl", helper),
        ("charts/m/templates/m.yaml", "{{ include \"m\" . }}\n"),
    ];
    let repo = GitRepo::new();
    repo.commit(&files, "state");
    repo.git(&["checkout", "-q", "-b", "change"]);
    repo.commit(&[("charts/m/templates/z.yaml", "{{ fail \"no\" }}\n")], "changed");
    let told = out(&plan(repo.root(), &["--base", "main"]));
    assert!(told.contains("prod: unknown, since a chart cannot be rendered"), "{told}");
}
