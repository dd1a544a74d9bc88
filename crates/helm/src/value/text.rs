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

    /// Whether there are no characters.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
