//! What `oc` takes for a stream of objects: documents of YAML, or JSON objects one behind the other
//! (apimachinery `pkg/util/yaml/decoder.go`, `YAMLOrJSONDecoder`).
//!
//! A text whose first byte that is no blank is `{` is read as JSON. Where that stops within the first two values, the rest
//! is read as YAML, which is how `{…}` with a comment, or with `---` behind it, comes to be read. Behind two values it is
//! JSON for good.

use super::parse::{char_at, parse_part};
use super::{Document, SyntaxError};
use crate::source::{FileId, Span};
use serde::de::IgnoredAny;
use std::sync::Arc;

/// So many values may come before what is YAML after all.
const AMBIGUOUS: usize = 1;

/// Reads every document of `text` as `oc` does. A broken one is an error, and the next one is read all the same.
pub fn parse_stream(file: FileId, text: &Arc<str>, mut each: impl FnMut(Result<Document, SyntaxError>)) {
    if !text.trim_start().starts_with('{') {
        return super::parse(file, text, each);
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
                    each(parsed.map(|document| document.up_to(reach)));
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
    parse_part(file, text, start..text.len(), |parsed| is_whole &= parsed.is_ok());
    is_whole
}

/// Where the next object of a stream begins behind a place that cannot be read: on a line of its own.
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

/// Whether a text begins like an object of JSON; one of YAML, or a template, begins with other characters behind the brace.
fn is_object(text: &str) -> bool {
    text.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with(['"', '}']))
}

/// The values of JSON in a text.
struct Values<'t> {
    text: &'t str,
    at: usize,
    /// How many have been read, broken ones among them.
    count: usize,
}

enum Next {
    /// A value that ends there.
    Value { end: usize },
    /// What is no value: where that shows, and why.
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

/// Where a text stops being one value of JSON, and why; nothing where it is one, or deeper than anything that somebody wrote.
pub fn json_error(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    let why = message(&error);
    (!why.contains("recursion")).then(|| error_of(text, &error))
}

/// Where an error of `text` stands in it, and what is wrong.
fn error_of(text: &str, error: &serde_json::Error) -> (usize, String) {
    let at = offset(text, error);
    comma_before(text, at).unwrap_or_else(|| (at, message(error)))
}

/// The comma in front of a closing bracket that a reader stopped at, which says better what is wrong.
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
    // The column counts bytes, the one that is too much among them.
    (line_start + error.column().saturating_sub(1)).min(text.len())
}

/// What is wrong, without the place that `serde_json` puts behind it.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each document its text, or the text at which it is broken.
    fn read(text: &str) -> Vec<Result<String, String>> {
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
            assert_eq!(read(&text), all(&["{\"a\": 1}", "{\"b\": [2]}", "{\"c\": \"é\"}"]), "{text:?}");
        }
        assert_eq!(read(" \n{\n\t\"a\": 1\n}\n{\n\t\"b\": 2\n}\n").len(), 2);
        assert_eq!(read("{\"a\": \"}{\"}"), all(&["{\"a\": \"}{\"}"]));
    }

    #[test]
    fn what_is_no_json_is_yaml_behind_one_value_at_most() {
        assert_eq!(read("{a: b}\n---\nc: d\n"), all(&["{a: b}", "c: d"]));
        assert_eq!(read("{\"a\": 1}\n---\n{\"b\": 2}\n"), all(&["{\"a\": 1}", "{\"b\": 2}"]));
        assert_eq!(read("{\"a\": 1,}\n"), all(&["{\"a\": 1,}"]));
        assert_eq!(read("{\"a\": 1}\n{\"b\": 2}\n---\n{\"c\": 3}\n")[2], Err("-".to_owned()));
    }

    #[test]
    fn an_error_hides_nothing_behind_it() {
        let text = "{\"a\": 1}\n{\"b\": 2,, }\n{\"c\": 3}\n{\"d\" 4}\n{\"e\": 5}\n";
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(read(&text.replace('\n', end)).len(), 5, "{end:?}");
        }
        let wanted = [Ok("{\"a\": 1}"), Err(","), Ok("{\"c\": 3}"), Err("4"), Ok("{\"e\": 5}")];
        let wanted: Vec<_> =
            wanted.into_iter().map(|one| one.map(str::to_owned).map_err(str::to_owned)).collect();
        assert_eq!(read(text), wanted);
    }
}
