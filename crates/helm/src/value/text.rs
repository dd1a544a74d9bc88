//! Strings that know which text wrote which part of them.

use spanned_yaml::Span;
use std::rc::Rc;

/// A string; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Text {
    text: Rc<str>,
    /// In order, one behind the other; they need not cover all of it.
    marks: Option<Rc<[Mark]>>,
}

/// Who wrote a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// First byte of the part.
    pub start: u32,
    /// The byte behind it.
    pub end: u32,
    /// The place in the template: a text or an action.
    pub template: Span,
    /// The text of a values file that the whole part came from.
    pub origin: Option<Span>,
    /// Whether the part stands at `template` byte for byte.
    pub is_literal: bool,
    /// Whether a real rendering would print something else.
    pub is_unknown: bool,
}

impl Text {
    /// A string of which nothing is known.
    pub fn new(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), marks: None }
    }

    /// A string whose parts are known.
    pub fn marked(text: impl Into<Rc<str>>, marks: Vec<Mark>) -> Self {
        Self { text: text.into(), marks: (!marks.is_empty()).then(|| marks.into()) }
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who wrote its parts, in order.
    pub fn marks(&self) -> &[Mark] {
        self.marks.as_deref().unwrap_or_default()
    }

    /// The text of a values file that a part of this one came from, whole.
    pub(crate) fn origin(&self, range: std::ops::Range<usize>) -> Option<Span> {
        origin(self.marks(), range, &self.text)
    }

    /// Whether there are no characters.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// The text of a values file that all of a range came from: every part of it that is no blank and no quote.
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
            // The lines of one value, which one action printed; two copies of it on one line are not that value.
            (Some(origin), Some(first)) if first == (origin, mark.template) && is_after_break(start) => {}
            _ => return None,
        }
    }
    if at < range.end && !says_nothing(at..range.end) {
        return None;
    }
    found.map(|(origin, _)| origin)
}
