//! How long a check takes, as ratios to references measured in the same run:
//!
//! - 5,000 files of which 100 hold image configuration, against reading the same files with `std::fs::read`;
//! - 7,000 files of one cluster, 1,400 of them with workloads, once without image configuration and once with an allowlist that
//!   every image is held against, each against reading the same files;
//! - one small file, against starting a process that does nothing.
//!
//! The check runs as the command does, process and all; so does the reference reader, which is this program.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]

mod common;

use common::{reader, report};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILES: usize = 5_000;
const OURS: usize = 100;
const WORKLOADS: usize = 7_000;
/// As in the repositories of policies, whose tests run pods: one file in so many has workloads, the others speak of
/// images and have none.
const WORKLOAD_EVERY: usize = 5;
const ROUNDS: usize = 15;

fn main() {
    if common::is_reader() {
        return;
    }
    let directory = generate();
    let pullwarden = env!("CARGO_BIN_EXE_pullwarden");
    let small = directory.join("small.yaml");
    std::fs::write(&small, image(0)).expect("a file");
    let everything = directory.join("repository");

    let check = |path: &Path| {
        let mut command = Command::new(pullwarden);
        command.arg("check").arg(path).args(["--fail-on", "never"]);
        command
    };
    report(
        "5,000 files, 100 of them ours: check / read",
        ROUNDS,
        || check(&everything),
        || reader(&everything),
    );
    let workloads = directory.join("workloads");
    report(
        "7,000 files of workloads, no image configuration: check / read",
        ROUNDS,
        || check(&workloads),
        || reader(&workloads),
    );
    std::fs::write(workloads.join("image.yaml"), ALLOWLIST).expect("a file");
    report(
        "7,000 files of workloads and an allowlist: check / read",
        ROUNDS,
        || check(&workloads),
        || reader(&workloads),
    );
    report("one small file: check / start a process", ROUNDS, || check(&small), || Command::new("true"));
    std::fs::remove_dir_all(directory).expect("it was made here");
}

fn generate() -> PathBuf {
    let root = std::env::temp_dir().join(format!("pullwarden-bench-{}", std::process::id()));
    for number in 0..FILES {
        let directory = root.join(format!("repository/team-{}/app-{}", number % 50, number % 500));
        std::fs::create_dir_all(&directory).expect("a directory");
        let text = if number % (FILES / OURS) == 0 { image(number) } else { deployment(number) };
        std::fs::write(directory.join(format!("manifest-{number}.yaml")), text).expect("a file");
    }
    let workloads = root.join("workloads");
    for number in 0..WORKLOADS {
        let directory = workloads.join(format!("team-{}/app-{}", number % 50, number % 700));
        std::fs::create_dir_all(&directory).expect("a directory");
        let text = if number % WORKLOAD_EVERY == 0 { deployment(number) } else { policy(number) };
        std::fs::write(directory.join(format!("manifest-{number}.yaml")), text).expect("a file");
    }
    std::fs::write(workloads.join(".pullwarden.yaml"), "clusters:\n  prod: [\"**\"]\n").expect("a file");
    // Where the walk begins, whatever lies above.
    std::fs::create_dir_all(workloads.join(".git")).expect("a directory");
    root
}

/// Most of the generated images are covered.
const ALLOWLIST: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata: {name: cluster}
spec:
  registrySources:
    allowedRegistries: [quay.io, registry.redhat.io, 'image-registry.openshift-image-registry.svc:5000']
";

fn image(number: usize) -> String {
    let mut text = format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: mirrors-{number}\n\
         spec:\n  imageDigestMirrors:\n"
    );
    for source in 0..10 {
        writeln!(text, "  - source: registry.example.com/team-{number}/app-{source}").expect("a string");
        writeln!(text, "    mirrors: [mirror.example.com/{number}/{source}]").expect("a string");
    }
    text
}

fn deployment(number: usize) -> String {
    let mut text = String::new();
    for part in 0..3 {
        write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}-{part}\n  labels:\n    \
             app: a{number}\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: a{number}\n  template:\n    \
             metadata:\n      labels:\n        app: a{number}\n    spec:\n      containers:\n      - name: main\n        \
             image: quay.io/team/app-{number}:v1.{part}\n        imagePullPolicy: IfNotPresent\n        resources:\n          \
             limits:\n            memory: 256Mi\n"
        )
        .expect("a string");
    }
    text
}

fn policy(number: usize) -> String {
    let mut text = String::new();
    for part in 0..3 {
        write!(
            text,
            "---\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: policy-{number}-{part}\nspec:\n  \
             rules:\n  - name: images\n    match:\n      any:\n      - resources:\n          kinds: [Pod, Deployment]\n    \
             validate:\n      message: \"every image of team {number} has a tag, and it is not latest\"\n      pattern:\n        \
             spec:\n          containers:\n          - image: \"!*:latest\"\n            imagePullPolicy: IfNotPresent\n"
        )
        .expect("a string");
    }
    text
}
