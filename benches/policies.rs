//! What policies cost: a check with ten of them as a ratio to the check without, over five thousand objects of one cluster and
//! over five hundred clusters. Aim: below two.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Each time is the best of so many.
const ROUNDS: usize = 3;

/// Policies that look at their object alone.
const OF_OBJECTS: usize = 10;

fn main() {
    let directory = std::env::temp_dir().join(format!("pullwarden-policies-{}", std::process::id()));
    let of_objects = policies(&directory.join("of-objects"), false);
    let of_clusters = policies(&directory.join("of-clusters"), true);
    let objects = objects(&directory.join("objects"), 5_000);
    let clusters = clusters(&directory.join("clusters"), 500);
    println!("repository     without     10 over objects  ratio   10 over clusters  ratio");
    for (name, repository) in [("5,000 objects", &objects), ("500 clusters", &clusters)] {
        let without = best(repository, &[]);
        let over_objects = best(repository, &["--policy", &text(&of_objects)]);
        let over_clusters = best(repository, &["--policy", &text(&of_clusters), "--policy-input", "cluster"]);
        println!(
            "{name:<14} {without:<11.0?} {over_objects:<16.0?} {:<7.2} {over_clusters:<17.0?} {:.2}",
            ratio(over_objects, without),
            ratio(over_clusters, without)
        );
    }
    let _ = fs::remove_dir_all(&directory);
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn best(repository: &Path, args: &[&str]) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_pullwarden"))
            .args(["check", "--fail-on", "never"])
            .args(args)
            .current_dir(repository)
            .stdout(Stdio::null())
            .status()
            .expect("pullwarden runs");
        assert!(status.success(), "a check with {args:?}");
        started.elapsed()
    });
    times.min().unwrap_or_default()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, text).expect("a file");
}

/// Ten policies that find nothing.
fn policies(directory: &Path, are_of_clusters: bool) -> PathBuf {
    for number in 0..OF_OBJECTS {
        let (each, spec) = if are_of_clusters {
            ("some image in input.images", "image.spec")
        } else {
            ("some container in input.spec.template.spec.containers", "container.image")
        };
        let policy = format!(
            "package main\n\ndeny_{number} contains msg if {{\n\t{each}\n\tstartswith({spec}, \"registry-{number}.invalid/\")\n\t\
             msg := sprintf(\"`%s` is not ours\", [{spec}])\n}}\n"
        );
        write(&directory.join(format!("deny_{number}.rego")), &policy);
    }
    directory.to_owned()
}

fn deployment(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{number}\n  namespace: team-{}\n  labels: {{app: web-{number}}}\n\
         spec:\n  replicas: 2\n  selector:\n    matchLabels: {{app: web-{number}}}\n  template:\n    metadata:\n      labels: {{app: \
         web-{number}}}\n    spec:\n      containers:\n      - name: web\n        image: quay.io/team-{}/web-{number}:1.{number}\n        \
         ports:\n        - containerPort: 8080\n        resources:\n          limits: {{cpu: 500m, memory: 512Mi}}\n        env:\n        \
         - {{name: MODE, value: fast}}\n",
        number % 50,
        number % 50
    )
}

fn mirror_set() -> String {
    let mut text = String::from(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: mirrors}\nspec:\n  imageDigestMirrors:\n",
    );
    for team in 0..50 {
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "  - source: quay.io/team-{team}\n    mirrors: [mirror.example.com/team-{team}]");
    }
    text
}

/// One cluster with so many objects.
fn objects(directory: &Path, count: usize) -> PathBuf {
    write(&directory.join(".pullwarden.yaml"), "clusters:\n  prod: ['**']\n");
    write(&directory.join("mirrors.yaml"), &mirror_set());
    for number in 0..count {
        write(&directory.join(format!("apps/{}/web-{number}.yaml", number % 50)), &deployment(number));
    }
    directory.to_owned()
}

/// So many clusters that share a base of a mirror set and twenty objects.
fn clusters(directory: &Path, count: usize) -> PathBuf {
    let mut resources = String::from("resources:\n- mirrors.yaml\n");
    write(&directory.join("base/mirrors.yaml"), &mirror_set());
    for number in 0..20 {
        write(&directory.join(format!("base/web-{number}.yaml")), &deployment(number));
        let _ = writeln!(resources, "- web-{number}.yaml");
    }
    write(&directory.join("base/kustomization.yaml"), &resources);
    for number in 0..count {
        let patch = format!(
            "resources: [../../base]\npatches:\n- target: {{kind: Deployment, name: web-1}}\n  patch: |\n    - {{op: replace, path: \
             /spec/replicas, value: {}}}\n",
            number % 5 + 2
        );
        write(&directory.join(format!("clusters/c{number}/kustomization.yaml")), &patch);
    }
    directory.to_owned()
}
