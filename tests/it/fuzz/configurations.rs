//! Configurations that are nearly right, over a repository with something for each key.

use super::{Files, Random, corpus, is_sound, mutated, run};
use crate::command::{BAD, GOOD};
use pullwarden::config;

const WHOLE: &str = "preset: strict\nopenshift: \"4.18\"\nplatform: ocp\nrelease-image: quay.io/a/b\nfail-on: warning\n\
    clusters:\n  prod:\n    roots: [overlays/*]\n    paths: [clusters/prod, '*.yaml']\n    openshift: \"4.16\"\nrules:\n  \
    deprecated-icsp: error\n  payload-registry-not-allowed:\n    severity: note\n    registries: [r.example]\nignore:\n- rule: \
    invalid-source\n  path: clusters/**\n  resource: 'Image/*'\n  cluster: prod\n  reason: x\n  until: 2027-03-31\nexclude: \
    [test/**]\nrender:\n- root: charts\n  command: [helm, template, .]\n  cluster: prod\ncharts:\n- root: charts\n  \
    values-files: [values.yaml]\n  values: {a: {b: [c]}}\n  release: x\n  namespace: y\n  cluster: prod\nworkloads:\n  Foo.example.com: \
    ['spec.image']\n";

#[test]
fn random_configurations_are_reported_and_harm_nothing() {
    run(
        "configurations",
        80,
        |random| {
            let configuration = configuration(random);
            vec![
                (".pullwarden.yaml".to_owned(), mutated(random, &configuration).into_bytes()),
                ("clusters/prod/icsp.yaml".to_owned(), BAD.into()),
                ("overlays/a/idms.yaml".to_owned(), GOOD.into()),
                ("overlays/a/kustomization.yaml".to_owned(), "resources: [idms.yaml]\n".into()),
                ("charts/Chart.yaml".to_owned(), "apiVersion: v2\nname: a\nversion: 1.0.0\n".into()),
                ("charts/templates/a.yaml".to_owned(), GOOD.into()),
                ("values.yaml".to_owned(), "a: {b: [d]}\n".into()),
            ]
        },
        is_sound,
    );
}

/// The one above, or one of a fixture.
fn configuration(random: &mut Random) -> String {
    let is_configuration =
        |name: &str| config::NAMES.iter().any(|known| name.rsplit('/').next() == Some(*known));
    let all: Files = corpus().iter().filter(|(name, _)| is_configuration(name)).cloned().collect();
    if all.is_empty() || random.one_in(3) {
        return WHOLE.to_owned();
    }
    let text = String::from_utf8_lossy(&random.pick(&all).1).into_owned();
    // Commands of fixtures are not run here.
    text.replace("# pullwarden check --allow-exec", "#")
}
