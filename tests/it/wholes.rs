//! Whoever makes a cluster as a whole makes one of his own: two install-configs, and two `HostedCluster`s of different
//! namespaces, are never one cluster, and their names tell them apart.

use pullwarden::config::{Overrides, Settings};
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::source::Sources;

/// The names of the clusters with image configuration, each with its number of objects.
fn clusters(files: &[(&str, String)]) -> Vec<(String, usize)> {
    let mut inputs: Vec<Input> = files
        .iter()
        .map(|(name, text)| Input {
            name: (*name).to_owned(),
            origin: Origin::Text(text.clone().into_bytes()),
        })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    let settings = Settings::from_overrides(&Overrides::default());
    let repo = pipeline::read(Walked { inputs, ..Walked::default() }, &settings, &mut Sources::default());
    let configured = repo.clusters.iter().filter(|cluster| cluster.configures_images());
    configured
        .map(|cluster| {
            let objects = cluster.resources().filter(|resource| resource.is_image_configuration());
            (cluster.name.clone(), objects.count())
        })
        .collect()
}

fn install_config(name: &str) -> String {
    format!(
        "apiVersion: v1\nbaseDomain: corp.example\nmetadata:\n  name: {name}\nimageDigestSources:\n- source: quay.io/a/b\n  \
         mirrors: [m.example/b]\n"
    )
}

fn hosted(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: hypershift.openshift.io/v1beta1\nkind: HostedCluster\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec:\n  imageContentSources:\n  - source: quay.io/a/b\n    mirrors: [m.example/b]\n"
    )
}

fn named(names: &[(&str, usize)]) -> Vec<(String, usize)> {
    names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn install_configs_are_never_one_cluster() {
    let one = install_config("ocp4");
    let files = [("a/install-config.yaml", one.clone()), ("b/c/install-config.yaml", one.clone())];
    assert_eq!(clusters(&files), named(&[("a/ocp4", 1), ("b/c/ocp4", 1)]));
    let files =
        [("a/one.yaml", one.clone()), ("a/two.yaml", one.clone()), ("install-config.yaml", one.clone())];
    assert_eq!(clusters(&files), named(&[("./ocp4", 1), ("a/one.yaml/ocp4", 1), ("a/two.yaml/ocp4", 1)]));
    let twice = format!("{one}---\n{one}");
    assert_eq!(clusters(&[("all.yaml", twice)]), named(&[("all.yaml/ocp4 #1", 1), ("all.yaml/ocp4 #2", 1)]));
    assert_eq!(clusters(&[("a/install-config.yaml", one)]), named(&[("ocp4", 1)]));
}

#[test]
fn hosted_clusters_are_known_by_namespace_and_name() {
    let pool = "---\napiVersion: hypershift.openshift.io/v1beta1\nkind: NodePool\nmetadata: {name: prod, namespace: north}\n\
                spec: {clusterName: prod, config: [{name: mirrors}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: \
                mirrors, namespace: north}\ndata:\n  config: |\n    apiVersion: config.openshift.io/v1\n    kind: \
                ImageDigestMirrorSet\n    metadata: {name: own}\n    spec: {imageDigestMirrors: []}\n";
    let north = format!("{}{pool}", hosted("north", "prod"));
    let files = [("all/north.yaml", north.clone()), ("all/south.yaml", hosted("south", "prod"))];
    assert_eq!(clusters(&files), named(&[("north/prod", 2), ("south/prod", 1)]));
    assert_eq!(clusters(&[("all/north.yaml", north.clone())]), named(&[("prod", 2)]));
    let files = [("all/north.yaml", north), ("install-config.yaml", install_config("prod"))];
    assert_eq!(clusters(&files), named(&[("./prod", 1), ("north/prod", 2)]));
}
