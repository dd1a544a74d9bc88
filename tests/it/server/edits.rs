//! After each of many random edits, the server says what a check of the same texts says.

use super::client::{Client, capabilities, copy, uri};
use crate::command::Scratch;
use crate::fuzz::Random;
use crate::generated;
use pullwarden::CheckedRepository;
use pullwarden::rules::rule::Severity;
use pullwarden::source::{Source, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So many edits are made in all.
const EDITS: usize = 1_000;

/// The repositories that are edited. Policies and commands are none of a library's check.
const REPOSITORIES: [&str; 10] = [
    "disconnected",
    "configured",
    "kustomize-overlays",
    "charts",
    "templates",
    "argo-charts",
    "ztp",
    "held-images",
    "kustomize-broken",
    "node-pools",
];

/// Words that change what a text means.
const WORDS: [&str; 18] = [
    "\n",
    "  ",
    "- ",
    ": ",
    "#",
    "quay.io",
    "docker.io",
    "kind: Image\n",
    "spec:",
    "é",
    "𝄞",
    "\"",
    "{",
    "---\n",
    "\t",
    "# pullwarden: ignore[self-mirror] é𝄞 reason\n",
    "registry.redhat.io/ubi9/ubi:latest",
    "mirrors:\n",
];

/// A diagnostic, as far as both sides have it: the file, the range, the severity, the rule, and the message.
type Said = (String, [u64; 4], u64, String, String);

#[test]
fn after_each_edit_the_diagnostics_are_those_of_a_check() {
    edit_each(0..REPOSITORIES.len() / 2);
}

#[test]
fn after_each_edit_of_other_repositories_too() {
    edit_each(REPOSITORIES.len() / 2..REPOSITORIES.len());
}

fn edit_each(repositories: std::ops::Range<usize>) {
    for number in repositories {
        edit(REPOSITORIES[number], number as u64, EDITS / REPOSITORIES.len());
    }
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        let is_text = path
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json", "tpl"].iter().any(|e| ending == *e));
        if path.is_dir() {
            files(&path, found);
        } else if is_text {
            found.push(path);
        }
    }
    found.sort();
}

fn edit(name: &str, seed: u64, edits: usize) {
    let repo = Scratch::new(&format!("edits-{name}"), &[]);
    let (mine, other) = (repo.0.join("client"), repo.0.join("check"));
    let from = generated::root().join("fixtures/repos").join(name);
    copy(&from, &mine);
    copy(&from, &other);
    let (mine, other) = (mine.canonicalize().expect("a path"), other.canonicalize().expect("a path"));
    let mut paths = Vec::new();
    files(&mine, &mut paths);
    let mut random = Random::of("server", seed, 0);
    let mut client = Client::with(&[&mine], capabilities(), json!({ "policies": false }));
    let mut open: BTreeMap<PathBuf, (i32, String)> = BTreeMap::new();
    for edit in 0..edits {
        // Most edits are of one file, as people work.
        let path = match open.keys().next_back() {
            Some(last) if !random.one_in(4) => last.clone(),
            _ => paths[random.below(paths.len())].clone(),
        };
        let address = uri(&path);
        if !open.contains_key(&path) {
            let text = std::fs::read_to_string(&path).expect("a text");
            client.open(&address, &text);
            open.insert(path.clone(), (1, text));
        }
        let (version, text) = open.get_mut(&path).expect("an open text");
        let (start, end, new) = change(text, &mut random);
        let range = json!({ "start": position(text, start), "end": position(text, end) });
        text.replace_range(start..end, &new);
        *version += 1;
        let changes = if random.one_in(10) {
            json!([{ "text": text }])
        } else {
            json!([{ "range": range, "text": new }])
        };
        let document = json!({ "uri": address, "version": version });
        client
            .notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        let copied = other.join(path.strip_prefix(&mine).expect("a path below"));
        std::fs::write(&copied, &*text).expect("a file");
        if random.one_in(6) {
            // What is closed unsaved is what the disk has.
            let saved = random.one_in(2);
            let last = if saved { text.clone() } else { std::fs::read_to_string(&path).expect("a text") };
            std::fs::write(&path, &last).expect("a file");
            std::fs::write(&copied, &last).expect("a file");
            client.notify("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
            open.remove(&path);
        }
        client.settle();
        let checked = pullwarden::check(&other).expect("a check");
        let (expected, said) = (of_check(&checked), of_client(&client, &mine));
        assert_eq!(said, expected, "{name}, after edit {edit} of {path:?}");
    }
    assert!(client.end().0.success());
}

/// What goes, and what comes.
fn change(text: &str, random: &mut Random) -> (usize, usize, String) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let at = boundary(random.below(text.len() + 1));
    let word = WORDS[random.below(WORDS.len())].to_owned();
    match random.below(4) {
        0 => (at, boundary((at + 1 + random.below(12)).min(text.len())), String::new()),
        1 => {
            let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            (start, end, text[start..end].repeat(random.below(3)))
        }
        2 => (at, boundary((at + random.below(8)).min(text.len())), word),
        _ => (at, at, word),
    }
}

fn position(text: &str, at: usize) -> Value {
    let before = text[..at].replace("\r\n", " \n").replace('\r', "\n");
    let line = before.rsplit('\n').next().unwrap_or_default();
    json!({ "line": before.matches('\n').count(), "character": line.encode_utf16().count() })
}

fn of_check(checked: &CheckedRepository) -> Vec<Said> {
    let place = |source: &Source, span: Span| {
        let of = |offset: u32| [source.line_of(offset) as u64, source.utf16_column(offset) as u64 - 1];
        let ([a, b], [c, d]) = (of(span.start), of(span.end));
        [a, b, c, d]
    };
    let said = checked.report.open().map(|diagnostic| {
        let source = checked.sources.get(diagnostic.span.file).expect("a text");
        let severity = match diagnostic.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        };
        let message = pullwarden::report::whole_message(diagnostic, &checked.sources);
        (
            source.name.clone(),
            place(source, diagnostic.span),
            severity,
            diagnostic.rule.id.to_owned(),
            message,
        )
    });
    let mut said: Vec<Said> = said.collect();
    said.sort();
    said
}

fn of_client(client: &Client, root: &Path) -> Vec<Said> {
    let base = uri(root);
    let mut said = Vec::new();
    for (address, params) in &client.diagnostics {
        let name = address.strip_prefix(&base).expect("a file of the folder").trim_start_matches('/');
        let name = if name.is_empty() { "." } else { name };
        for item in params["diagnostics"].as_array().expect("a list") {
            let number = |path: &str| item.pointer(path).and_then(Value::as_u64).expect("a number");
            let place =
                ["/range/start/line", "/range/start/character", "/range/end/line", "/range/end/character"];
            let text = |key: &str| item[key].as_str().expect("a text").to_owned();
            said.push((
                name.to_owned(),
                place.map(number),
                number("/severity"),
                text("code"),
                text("message"),
            ));
        }
    }
    said.sort();
    said
}
