//! Places in the interpreter's errors, which are texts.

use crate::{Fault, Place};

/// The module of a set goes by this name in the interpreter.
pub(super) fn name(source: usize) -> String {
    format!("module-{source}")
}

/// The number of the module that goes by `name`.
pub(super) fn number(name: &str) -> Option<usize> {
    name.strip_prefix("module-")?.parse().ok()
}

/// What the interpreter's error says, at the place that it names; `text_of` gives the text of a module.
///
/// ```text
/// --> module-0:3:7
///   |
/// 3 | deny contains
///   |       ^
/// error: expecting ...
/// ```
pub(super) fn fault<'a>(set: usize, error: &str, text_of: impl Fn(usize) -> Option<&'a str>) -> Fault {
    let place = error.lines().find_map(|line| place(set, line.strip_prefix("--> ")?, &text_of));
    let message = error.split_once("\nerror: ").map_or(error, |(_, message)| message);
    let message = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("cannot be read");
    Fault { place, message: message.trim_end_matches([':', '.']).to_owned() }
}

fn place<'a>(set: usize, position: &str, text_of: &impl Fn(usize) -> Option<&'a str>) -> Option<Place> {
    let mut parts = position.rsplitn(3, ':');
    let (column, line) = (parts.next()?.parse::<usize>().ok()?, parts.next()?.parse::<usize>().ok()?);
    let source = number(parts.next()?)?;
    let text = text_of(source)?;
    let start = offset(text, line, column);
    Some(Place { set, source, start, end: end_of_token(text, start) })
}

/// The byte of a line and a column; the interpreter counts four columns for a tab.
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

/// The word that begins at `start`, or the one character.
fn end_of_token(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    start + word.max(first)
}
