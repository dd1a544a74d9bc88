//! A check of a repository of 500 clusters over shared bases, 50,000 files, each cluster a kustomization with patches of
//! its own: the time as a ratio to reading the same files in the same run, and the memory.

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
use std::process::Command;

const ROUNDS: usize = 7;

fn main() {
    if common::is_reader() {
        return;
    }
    let directory = generate(500);
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
        command.arg("check").arg(&directory).args(["--fail-on", "never"]);
        command
    };
    report("500 clusters in 50,000 files: check / read", ROUNDS, check, || reader(&directory));
    match peak(check()) {
        Some(kib) => println!("the same: {} MiB of memory at most", kib / 1024),
        None => println!("the same: this system does not tell how much memory"),
    }
    std::fs::remove_dir_all(directory).expect("it was made here");
}
