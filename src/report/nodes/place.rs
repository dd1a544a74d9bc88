//! Places in manifests, as these reports print them.

use crate::machine::terminal::escape;
use crate::source::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// A place in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to the root of the repository; `<stdin>` for a stream, `DIR (rendered)` for the output of a
    /// command.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// At most so many lines of a place are named; the rest is counted.
const SHOWN: usize = 4;

/// The places of spans, in their order, each once.
pub fn places(sources: &Sources, spans: &[Span]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(spans.len());
    for span in spans {
        let Some(source) = sources.get(span.file) else { continue };
        let position = source.position(span.start);
        let place = Place { file: source.name.clone(), line: position.line, column: position.column };
        // For long lists, a comparison of all places would be slow, and their items differ anyway.
        if places.len() > 100 || !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// `clusters/prod/idms.yaml:7,9 base/idms.yaml:3`
pub fn at(sources: &Sources, spans: &[Span]) -> String {
    let mut text = String::new();
    let mut last: Option<Place> = None;
    let mut shown = 0;
    let places = places(sources, spans);
    for place in &places {
        let same_file = last.as_ref().is_some_and(|last| last.file == place.file);
        if same_file && last.as_ref().is_some_and(|last| last.line == place.line) {
            continue;
        }
        if shown == SHOWN {
            text.push_str(" …");
            break;
        }
        // Writing to a string cannot fail.
        let _ = if same_file {
            write!(text, ",{}", place.line)
        } else {
            let space = if text.is_empty() { "" } else { " " };
            write!(text, "{space}{}:{}", escape(&place.file), place.line)
        };
        shown += 1;
        last = Some(place.clone());
    }
    text
}
