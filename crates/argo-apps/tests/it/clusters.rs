//! The cluster generator (`Generators-Cluster.md`): what directories tell of clusters that Argo CD alone knows.

use crate::{Memory, expect, expect_all, left_out, read, set};

#[test]
fn clusters_are_a_selection() {
    let repository = Memory::directories(&[
        "app",
        "clusters/dev",
        "clusters/prod",
        "clusters/.git",
        "clusters/base",
        "overlays/eu",
        "overlays/us",
        "overlays/asia",
    ]);
    let all = "- clusters: {}";
    expect_all(
        &set(false, all, "app", "server: '{{server}}'"),
        &repository,
        "app: \"app\" -> [all clusters of Argo CD]",
    );
    let some = "- clusters:\n    selector:\n      matchLabels: {env: prod, argocd.argoproj.io/secret-type: cluster}\n      matchExpressions:\n      - {key: region, operator: In, values: [eu, us]}\n      - {key: old, operator: DoesNotExist}";
    expect_all(
        &set(true, some, "app", "name: '{{.name}}'"),
        &repository,
        "app: \"app\" -> [clusters with `!old,env=prod,region in (eu, us)`]",
    );
    // A directory with the name of a cluster says that there is one.
    let named = "app: \"clusters/dev\" -> cluster dev\napp: \"clusters/prod\" -> cluster prod";
    for (go, path, destination) in [
        (false, "clusters/{{name}}", "server: '{{server}}'"),
        (false, "./clusters/{{nameNormalized}}/", "name: '{{name}}'"),
        (true, "clusters/{{.name}}", "server: '{{.server}}'"),
        (true, "clusters/{{ .name | lower }}", "name: '{{ .name }}'"),
        (true, "{{ printf \"clusters/%s\" .name }}", "name: '{{ .name }}'"),
    ] {
        expect_all(&set(go, all, path, destination), &repository, named);
    }
    expect_all(
        &set(false, all, "clusters/{{name}}", "server: https://kubernetes.default.svc"),
        &repository,
        "app: \"clusters/dev\" -> in-cluster\napp: \"clusters/prod\" -> in-cluster",
    );
    // A label that the selector restricts.
    expect_all(
        &set(false, some, "overlays/{{metadata.labels.region}}", "server: '{{server}}'"),
        &repository,
        "app: \"overlays/eu\" -> [clusters with `!old,env=prod,region=eu`]\napp: \"overlays/us\" -> [clusters with `!old,env=prod,region=us`]",
    );
    expect_all(
        &set(true, some, "overlays/{{ index .metadata.labels \"region\" }}", "name: '{{.name}}'"),
        &repository,
        "app: \"overlays/eu\" -> [clusters with `!old,env=prod,region=eu`]\napp: \"overlays/us\" -> [clusters with `!old,env=prod,region=us`]",
    );
    let values = "- clusters:\n    values: {dir: 'clusters/{{name}}'}";
    expect_all(&set(false, values, "{{values.dir}}", "name: '{{name}}'"), &repository, named);
    let selected = format!("{all}\n  selector:\n    matchLabels: {{name: prod}}");
    expect_all(
        &set(false, &selected, "clusters/{{name}}", "name: '{{name}}'"),
        &repository,
        "app: \"clusters/prod\" -> cluster prod",
    );
    let flat = "- clusters: {flatList: true}";
    expect_all(&set(true, flat, "app", "name: hub"), &repository, "app: \"app\" -> cluster hub");
    let placement = "- clusterDecisionResource:\n    configMapRef: acm-placement\n    name: west";
    expect_all(
        &set(false, placement, "app", "server: '{{server}}'"),
        &repository,
        "app: \"app\" -> [clusters of `west`]",
    );
    // Every directory would fit these.
    for path in ["{{name}}", "clusters/{{name}}{{project}}"] {
        let text = set(false, all, path, "name: '{{name}}'");
        expect(&text, &repository, "");
        assert!(
            left_out(&read(&text, &repository), &text).contains("the clusters of Argo CD decide"),
            "{path}"
        );
    }
}

#[test]
fn a_source_of_another_repository_hides_no_other() {
    let repository = Memory::directories(&["app", "clusters/dev"]);
    let several = |paths: &str| {
        set(false, "- clusters: {}", "app", "name: '{{name}}'")
            .replace("      source:\n", &format!("      sources: {paths}\n      source:\n"))
    };
    expect_all(
        &several("[{path: app}, {path: 'elsewhere/{{name}}'}]"),
        &repository,
        "app: \"app\" -> [all clusters of Argo CD]",
    );
    expect_all(
        &several("[{path: 'clusters/{{name}}'}, {path: app}]"),
        &repository,
        "app: \"clusters/dev\", \"app\" -> cluster dev",
    );
}
