//! How long a check takes, as ratios to references measured in the same run:
//!
//! - 5,000 files, of which none or 100 hold image configuration, against reading the same files with `std::fs::read`;
//! - 7,000 files of one cluster, all of them or every fifth with workloads, once without image configuration and once with an
//!   allowlist that every image is held against, each against reading the same files;
//! - a real tree of policies, which `PULLWARDEN_BENCH_TREE` names, with such an allowlist, against reading the same files;
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
    let root = std::env::temp_dir().join(format!("pullwarden-bench-{}", std::process::id()));
    let none = generate(&root.join("none"), FILES, deployment);
    against_reading("5,000 files, none of them ours", &none);
    let some = generate(&root.join("some"), FILES, |number| {
        if number % (FILES / OURS) == 0 { image(number) } else { deployment(number) }
    });
    against_reading("5,000 files, 100 of them ours", &some);
    let mixed = generate(&root.join("mixed"), WORKLOADS, |number| {
        if number % WORKLOAD_EVERY == 0 { deployment(number) } else { policy(number) }
    });
    configure(&mixed);
    against_reading("7,000 files, a fifth of them workloads, no image configuration", &mixed);
    allow(&mixed);
    against_reading("7,000 files, a fifth of them workloads, and an allowlist", &mixed);
    let workloads = generate(&root.join("workloads"), WORKLOADS, deployment);
    configure(&workloads);
    allow(&workloads);
    against_reading("7,000 files, all of them workloads, and an allowlist", &workloads);
    match std::env::var_os("PULLWARDEN_BENCH_TREE") {
        Some(tree) => {
            let real = root.join("real");
            copy(Path::new(&tree), &real);
            configure(&real);
            allow(&real);
            against_reading("a real tree, and an allowlist", &real);
        }
        None => println!("a real tree, and an allowlist: not measured, as PULLWARDEN_BENCH_TREE names none"),
    }
    let small = root.join("small.yaml");
    std::fs::write(&small, image(0)).expect("a file");
    report("one small file: check / start a process", ROUNDS, || check(&small), || Command::new("true"));
    std::fs::remove_dir_all(root).expect("it was made here");
}

fn check(path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.arg("check").arg(path).args(["--fail-on", "never"]);
    command
}

fn against_reading(what: &str, directory: &Path) {
    report(&format!("{what}: check / read"), ROUNDS, || check(directory), || reader(directory));
}

/// Writes `count` files in directories of teams.
fn generate(directory: &Path, count: usize, text: impl Fn(usize) -> String) -> PathBuf {
    for number in 0..count {
        let directory = directory.join(format!("team-{}/app-{}", number % 50, number % (count / 10)));
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(format!("manifest-{number}.yaml")), text(number)).expect("a file");
    }
    // Where the walk begins, whatever lies above.
    std::fs::create_dir_all(directory.join(".git")).expect("a directory");
    directory.to_owned()
}

/// One cluster gets everything.
fn configure(directory: &Path) {
    std::fs::write(directory.join(".pullwarden.yaml"), "clusters:\n  prod: [\"**\"]\n").expect("a file");
}

fn allow(directory: &Path) {
    std::fs::write(directory.join("image.yaml"), ALLOWLIST).expect("a file");
}

/// Copies the files of a directory; links are left out.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let (kind, to) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to).expect("a file");
        }
    }
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
