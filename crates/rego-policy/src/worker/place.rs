//! Places in the interpreter's errors, which are texts, and in its syntax trees.

use super::rewrite::Rewritten;
use crate::{Fault, Place, Set};

/// The name of a module of a set in the interpreter.
pub(super) fn name(source: usize) -> String {
    format!("module-{source}")
}

/// The number of the module with this name.
pub(super) fn number(name: &str) -> Option<usize> {
    name.strip_prefix("module-")?.parse().ok()
}

/// The modules of a set, in the original and in the rewritten text.
pub(super) struct Texts {
    set: usize,
    written: Vec<String>,
    pub read: Vec<Rewritten>,
}

impl Texts {
    pub(super) fn new(set: usize, sources: &Set) -> Self {
        let written: Vec<String> = sources.sources.iter().map(|source| source.text.clone()).collect();
        let read = written.iter().map(|text| Rewritten::plain(text)).collect();
        Self { set, written, read }
    }

    /// The place in the original for bytes of the rewritten text of a module.
    pub(super) fn place(&self, source: usize, start: usize, end: usize) -> Place {
        let range = self.read.get(source).map_or(start..end, |text| text.range(start..end));
        Place { set: self.set, source, start: range.start, end: range.end }
    }

    /// What the interpreter's error says, at the place that it names.
    ///
    /// ```text
    /// --> module-0:3:7
    ///   |
    /// 3 | deny contains
    ///   |       ^
    /// error: expecting ...
    /// ```
    pub(super) fn fault(&self, error: &str) -> Fault {
        let place = error.lines().find_map(|line| self.position(line.strip_prefix("--> ")?));
        let message = error.split_once("\nerror: ").map_or(error, |(_, message)| message);
        let message =
            message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("cannot be read");
        Fault { place, message: plain(message.trim_end_matches([':', '.'])) }
    }

    fn position(&self, position: &str) -> Option<Place> {
        let mut parts = position.rsplitn(3, ':');
        let (column, line) = (parts.next()?.parse::<usize>().ok()?, parts.next()?.parse::<usize>().ok()?);
        let source = number(parts.next()?)?;
        let (read, written) = (self.read.get(source)?, self.written.get(source)?);
        let start = begin_of_call(written, read.original(offset(&read.text, line, column)));
        Some(Place { set: self.set, source, start, end: end_of_token(written, start) })
    }
}

/// The interpreter's message in common words.
fn plain(message: &str) -> String {
    let unsafe_name = message
        .strip_prefix("var ")
        .and_then(|rest| rest.split_once(" is unsafe (path "))
        .map(|(name, _)| name)
        .or_else(|| message.strip_prefix("use of undefined variable `")?.strip_suffix("` is unsafe"));
    if let Some(name) = unsafe_name {
        return format!("the variable `{name}` is unsafe: it never gets a value");
    }
    if message.starts_with("rule conflicts with rule at ") {
        return CONFLICT.to_owned();
    }
    message.to_owned()
}

/// The message about definitions of a rule that do not agree.
pub(super) const CONFLICT: &str = "another definition of this rule gives it another value";

/// The byte at a line and a column; the interpreter counts a tab as four columns.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let begin = if line <= 1 {
        0
    } else {
        text.match_indices('\n').nth(line - 2).map_or(text.len(), |(newline, _)| newline + 1)
    };
    let mut at = 1;
    for (byte, character) in text[begin..].char_indices() {
        if at >= column || character == '\n' {
            return begin + byte;
        }
        at += if character == '\t' { 4 } else { 1 };
    }
    text.len()
}

/// The interpreter places a call at its bracket; the name is before it.
fn begin_of_call(text: &str, start: usize) -> usize {
    let (Some(before), true) =
        (text.get(..start), text.get(start..).is_some_and(|rest| rest.starts_with('(')))
    else {
        return start;
    };
    start
        - before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .map(char::len_utf8)
            .sum::<usize>()
}

/// The word that begins at `start`, or the one character.
fn end_of_token(text: &str, start: usize) -> usize {
    let Some(rest) = text.get(start..) else { return start };
    let word = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.')).unwrap_or(rest.len());
    let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    start + word.max(first)
}
