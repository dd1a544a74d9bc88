//! How the time of a command grows with one dimension of its input: each at n, 2n and 4n, and the exponent between the
//! last two. 1 is linear, and n log n is at most 1.1 here; what is above 1.2 grows too fast. Where a run takes less than
//! 0.1 s, its start counts too much for the exponent to say anything.
//!
//! `cargo bench --bench growth` takes all dimensions, `cargo bench --bench growth -- list` those with `list` in their names.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "growth/dimensions.rs"]
mod dimensions;

use dimensions::{DIMENSIONS, Files};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Each time is the best of so many.
const ROUNDS: usize = 3;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let root = std::env::temp_dir().join(format!("pullwarden-growth-{}", std::process::id()));
    println!("{:<34} {:>7} {:>7} {:>7} {:>7}  exponent", "dimension", "n", "n", "2n", "4n");
    for (name, command, n, files) in DIMENSIONS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let times = [1, 2, 4].map(|times| {
            write(&root, files(n * times));
            let best = (0..ROUNDS).map(|_| time(&root, command)).min().unwrap_or_default();
            std::fs::remove_dir_all(&root).expect("it was made here");
            best.as_secs_f64()
        });
        let exponent = (times[2] / times[1]).log2();
        let [one, two, four] = times;
        println!("{name:<34} {n:>7} {one:>6.2}s {two:>6.2}s {four:>6.2}s  {exponent:.2}");
    }
}

fn write(root: &Path, files: Files) {
    // Where the walk begins, whatever lies above.
    std::fs::create_dir_all(root.join(".git")).expect("a directory");
    for (name, text) in files {
        let path: PathBuf = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(root)).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
}

fn time(root: &Path, arguments: &str) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
    command.args(arguments.split(' ')).current_dir(root).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("it runs");
    assert!(status.code().is_some_and(|code| code < 2), "{command:?}: {status}");
    start.elapsed()
}
