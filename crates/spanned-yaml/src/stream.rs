//! Reads a stream of objects as `oc` does: documents of YAML, or JSON objects one behind the other (apimachinery
//! `pkg/util/yaml/decoder.go`, `YAMLOrJSONDecoder`).
//!
//! A text that begins with `{` behind its blanks is read as JSON. If that fails within the first two values, the rest is read as
//! YAML: so `{…}` with a comment or `---` behind it can be read. After two values, only JSON is read.

use super::parse::{char_at, parse_part};
use super::{Document, SyntaxError};
use crate::source::{FileId, Span};
use serde::de::IgnoredAny;
use std::sync::Arc;

/// The number of JSON values that YAML may follow.
const AMBIGUOUS: usize = 1;

/// Reads each document of `text` as `oc` does. A broken one is an error, and the next one is still read.
pub fn parse_stream(file: FileId, text: &Arc<str>, mut each: impl FnMut(Result<Document, SyntaxError>)) {
    read(file, text, |parsed| {
        each(parsed);
        None
    });
}

/// Does the same for a reader that keeps no document: all of them are read into the same memory.
pub fn look_through_stream(
    file: FileId,
    text: &Arc<str>,
    mut each: impl FnMut(Result<&Document, SyntaxError>),
) {
    read(file, text, |parsed| match parsed {
        Ok(document) => {
            each(Ok(&document));
            Some(document)
        }
        Err(error) => {
            each(Err(error));
            None
        }
    });
}

/// Does the same as `parse_stream`; `each` gives back a document that it does not keep.
fn read(
    file: FileId,
    text: &Arc<str>,
    mut each: impl FnMut(Result<Document, SyntaxError>) -> Option<Document>,
) {
    if !text.trim_start().starts_with('{') {
        return parse_part(file, text, 0..text.len(), each);
    }
    // Each value reaches to the next one, the first from the start of the text.
    let mut values = Values { text, at: 0, count: 0 };
    let mut start = 0;
    loop {
        match values.next() {
            Next::End => return,
            Next::Value { end } => {
                let reach = values.start_of_next();
                let mut is_there = false;
                parse_part(file, text, start..end, |parsed| {
                    is_there = true;
                    each(parsed.map(|document| document.up_to(reach)))
                });
                debug_assert!(is_there, "a value of JSON is a document of YAML");
                start = reach;
            }
            Next::Broken { at, why } => {
                let next = resume(text, at);
                let part = start..text.len();
                let is_json = next.is_some() && is_object(&text[values.start_of_next()..]);
                if values.count <= AMBIGUOUS && (!is_json || is_yaml(file, text, part.start)) {
                    return parse_part(file, text, part, each);
                }
                let end = next.unwrap_or(text.len());
                let document = Span::new(file, start, end);
                each(Err(SyntaxError { span: char_at(text, file, at), message: why, document }));
                let Some(next) = next else { return };
                (start, values.at) = (next, next);
                values.count += 1;
            }
        }
    }
}

/// Whether all that follows can be read as YAML.
fn is_yaml(file: FileId, text: &Arc<str>, start: usize) -> bool {
    let mut is_whole = true;
    parse_part(file, text, start..text.len(), |parsed| {
        is_whole &= parsed.is_ok();
        None
    });
    is_whole
}

/// The start of the next object behind an error: it stands at the start of a line.
fn resume(text: &str, at: usize) -> Option<usize> {
    let mut at = at;
    while !text.is_char_boundary(at) {
        at += 1;
    }
    // A line ends as in YAML, at a lone carriage return, too.
    let is_start =
        |start: &usize| matches!(text.as_bytes()[start - 1], b'\n' | b'\r') && is_object(&text[*start..]);
    text[at..].match_indices('{').map(|(found, _)| at + found).filter(|start| *start > 0).find(is_start)
}

/// Whether a text begins like a JSON object; in YAML and in a template, other characters follow the brace.
fn is_object(text: &str) -> bool {
    text.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with(['"', '}']))
}

/// The values of JSON in a text.
struct Values<'t> {
    text: &'t str,
    at: usize,
    /// The number of values that were read; broken ones count.
    count: usize,
}

enum Next {
    /// A value that ends there.
    Value { end: usize },
    /// An invalid value, with the place and the reason.
    Broken { at: usize, why: String },
    /// Nothing but blanks.
    End,
}

impl Values<'_> {
    fn start_of_next(&self) -> usize {
        let rest = &self.text[self.at..];
        self.at + (rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len())
    }

    fn next(&mut self) -> Next {
        let start = self.start_of_next();
        let rest = &self.text[start..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            None => Next::End,
            Some(Ok(_)) => {
                self.count += 1;
                self.at = start + values.byte_offset();
                Next::Value { end: self.at }
            }
            Some(Err(error)) => {
                let (at, why) = error_of(rest, &error);
                Next::Broken { at: start + at, why }
            }
        }
    }
}

/// The place of the first error in a text that should be one JSON value, and the reason; `None` for a valid text, and
/// for one that nests too deep.
pub fn json_error(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    let why = message(&error);
    (!why.contains("recursion")).then(|| error_of(text, &error))
}

/// The place and the message of an error of `text`.
fn error_of(text: &str, error: &serde_json::Error) -> (usize, String) {
    let at = offset(text, error);
    comma_before(text, at).unwrap_or_else(|| (at, message(error)))
}

/// The comma before the closing bracket at which the reader stopped: the comma is the mistake.
fn comma_before(text: &str, at: usize) -> Option<(usize, String)> {
    let before = text.get(at..)?.starts_with(['}', ']']).then(|| text[..at].trim_end())?;
    before.ends_with(',').then(|| (before.len() - 1, "there is a comma behind the last value".to_owned()))
}

/// The place of an error in `text`.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line - 2).map_or(text.len(), |end| end + 1),
    };
    // The column counts bytes, including the wrong one.
    (line_start + error.column().saturating_sub(1)).min(text.len())
}

/// The message, without the place that `serde_json` appends.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each document its text, or the text at which it is broken.
    fn said(text: &str) -> Vec<Result<String, String>> {
        let mut found = Vec::new();
        parse_stream(FileId(0), &text.into(), |parsed| {
            found.push(match parsed {
                Ok(document) => Ok(text[document.root().span().range()].to_owned()),
                Err(error) => Err(text[error.span.range()].to_owned()),
            });
        });
        found
    }

    fn all(texts: &[&str]) -> Vec<Result<String, String>> {
        texts.iter().map(|text| Ok((*text).to_owned())).collect()
    }

    #[test]
    fn objects_follow_each_other() {
        for between in ["", " ", "\n", "\r\n\r\n", "\t"] {
            let text = format!("{{\"a\": 1}}{between}{{\"b\": [2]}}{between}{{\"c\": \"é\"}}{between}");
            assert_eq!(said(&text), all(&["{\"a\": 1}", "{\"b\": [2]}", "{\"c\": \"é\"}"]), "{text:?}");
        }
        assert_eq!(said(" \n{\n\t\"a\": 1\n}\n{\n\t\"b\": 2\n}\n").len(), 2);
        assert_eq!(said("{\"a\": \"}{\"}"), all(&["{\"a\": \"}{\"}"]));
    }

    #[test]
    fn what_is_no_json_is_yaml_behind_one_value_at_most() {
        assert_eq!(said("{a: b}\n---\nc: d\n"), all(&["{a: b}", "c: d"]));
        assert_eq!(said("{\"a\": 1}\n---\n{\"b\": 2}\n"), all(&["{\"a\": 1}", "{\"b\": 2}"]));
        assert_eq!(said("{\"a\": 1,}\n"), all(&["{\"a\": 1,}"]));
        assert_eq!(said("{\"a\": 1}\n{\"b\": 2}\n---\n{\"c\": 3}\n")[2], Err("-".to_owned()));
    }

    #[test]
    fn an_error_hides_nothing_behind_it() {
        let text = "{\"a\": 1}\n{\"b\": 2,, }\n{\"c\": 3}\n{\"d\" 4}\n{\"e\": 5}\n";
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(said(&text.replace('\n', end)).len(), 5, "{end:?}");
        }
        let wanted = [Ok("{\"a\": 1}"), Err(","), Ok("{\"c\": 3}"), Err("4"), Ok("{\"e\": 5}")];
        let wanted: Vec<_> =
            wanted.into_iter().map(|one| one.map(str::to_owned).map_err(str::to_owned)).collect();
        assert_eq!(said(text), wanted);
    }
}
