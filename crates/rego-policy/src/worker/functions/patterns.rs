//! Regular expressions as Go reads them.
//!
//! There, classes such as `\w` contain only ASCII, and a bracket in a class is an ordinary character.

use super::{list, string};
use regex::Regex;
use regorus::Value;
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// Compiled patterns, since rules use the same few again and again.
    static READ: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// The number of patterns that are kept.
const KEPT: usize = 1000;

fn pattern(text: &str) -> Option<Regex> {
    READ.with_borrow_mut(|read| {
        if let Some(known) = read.get(text) {
            return known.clone();
        }
        if read.len() >= KEPT {
            read.clear();
        }
        let pattern = Regex::new(&translated(text)).ok();
        read.insert(text.to_owned(), pattern.clone());
        pattern
    })
}

/// A pattern of Go in the syntax of this library.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('Q') if !in_class => {
                    let quoted: String = rest.clone().collect();
                    let (quoted, skipped) = match quoted.find("\\E") {
                        Some(end) => (quoted[..end].to_owned(), quoted[..end].chars().count() + 2),
                        None => (quoted.clone(), quoted.chars().count()),
                    };
                    out.push_str(&regex::escape(&quoted));
                    rest.nth(skipped.saturating_sub(1));
                }
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('s') => out.push_str(if in_class { "\\t\\n\\f\\r " } else { "[\\t\\n\\f\\r ]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('S') => out.push_str("[^\\t\\n\\f\\r ]"),
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if rest.peek() == Some(&'^') {
                    out.extend(rest.next());
                }
                // At the start of a class, a closing bracket is an ordinary character.
                if rest.peek() == Some(&']') {
                    rest.next();
                    out.push_str("\\]");
                }
            }
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                while let Some(next) = rest.next() {
                    out.push(next);
                    if next == ':' && rest.peek() == Some(&']') {
                        out.extend(rest.next());
                        break;
                    }
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_class => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

pub(super) fn is_match(arguments: &[Value]) -> Option<Value> {
    let (pattern, text) = (pattern(string(arguments.first())?)?, string(arguments.get(1))?);
    Some(Value::from(pattern.is_match(text)))
}

#[expect(clippy::unnecessary_wraps, reason = "as all functions")]
pub(super) fn is_valid(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(string(arguments.first()).is_some_and(|text| pattern(text).is_some())))
}

/// The number of requested matches: all, if the argument is negative.
fn most(argument: Option<&Value>) -> Option<usize> {
    let number = argument?.as_i64().ok()?;
    Some(usize::try_from(number).unwrap_or(usize::MAX))
}

pub(super) fn find_n(arguments: &[Value]) -> Option<Value> {
    let (pattern, text) = (pattern(string(arguments.first())?)?, string(arguments.get(1))?);
    Some(list(pattern.find_iter(text).take(most(arguments.get(2))?).map(|found| Value::from(found.as_str()))))
}

pub(super) fn find_submatches(arguments: &[Value]) -> Option<Value> {
    let (pattern, text) = (pattern(string(arguments.first())?)?, string(arguments.get(1))?);
    let groups = |captures: regex::Captures<'_>| {
        list(captures.iter().map(|group| Value::from(group.map_or("", |group| group.as_str()))))
    };
    Some(list(pattern.captures_iter(text).take(most(arguments.get(2))?).map(groups)))
}

pub(super) fn replace(arguments: &[Value]) -> Option<Value> {
    let (text, pattern) = (string(arguments.first())?, pattern(string(arguments.get(1))?)?);
    Some(Value::from(pattern.replace_all(text, string(arguments.get(2))?).into_owned()))
}

pub(super) fn split(arguments: &[Value]) -> Option<Value> {
    let (pattern, text) = (pattern(string(arguments.first())?)?, string(arguments.get(1))?);
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.find_iter(text) {
        if found.end() == 0 {
            continue;
        }
        end = found.start();
        parts.push(Value::from(&text[begin..end]));
        begin = found.end();
    }
    if end != text.len() || text.is_empty() {
        parts.push(Value::from(&text[begin..]));
    }
    Some(Value::from(parts))
}
