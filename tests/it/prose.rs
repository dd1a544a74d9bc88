//! What a test can hold of plain prose: the length of sentences, and words that have a plainer one.

use crate::generated::{assert_none, root, shown};
use std::path::{Path, PathBuf};

/// A sentence with more words is read twice.
const MAX_WORDS: usize = 30;

/// Words with a manner of their own, and what to write.
const WORDS: &[(&str, &str)] = &[
    ("nothing but", "only"),
    ("is told", "is reported"),
    ("tells of", "reports"),
    ("speaks of", "reports"),
    ("all the same", "still"),
    ("weighs less", "is downgraded"),
    ("weigh less", "are downgraded"),
    (" mended", "fixed"),
    ("wants a look", "needs a review"),
    ("needs a look", "needs a review"),
    ("left alone", "ignored"),
    ("held back", "hidden"),
    ("holds back", "hides"),
    ("takes the place of", "replaces"),
    ("take the place of", "replace"),
    ("of one's own", "custom"),
    ("is none", "is not a …"),
    ("are none", "are not …"),
    ("is no ", "is not a …"),
    ("whoever", "the user who …, everybody who …"),
    ("whatever", "any …"),
    ("simply", "leave it out"),
    (" be it ", "also …"),
    (" says nothing", "is silent"),
    (" we ", "pullwarden, or the one who acts"),
    (" our ", "pullwarden's"),
];

/// Where words of the list above are in place.
const NOT_MEANT: &[&str] = &["is no longer", "there is no"];

/// The texts that are held to this: pages of rules, documents, the README and the guide for contributors.
fn texts() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "packaging/README.md"]
        .map(|name| root().join(name))
        .into();
    for directory in ["rules", "docs"] {
        let entries = std::fs::read_dir(root().join(directory)).expect("a directory of texts");
        paths.extend(entries.flatten().map(|entry| entry.path()));
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    paths
}

/// The paragraphs and items of a text, each on one line; code, tables, headings and what is generated are left out.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let mut is_code = false;
    for line in pullwarden::rules::rule::page_body(text).lines() {
        let line = line.trim();
        is_code ^= line.starts_with("```");
        let is_item = line.starts_with("- ") || line.starts_with(|c: char| c.is_ascii_digit());
        let is_prose = !is_code && !line.starts_with(['#', '|', '<', '`'])
            || line.starts_with('`') && !line.starts_with("```");
        if line.is_empty() || is_item || !is_prose {
            paragraphs.push(String::new());
        }
        // The options of a rule: their defaults are lists.
        if is_prose && !is_code && !line.contains("; default: ") {
            let paragraph = paragraphs.last_mut().expect("there is one");
            paragraph.push_str(line.trim_start_matches("- "));
            paragraph.push(' ');
        }
    }
    paragraphs.retain(|paragraph| !paragraph.trim().is_empty());
    paragraphs
}

/// A paragraph with one word for each piece of code.
fn without_code(paragraph: &str) -> String {
    paragraph.split('`').enumerate().map(|(number, part)| if number % 2 == 0 { part } else { "C" }).collect()
}

/// The numbers of words of its sentences, with their beginnings.
fn sentences(paragraph: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| matches!(c, '.' | '?' | '!' | ':');
    paragraph
        .split_inclusive(' ')
        .scan((0, 0), move |(start, end), word| {
            *end += word.len();
            let is_end = word.trim_end().trim_end_matches(['*', ')', '"']).ends_with(ends);
            let sentence = &paragraph[*start..*end];
            if is_end {
                *start = *end;
            }
            Some((is_end || *end == paragraph.len(), sentence))
        })
        .filter(|(is_whole, _)| *is_whole)
        .map(|(_, sentence)| {
            (
                sentence.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count(),
                sentence,
            )
        })
}

#[test]
fn sentences_are_short_and_words_are_plain() {
    let mut failures = Vec::new();
    for path in texts() {
        let text = std::fs::read_to_string(&path).expect("a text");
        check(&path, &text, &mut failures);
    }
    assert_none(&failures, "prose");
}

/// The words of a text that have a plainer one, with that.
pub(crate) fn odd_words(text: &str) -> Vec<(&'static str, &'static str)> {
    let lower = format!(" {} ", text.to_lowercase());
    let lower = NOT_MEANT.iter().fold(lower, |text, words| text.replace(words, ""));
    WORDS.iter().filter(|(word, _)| lower.contains(word)).copied().collect()
}

fn check(path: &Path, text: &str, failures: &mut Vec<String>) {
    for paragraph in paragraphs(text) {
        let paragraph = without_code(&paragraph);
        for (count, sentence) in sentences(&paragraph) {
            if count > MAX_WORDS {
                let sentence = sentence.trim();
                failures
                    .push(format!("{}: {count} words; write at most {MAX_WORDS}: {sentence}", shown(path)));
            }
        }
        for (word, better) in odd_words(&paragraph) {
            failures.push(format!("{}: `{}`; write: {better}\n  {paragraph}", shown(path), word.trim()));
        }
    }
}

#[test]
fn long_sentences_and_odd_words_are_found() {
    let mut failures = Vec::new();
    let long = "word ".repeat(MAX_WORDS + 1);
    check(
        Path::new("a.md"),
        &format!("# a\n\nShort. {long}\nend.\n\n- `x`: whoever reads.\n\n```\n{long}\n```\n"),
        &mut failures,
    );
    assert_eq!(failures.len(), 2, "{failures:?}");
}
