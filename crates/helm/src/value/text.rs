//! Strings with the origins of their parts.

use spanned_yaml::Span;
use std::rc::Rc;

/// A string; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Text {
    text: Rc<str>,
    /// The marks, in order and without overlaps; some parts may have none.
    marks: Option<Rc<[Mark]>>,
}

/// The origin of a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// First byte of the part.
    pub start: u32,
    /// The byte behind it.
    pub end: u32,
    /// The place in the template: a text or an action.
    pub template: Span,
    /// The text of a values file from which the whole part comes.
    pub origin: Option<Span>,
    /// Whether the template contains the part byte for byte at `template`.
    pub is_literal: bool,
    /// Whether a real rendering would print another text.
    pub is_unknown: bool,
}

impl Text {
    /// A string without marks.
    pub fn new(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), marks: None }
    }

    /// A string with marks.
    pub fn marked(text: impl Into<Rc<str>>, marks: Vec<Mark>) -> Self {
        Self { text: text.into(), marks: (!marks.is_empty()).then(|| marks.into()) }
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The origins of its parts, in order.
    pub fn marks(&self) -> &[Mark] {
        self.marks.as_deref().unwrap_or_default()
    }

    /// The text of a values file from which a part of this one comes, if it is the whole text.
    pub(crate) fn origin(&self, range: std::ops::Range<usize>) -> Option<Span> {
        origin(self.marks(), range, &self.text)
    }

    /// Whether there are no characters.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// The text of a values file from which a whole range comes, apart from blanks and quotes.
pub(crate) fn origin(marks: &[Mark], range: std::ops::Range<usize>, text: &str) -> Option<Span> {
    let first = marks.partition_point(|mark| mark.end as usize <= range.start);
    let mut found = None;
    let mut at = range.start;
    let says_nothing = |part: std::ops::Range<usize>| {
        text.get(part)
            .is_none_or(|part| part.trim_matches([' ', '\n', '"', '\'', '|', '>', '-', '+']).is_empty())
    };
    let is_after_break =
        |at: usize| text.get(..at).is_some_and(|text| text.trim_end_matches(' ').ends_with('\n'));
    for mark in &marks[first..] {
        let (start, end) = ((mark.start as usize).max(range.start), (mark.end as usize).min(range.end));
        if start >= end {
            break;
        }
        if at < start && !says_nothing(at..start) {
            return None;
        }
        at = end;
        match (mark.origin, found) {
            (None, _) if says_nothing(start..end) => {}
            (Some(origin), None) => found = Some((origin, mark.template)),
            // The lines of one value that one action printed. Two copies of it on one line are not that value.
            (Some(origin), Some(first)) if first == (origin, mark.template) && is_after_break(start) => {}
            _ => return None,
        }
    }
    if at < range.end && !says_nothing(at..range.end) {
        return None;
    }
    found.map(|(origin, _)| origin)
}
