//! A repository of clusters over shared bases, 100 files for each: a kustomization with patches of its own.

use std::fmt::Write;
use std::path::{Path, PathBuf};

const BASES: usize = 20;
const FILES_OF_BASE: usize = 60;
const FILES_OF_CLUSTER: usize = 94;

/// Writes the repository to a directory of its own.
pub(crate) fn generate(clusters: usize) -> PathBuf {
    let root = std::env::temp_dir().join(format!("pullwarden-clusters-{clusters}-{}", std::process::id()));
    for base in 0..BASES {
        applications(&root.join(format!("bases/b{base}")), &format!("b{base}"), FILES_OF_BASE);
    }
    let mut mirrors = String::from(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: release\nspec:\n  \
         imageDigestMirrors:\n",
    );
    for source in 0..30 {
        let name = format!("team/app{source}");
        writeln!(mirrors, "  - source: quay.io/{name}\n    mirrors: [mirror.example.com/{name}]")
            .expect("a string");
    }
    write(&root.join("bases/images/idms.yaml"), &mirrors);
    write(&root.join("bases/images/image.yaml"), &image(""));
    write(&root.join("bases/images/kustomization.yaml"), "resources: [image.yaml, idms.yaml]\n");
    for cluster in 0..clusters {
        let directory = root.join(format!("clusters/c{cluster:03}"));
        applications(&directory.join("apps"), &format!("c{cluster}"), FILES_OF_CLUSTER);
        let registry = format!("mirror-{cluster}.example.com");
        write(&directory.join("image.yaml"), &image(&format!("    - {registry}\n")));
        let kustomization = format!(
            "resources: [../../bases/images, ../../bases/b{}, apps]\npatches:\n- path: image.yaml\n- target: {{kind: \
             ImageDigestMirrorSet}}\n  patch: |\n    - op: replace\n      path: /spec/imageDigestMirrors/0/mirrors/0\n      \
             value: {registry}/team/app0\n",
            cluster % BASES,
        );
        write(&directory.join("kustomization.yaml"), &kustomization);
    }
    root
}

/// An `Image` that allows what a cluster needs, and `more`.
fn image(more: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources:\n    \
         allowedRegistries:\n    - image-registry.openshift-image-registry.svc:5000\n    - quay.io\n    - \
         registry.redhat.io\n{more}"
    )
}

/// A kustomization of workloads.
fn applications(directory: &Path, prefix: &str, count: usize) {
    let mut kustomization = String::from("resources:\n");
    for number in 0..count {
        let name = format!("{prefix}-app{number}");
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 2\n  selector:\n    \
             matchLabels: {{app: {name}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    spec:\n      \
             containers:\n      - name: main\n        image: quay.io/team/app{number}:v1\n        resources:\n          \
             limits: {{memory: 256Mi}}\n"
        );
        write(&directory.join(format!("app{number}.yaml")), &text);
        writeln!(kustomization, "- app{number}.yaml").expect("a string");
    }
    write(&directory.join("kustomization.yaml"), &kustomization);
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("it can be made");
    std::fs::write(path, text).expect("a file");
}
