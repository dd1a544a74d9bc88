//! Clusters that share bases get what each of them gets alone, though the objects of a base are built, read and kept
//! once for all.

use pullwarden::check::triage::Report;
use pullwarden::config::{Overrides, Settings};
use pullwarden::model::{Cluster, Repo, Resource, Workload};
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::source::{Sources, Span};
use std::collections::BTreeSet;

const CLUSTERS: usize = 6;

const IMAGE: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata: {name: cluster}
spec:
  registrySources:
    allowedRegistries: [quay.io, registry.redhat.io, image-registry.openshift-image-registry.svc:5000]
";

const MIRRORS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: release}
spec:
  imageDigestMirrors:
  - {source: quay.io/team, mirrors: [mirror.example.com/team]}
  - {source: docker.io, mirrors: [mirror.example.com/hub]}
";

fn deployment(name: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      containers:\n      \
         - {{name: main, image: '{image}'}}\n"
    )
}

/// The files of the shared bases.
fn bases() -> Vec<(String, String)> {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Image}\n  patch: \
                     '[{\"op\": \"add\", \"path\": \"/spec/registrySources/allowedRegistries/-\", \"value\": \"ghcr.io\"}]'\n";
    let mut files = vec![
        ("bases/images/image.yaml".to_owned(), IMAGE.to_owned()),
        ("bases/images/mirrors.yaml".to_owned(), MIRRORS.to_owned()),
        ("bases/images/kustomization.yaml".to_owned(), "resources: [image.yaml, mirrors.yaml]\n".to_owned()),
        ("components/ghcr/kustomization.yaml".to_owned(), component.to_owned()),
    ];
    let mut listed = Vec::new();
    for (name, image) in
        [("web", "quay.io/team/web:v1"), ("odd", "docker.io/odd/odd"), ("away", "gcr.io/a/b:c")]
    {
        listed.push(format!("{name}.yaml"));
        files.push((format!("bases/apps/{name}.yaml"), deployment(name, image)));
    }
    files.push(("bases/apps/kustomization.yaml".to_owned(), format!("resources: [{}]\n", listed.join(", "))));
    files
}

/// The files of one cluster; `changes` are the changes in its kustomization.
fn cluster(number: usize, changes: &str) -> Vec<(String, String)> {
    let at = |name: &str| format!("clusters/c{number}/{name}");
    let kustomization = format!("resources: [../../bases/images, ../../bases/apps, own.yaml]\n{changes}");
    vec![
        (at("own.yaml"), deployment("own", &format!("docker.io/own/{number}"))),
        (at("kustomization.yaml"), kustomization.replace("NUMBER", &number.to_string())),
    ]
}

fn reported(mut files: Vec<(String, String)>) -> (Repo, Report, Sources) {
    files.sort();
    let input = |(name, text): (String, String)| Input { name, origin: Origin::Text(text.into_bytes()) };
    let inputs = files.into_iter().map(input).collect();
    let settings = Settings::from_overrides(&Overrides::default());
    let mut sources = Sources::default();
    let (repo, report) = pipeline::checked(Walked { inputs, ..Walked::default() }, &settings, &mut sources);
    (repo, report, sources)
}

fn checked(files: Vec<(String, String)>) -> (Repo, BTreeSet<String>, Sources) {
    let (repo, report, sources) = reported(files);
    let found = said(&report, &sources);
    (repo, found, sources)
}

/// Each diagnostic as a text for each of its clusters.
fn said(report: &Report, sources: &Sources) -> BTreeSet<String> {
    let diagnostics = report.diagnostics.iter().flat_map(|diagnostic| {
        let (rule, message) = (diagnostic.rule.id, &diagnostic.message);
        let place = place(diagnostic.span, sources);
        let (help, severity) = (diagnostic.help.clone().unwrap_or_default(), diagnostic.severity);
        let text = format!("{rule} {severity:?} {message} {place} {help}");
        diagnostic.clusters.iter().map(move |cluster| format!("{cluster}: {text}")).collect::<Vec<_>>()
    });
    diagnostics.collect()
}

fn place(span: Span, sources: &Sources) -> String {
    let name = sources.get(span.file).map_or("?", |source| source.name.as_str());
    format!("{name}:{}..{}", span.start, span.end)
}

fn place_of(text: &str, span: Span, sources: &Sources) -> String {
    format!("{text} {}", place(span, sources))
}

/// All that a cluster gets, with the places.
fn told(cluster: &Cluster, sources: &Sources) -> Vec<String> {
    let resource = |resource: &Resource| {
        let nodes = resource.manifest.root().descendants();
        let nodes: Vec<String> = nodes.map(|node| place_of(node.text(), node.span(), sources)).collect();
        format!("{:?} {nodes:?}", resource.identity())
    };
    let workload = |workload: &Workload| {
        let images = workload.images.iter();
        let images: Vec<String> = images
            .map(|image| {
                let place = place_of(&image.image.value, image.image.span, sources);
                format!(
                    "{place} {} {:?}",
                    image.field,
                    image.replaced.map(|span| place_of("", span, sources))
                )
            })
            .collect();
        format!("{:?} {images:?}", workload.identity)
    };
    cluster.resources().map(resource).chain(cluster.workloads().map(workload)).collect()
}

#[test]
fn clusters_over_shared_bases_get_what_each_gets_alone() {
    let shapes = [
        "",
        "namePrefix: pNUMBER-\n",
        "namespace: nNUMBER\ncommonLabels: {cluster: cNUMBER}\n",
        "components: [../../components/ghcr]\n",
        "images: [{name: quay.io/team/web, newTag: vNUMBER}]\n",
        "patches:\n- target: {kind: ImageDigestMirrorSet}\n  patch: '[{\"op\": \"replace\", \"path\": \
         \"/spec/imageDigestMirrors/0/mirrors/0\", \"value\": \"mNUMBER.example.com/team\"}]'\n- target: {kind: Deployment, \
         name: odd}\n  patch: '[{\"op\": \"replace\", \"path\": \"/spec/template/spec/containers/0/image\", \"value\": \
         \"docker.io/odd/cNUMBER\"}]'\n",
    ];
    for shape in shapes {
        let mut all = bases();
        all.extend((0..CLUSTERS).flat_map(|number| cluster(number, shape)));
        let (fleet, found, sources) = checked(all);
        assert_eq!(fleet.clusters.len(), CLUSTERS, "{shape}");
        assert!(found.iter().any(|text| text.contains("bases/apps/")), "{shape}: {found:#?}");
        for (number, shared) in fleet.clusters.iter().enumerate() {
            let mut files = bases();
            files.extend(cluster(number, shape));
            let (alone, of_alone, of_it) = checked(files);
            let [only] = &alone.clusters[..] else { panic!("{shape}: {} clusters", alone.clusters.len()) };
            assert_eq!((&shared.name, shared.standing), (&only.name, only.standing), "{shape}");
            assert_eq!(told(shared, &sources), told(only, &of_it), "{shape}");
            let start = format!("{}: ", shared.name);
            let of_shared: BTreeSet<String> =
                found.iter().filter(|text| text.starts_with(&start)).cloned().collect();
            assert_eq!(of_shared, of_alone, "{shape}");
        }
    }
}

#[test]
fn objects_that_no_cluster_changes_are_kept_once() {
    let mut all = bases();
    all.extend((0..CLUSTERS).flat_map(|number| cluster(number, "")));
    let (fleet, _, _) = checked(all);
    let workloads = |cluster: &Cluster| cluster.workloads().map(std::ptr::from_ref).collect::<BTreeSet<_>>();
    let resources = |cluster: &Cluster| cluster.resources().map(std::ptr::from_ref).collect::<BTreeSet<_>>();
    let (first, rest) = fleet.clusters.split_first().expect("clusters");
    assert_eq!((workloads(first).len(), resources(first).len()), (4, 2));
    for other in rest {
        // Each has one workload of its own.
        assert_eq!(workloads(first).intersection(&workloads(other)).count(), 3);
        assert_eq!(resources(first), resources(other));
    }
}

#[test]
fn findings_of_very_many_clusters_are_joined_like_those_of_few() {
    const MANY: usize = 400;
    // Each cluster finds something at a place of its own, and all find the same of `docker.io` and of `web`.
    let files = |numbers: std::ops::Range<usize>| {
        let mut files = bases();
        files.extend(numbers.flat_map(|number| cluster(number, "")));
        files
    };
    let (fleet, report, sources) = reported(files(0..MANY));
    assert_eq!(fleet.clusters.len(), MANY);
    let mut of_parts = BTreeSet::new();
    for first in (0..MANY).step_by(40) {
        let (_, of_part, _) = checked(files(first..first + 40));
        of_parts.extend(of_part);
    }
    assert_eq!(said(&report, &sources), of_parts);
    let of_all = report.diagnostics.iter().filter(|diagnostic| diagnostic.clusters.len() == MANY);
    assert!(of_all.count() > 1);
    let mut met = BTreeSet::new();
    for diagnostic in &report.diagnostics {
        assert!(diagnostic.clusters.is_sorted(), "{diagnostic:?}");
        assert!(met.insert((diagnostic.span, diagnostic.rule.id, &diagnostic.message)), "{diagnostic:?}");
    }
}
