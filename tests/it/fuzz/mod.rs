//! Random input of every kind, grown from the fixtures. Each target takes the same cases in every run; it panics with
//! the command that replays a case that fails, and keeps its files.
//!
//! `FUZZ_SECONDS=3600 cargo test --release --test it fuzz::` goes on for an hour with each target, `FUZZ_SEED=7` takes
//! other cases, and `FUZZ_CASE=12` takes one alone.

#![allow(clippy::print_stdout, reason = "a target says how many cases it took")]
#![allow(clippy::semicolon_if_nothing_returned, reason = "a table of changes")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "the fixtures have names of one case")]

mod configurations;
mod fixes;
mod reports;
mod repositories;
mod strings;
mod texts;

use crate::generated;
use crate::harness::{Checked, Repository, Run};
use pullwarden::program::guard;
use pullwarden::report::Format;
use pullwarden::report::{self, Context, Style};
use pullwarden::rules::rule::Preset;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The files of a repository.
type Files = Vec<(String, Vec<u8>)>;

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(target: &str, seed: u64, case: u64) -> Self {
        let name = target.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        let mut random = Self(name ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (case << 20));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// Runs a target: `cases` of what `make` makes have to pass `test`.
fn run(
    target: &str,
    cases: u64,
    make: impl Fn(&mut Random) -> Files,
    test: impl Fn(&Files) -> Result<(), String>,
) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seed, only) = (number("FUZZ_SEED").unwrap_or(1), number("FUZZ_CASE"));
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut case = only.unwrap_or(0);
    let start = Instant::now();
    while until.map_or(case < cases.max(only.map_or(0, |only| only + 1)), |until| Instant::now() < until) {
        let files = make(&mut Random::of(target, seed, case));
        let fails = |files: &Files| match guard::run(|| test(files)) {
            Ok(result) => result.err(),
            Err(fault) => Some(format!("panicked at {}", fault.place)),
        };
        if let Some(why) = fails(&files) {
            let (files, why) = shrunk(files, why, &fails);
            let place = keep(target, seed, case, &files);
            panic!(
                "{why}\n\nagain: FUZZ_SEED={seed} FUZZ_CASE={case} cargo test --test it fuzz::{target}\nfiles: {}",
                place.display()
            );
        }
        case += 1;
        if only.is_some() {
            break;
        }
    }
    println!("{target}: {case} cases in {:?}", start.elapsed());
}

/// The same failure with fewer files and lines.
fn shrunk(mut files: Files, mut why: String, fails: &impl Fn(&Files) -> Option<String>) -> (Files, String) {
    let until = Instant::now() + Duration::from_secs(20);
    let mut number = 0;
    while number < files.len() && Instant::now() < until {
        let mut fewer = files.clone();
        fewer.remove(number);
        match fails(&fewer) {
            Some(again) => (files, why) = (fewer, again),
            None => number += 1,
        }
    }
    for number in 0..files.len() {
        let mut size = files[number].1.split(|byte| *byte == b'\n').count() / 2;
        while size > 0 {
            let mut from = 0;
            loop {
                let lines: Vec<&[u8]> = files[number].1.split_inclusive(|byte| *byte == b'\n').collect();
                if from >= lines.len() || Instant::now() >= until {
                    break;
                }
                let left = [&lines[..from], &lines[(from + size).min(lines.len())..]].concat().concat();
                let mut fewer = files.clone();
                fewer[number].1 = left;
                match fails(&fewer) {
                    Some(again) => (files, why) = (fewer, again),
                    None => from += size,
                }
            }
            size /= 2;
        }
    }
    (files, why)
}

/// Keeps the files of a case.
fn keep(target: &str, seed: u64, case: u64, files: &Files) -> PathBuf {
    let directory = generated::root().join("target/fuzz").join(format!("{target}-{seed}-{case}"));
    let _ = std::fs::remove_dir_all(&directory);
    for (name, text) in files {
        // Names are a part of what is tried, and not every one is a path.
        let name: String = name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
        let path = directory.join(name.trim_start_matches('/'));
        let _ = path.parent().map(std::fs::create_dir_all);
        let _ = std::fs::write(path, text);
    }
    directory
}

/// The files of the fixtures: what is bad, what is good, and whole repositories.
fn corpus() -> &'static Files {
    static CORPUS: OnceLock<Files> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let root = generated::root().join("fixtures");
        let mut files = Vec::new();
        let mut directories = vec![root.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(&directory).expect("a directory").flatten() {
                let path = entry.path();
                let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
                // States of the operator are thousands of small files of one kind; the last are checked with a rule that
                // panics.
                let is_many = ["mco", "api", "internal-error"].contains(&name.as_str());
                if path.is_dir() && !is_many {
                    directories.push(path);
                } else if path.is_file() && !name.contains(".marks") {
                    let text = std::fs::read(&path).expect("a file");
                    if text.len() < 6_000 && std::str::from_utf8(&text).is_ok() {
                        files.push((name, text));
                    }
                }
            }
        }
        files.sort();
        assert!(files.len() > 300, "the fixtures are there");
        files
    })
}

/// A text of the corpus that holds manifests.
fn manifest(random: &mut Random) -> String {
    loop {
        let (name, text) = random.pick(corpus());
        if name.ends_with(".yaml") || name.ends_with(".json") {
            return String::from_utf8(text.clone()).expect("the corpus is UTF-8");
        }
    }
}

/// What stands where nobody expects it.
const ODD: [&str; 44] = [
    "",
    "~",
    "null",
    "[]",
    "{}",
    "\"\"",
    "''",
    "true",
    "0x10",
    "1e3",
    ".nan",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "|\n",
    ">-\n",
    "? ",
    "- ",
    ": ",
    "# ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "<<: *a",
    "{a: b}",
    "[a: b]",
    "{{ .x }}",
    "\t",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\r",
    "\r\n",
    "\n\r",
    "\0",
    "::error::x",
    "\n::stop-commands::x\n",
    "##[add-mask]e",
    "\u{1b}[2J",
    "\u{202e}",
    "é",
    "𝄞",
    "https://*.a:5000/b@sha256:c",
];

/// How lines end, or look as if they did.
const ENDS: [&str; 5] = ["\r\n", "\r", "\n\n", " \n", "\n\r"];

/// Changes a text in a few places.
fn mutated(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(5) {
        let at = place(random, &text);
        match random.below(11) {
            0 => text.insert_str(at, ODD[random.below(ODD.len())]),
            1 => {
                let end = place(random, &text);
                let end = end.clamp(at, (at + 40).min(text.len()));
                let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
                text.replace_range(at..end, "");
            }
            2 => text.truncate(at),
            3 => {
                let other = manifest(random);
                let from = place(random, &other);
                text.replace_range(at.., &other[from..]);
            }
            4 => text = format!("{text}\n---\n{}", manifest(random)),
            5 => text = text.replace('\n', ENDS[random.below(ENDS.len())]),
            // Values and indentation, line by line.
            6 => {
                text = with_line(random, &text, |line, random| {
                    let value = line.find(": ").map_or(line.len(), |at| at + 2);
                    format!("{}{}", &line[..value], random.pick(&ODD))
                })
            }
            7 => {
                text =
                    with_line(random, &text, |line, random| " ".repeat(random.below(5)) + line.trim_start())
            }
            8 => text = with_line(random, &text, |line, _| format!("{line}\n{line}")),
            9 => text = with_line(random, &text, |line, _| line.chars().rev().collect()),
            _ => {
                text = with_line(random, &text, |line, random| {
                    let other = manifest(random);
                    let lines: Vec<&str> = other.lines().collect();
                    if lines.is_empty() { line.to_owned() } else { (*random.pick(&lines)).to_owned() }
                })
            }
        }
    }
    text
}

fn place(random: &mut Random, text: &str) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn with_line(random: &mut Random, text: &str, change: impl Fn(&str, &mut Random) -> String) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let number = random.below(lines.len());
    lines[number] = change(&lines[number], random);
    lines.join("\n")
}

fn check(files: &Files) -> Checked {
    Repository { files: files.clone(), ..Repository::default() }.check(Run::Preset(Preset::Strict))
}

/// Every report of a check.
fn reports(checked: &Checked) -> Result<Vec<(Format, String)>, String> {
    let mut all = Vec::new();
    for format in Format::ALL {
        let mut out = Vec::new();
        report::write(
            format,
            &checked.report,
            &checked.sources,
            &Style::PLAIN,
            &Context::default(),
            &mut out,
        )
        .map_err(|error| format!("{format:?}: {error}"))?;
        all.push((format, String::from_utf8(out).map_err(|error| format!("{format:?}: {error}"))?));
    }
    Ok(all)
}

/// What holds of every repository: nothing panics, each report can be read, and a second look says the same.
fn is_sound(files: &Files) -> Result<(), String> {
    let checked = check(files);
    let fault = checked.report.diagnostics.iter().find(|diagnostic| diagnostic.rule.id == "internal-error");
    if let Some(fault) = fault {
        return Err(format!("{}: {}", fault.message, fault.help.as_deref().unwrap_or_default()));
    }
    let all = reports(&checked)?;
    for (format, text) in &all {
        if matches!(format, Format::Json | Format::Sarif | Format::Gitlab) {
            serde_json::from_str::<serde_json::Value>(text)
                .map_err(|error| format!("{format:?}: {error}"))?;
        }
    }
    let again = reports(&check(files))?;
    if all == again { Ok(()) } else { Err("a second look says something else".into()) }
}
