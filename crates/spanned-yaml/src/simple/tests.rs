//! What is read of simple YAML is what the parser of all YAML reads of it.

#![allow(clippy::disallowed_methods, reason = "a test reads the fixtures")]

use crate::parse::{parse_any, parse_part};
use crate::source::FileId;
use crate::{Document, SyntaxError};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All that a reader says of a text.
fn said(
    text: &str,
    read: impl Fn(FileId, &Arc<str>, std::ops::Range<usize>, &mut dyn FnMut(Result<Document, SyntaxError>)),
) -> Vec<String> {
    let mut said = Vec::new();
    let text: Arc<str> = text.into();
    read(FileId(0), &text, 0..text.len(), &mut |parsed| {
        said.push(match parsed {
            Err(error) => format!("{error:?}"),
            Ok(document) => {
                let Document { nodes, texts, tags, aliased, start, end, .. } = &document;
                format!("{start}..{end} {aliased} {tags:?} {texts:?} {nodes:?}")
            }
        });
    });
    said
}

/// Whether both readers say the same of a text; the second part is whether all of it is simple.
fn agree(text: &str) -> (bool, bool) {
    let one = said(text, |file, text, part, each| {
        parse_part(file, text, part, |parsed| {
            each(parsed);
            None
        });
    });
    let other = said(text, |file, text, part, each| parse_any(file, text, part, each));
    let mut at = 0;
    let mut reader = super::Reader::new(text);
    while let Some(document) = reader.document(at) {
        at = document.end;
    }
    (one == other, at == text.len())
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&path, found),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// The texts of the fixtures, and of the trees that `PULLWARDEN_TREES` names.
fn texts() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"), &mut found);
    if let Some(trees) = std::env::var_os("PULLWARDEN_TREES") {
        files(Path::new(&trees), &mut found);
    }
    found.retain(|path| {
        path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|e| ending == *e))
    });
    found.sort();
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    found.into_iter().filter_map(read).collect()
}

#[test]
fn real_texts_say_the_same() {
    let texts = texts();
    let mut simple = 0;
    let mut differ = Vec::new();
    for (path, text) in &texts {
        let (is_same, is_simple) = agree(text);
        simple += usize::from(is_simple);
        if !is_same {
            differ.push(path);
        }
    }
    println!("{simple} of {} texts are simple", texts.len());
    assert!(differ.is_empty(), "{differ:#?}");
    assert!(simple > texts.len() / 2, "{simple} of {} texts are simple", texts.len());
}

/// Parts of lines that meet in every order.
const PARTS: &[&str] = &[
    "a",
    "b: ",
    "b:",
    "- ",
    "-",
    "  ",
    " ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\nc: ",
    "\n  d: ",
    "'q'",
    "\"q\"",
    "#",
    " # x",
    ": ",
    ":",
    "|",
    ">",
    "|-",
    ">-",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "x y",
    "---",
    "---\n",
    "...",
    "%",
    "&a ",
    "*a",
    "!t ",
    "?",
    "? ",
    "@",
    "`",
    "~",
    "''",
    "'",
    "\"",
    "\\",
    "é",
    "—",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{200b}",
    "\u{1f600}",
    "\r\n",
    "\t",
    "e: |\n",
    "f: >\n",
    "\n\n",
    "\n   \n",
    "key: value\n",
    "1",
    "-1",
    "quay.io:5000/x",
    "{a: b}",
    "[a, 'b', c: d]",
    "[]",
    "{}",
    "\n  - g: h\n    i: j",
    "null",
    "\n    more words",
    "\n\n     more",
    "\n      ",
    "\n    - in it",
    "it''s",
    "'it''s\n  ",
    "\"two\n\n   ",
    "\n- \"a\\\"b\"",
    "\\n",
    "\\\"",
    "\\/",
    "\\ ",
    "\\t",
    "\\\n    ",
    ": \"one \\\n\n   \\ two\"",
    "\n  - ::/0",
    "? x",
    "?x",
    "k: >-\n    x\n     y\n    z\n",
    "p: plain\n  ",
];

fn changed(text: &str, at: usize, remove: usize, part: &str) -> String {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(at % (text.len() + 1));
    format!("{}{part}{}", &text[..start], &text[boundary(start + remove).max(start)..])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn made_texts_say_the_same(parts in prop::collection::vec(prop::sample::select(PARTS), 0..14)) {
        let text = parts.concat();
        prop_assert!(agree(&text).0, "{text:?}");
    }

    #[test]
    fn changed_texts_say_the_same(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), 0..12_usize, prop::sample::select(PARTS)), 1..4),
    ) {
        thread_local! {
            static TEXTS: Vec<(PathBuf, String)> = texts().into_iter().filter(|(_, text)| text.len() < 3000).collect();
        }
        let text = TEXTS.with(|texts| {
            let text = which.get(texts).1.clone();
            changes.into_iter().fold(text, |text, (at, remove, part)| changed(&text, at, remove, part))
        });
        prop_assert!(agree(&text).0, "{text:?}");
    }
}
