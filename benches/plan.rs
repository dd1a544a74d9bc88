//! A plan of a change of one base of 500 clusters in 50,000 files: the time as a ratio to a check of the same working tree in
//! the same run, and the memory of both.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]

#[path = "common/clusters.rs"]
mod clusters;
mod common;
#[path = "common/memory.rs"]
mod memory;

use clusters::generate;
use common::{reader, report};
use memory::peak;
use std::path::Path;
use std::process::Command;

const ROUNDS: usize = 5;

fn main() {
    if common::is_reader() {
        return;
    }
    let directory = generate(500);
    git(&directory, &["init", "-q", "-b", "main"]);
    git(&directory, &["add", "-A"]);
    git(&directory, &["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "base"]);
    let image = directory.join("bases/images/image.yaml");
    let text = std::fs::read_to_string(&image).expect("a file");
    std::fs::write(&image, text + "    insecureRegistries:\n    - new.example.com\n").expect("a file");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
        command.args(arguments).args(["--fail-on", "never"]).arg(&directory);
        command
    };
    let plan = || command(&["plan", "--base", "main"]);
    let check = || command(&["check"]);
    report("a change of one base of 500 clusters in 50,000 files: plan / check", ROUNDS, plan, check);
    report("the same: plan / read", 1, plan, || reader(&directory));
    for (what, command) in [("plan", plan()), ("check", check())] {
        match peak(command) {
            Some(kib) => println!("{what}: {} MiB of memory at most", kib / 1024),
            None => println!("{what}: this system does not tell how much memory"),
        }
    }
    std::fs::remove_dir_all(directory).expect("it was made here");
}

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(directory).status().expect("git is there");
    assert!(status.success(), "{arguments:?}");
}
