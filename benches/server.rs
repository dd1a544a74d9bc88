//! The time from a keystroke to the diagnostics that come of it, in the language server: median and worst of 200, in
//! repositories of 5,000 and 50,000 files with a kustomization for each 100 files; and the memory.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads and writes its own files")]
#![allow(dead_code, reason = "other benchmarks measure processes")]

#[path = "common/clusters.rs"]
mod clusters;

use clusters::generate;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const KEYSTROKES: usize = 200;

fn main() {
    for clusters in [50, 500] {
        let directory = generate(clusters);
        measure(&directory, clusters * 100);
        std::fs::remove_dir_all(directory).expect("it was made here");
    }
}

fn measure(directory: &Path, files: usize) {
    let root = directory.canonicalize().expect("a path");
    let root = format!("file://{}", root.to_str().expect("UTF-8"));
    let mut server = Server::start();
    let watches = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    server.send(
        &json!({ "id": 1, "method": "initialize", "params": { "rootUri": root, "capabilities": watches } }),
    );
    server.send(&json!({ "method": "initialized", "params": {} }));
    let file = "clusters/c007/image.yaml";
    let uri = format!("{root}/{file}");
    let text = std::fs::read_to_string(directory.join(file)).expect("a text");
    let item = json!({ "uri": uri, "languageId": "yaml", "version": 0, "text": text });
    let start = Instant::now();
    server.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": item } }));
    let line = text.lines().count();
    let mut times: Vec<Duration> = Vec::new();
    for version in 1..=KEYSTROKES {
        // A registry is written letter by letter; without its end it has a scheme, which is an error.
        let place =
            if version == 1 { (line, 0, line, 0) } else { (line, 14 + version - 2, line, 14 + version - 2) };
        let new = if version == 1 { "    - https://" } else { "a" };
        let range = json!({ "start": { "line": place.0, "character": place.1 }, "end": { "line": place.2, "character": place.3 } });
        let start = Instant::now();
        server.send(&json!({ "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "range": range, "text": new }],
        } }));
        server.until(&uri, version as u64);
        times.push(start.elapsed());
        if version == 1 {
            times.clear();
        }
    }
    let first = start.elapsed().saturating_sub(times.iter().sum::<Duration>());
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{files} files: {:.1} ms from a keystroke to its diagnostics (median of {}; worst {:.1} ms; the first check {:.0} ms)",
        milliseconds(times[times.len() / 2]),
        times.len(),
        milliseconds(times[times.len() - 1]),
        milliseconds(first),
    );
    println!("{files} files: {}", server.memory());
}

struct Server {
    child: Child,
    input: ChildStdin,
    out: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pullwarden"));
        let mut child =
            command.arg("server").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let input = child.stdin.take().expect("a pipe");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, out }
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = json!("2.0");
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it listens");
        self.input.flush().expect("it listens");
    }

    /// Reads until the diagnostics of a version are there.
    fn until(&mut self, uri: &str, version: u64) {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                self.out.read_line(&mut line).expect("a line");
                if line.trim().is_empty() {
                    break;
                }
                length =
                    line.trim().rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a length");
            }
            let mut bytes = vec![0; length];
            self.out.read_exact(&mut bytes).expect("a message");
            let message: Value = serde_json::from_slice(&bytes).expect("JSON");
            let params = &message["params"];
            if params["uri"] == uri && params["version"] == version {
                return;
            }
        }
    }

    /// The memory of the server, as Linux tells it.
    fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        };
        match (of("VmRSS:"), of("VmHWM:")) {
            (Some(now), Some(most)) => format!("{} MiB of memory, {} MiB at most", now / 1024, most / 1024),
            _ => "this system does not tell how much memory".to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
