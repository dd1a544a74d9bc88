//! How much memory a process takes.

use std::process::{Command, Stdio};

/// The most memory that a process had, in KiB, as Linux tells it.
pub(crate) fn peak(mut command: Command) -> Option<u64> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut most = None;
    while child.try_wait().expect("it can be asked").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        most = most.max(kib);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    most
}
