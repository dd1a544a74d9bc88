//! Ratios of whole processes, and the reader that checks are compared with.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether this process is the reference: then it has read every file below the directory it was given.
pub(crate) fn is_reader() -> bool {
    let mut args = std::env::args().skip(1);
    let is_reader = args.next().as_deref() == Some("read");
    if is_reader {
        assert!(read_all(Path::new(&args.next().expect("a directory"))) > 0);
    }
    is_reader
}

/// Reads every file below `directory` with `std::fs::read`, in a process of its own.
pub(crate) fn reader(directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("read").arg(directory);
    command
}

/// Measures the two in turn, so that a machine that slows down slows both.
pub(crate) fn report(what: &str, rounds: usize, one: impl Fn() -> Command, other: impl Fn() -> Command) {
    let mut times: Vec<(Duration, Duration)> = (0..=rounds).map(|_| (time(one()), time(other()))).collect();
    // The first round warms the caches.
    times.remove(0);
    let mut ratios: Vec<f64> = times.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1000.0
    };
    println!(
        "{what}: {:.2} (median of {rounds}; from {:.2} to {:.2}; {:.1} ms / {:.1} ms)",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1],
        median(times.iter().map(|t| t.0).collect()),
        median(times.iter().map(|t| t.1).collect()),
    );
}

fn time(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("it runs");
    assert!(status.success(), "{command:?}");
    start.elapsed()
}

fn read_all(directory: &Path) -> usize {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        bytes += if path.is_dir() { read_all(&path) } else { std::fs::read(&path).expect("a file").len() };
    }
    bytes
}
