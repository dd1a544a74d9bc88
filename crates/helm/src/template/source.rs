//! The text of a template, with the places of its parts.

use spanned_yaml::{FileId, Span};
use std::sync::Arc;

/// A range of bytes of a template's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A text that is a template.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) place: Place,
}

/// The place of a template's text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// It is a file.
    File(FileId),
    /// A value in a call of `tpl`: this is the place of all its parts.
    Value(Span),
}

impl At {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// From the start of this one to the end of another.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Source {
    /// The place of a part.
    pub(crate) fn span(&self, at: At) -> Span {
        match self.place {
            Place::File(file) => Span { file, start: at.start, end: at.end },
            Place::Value(span) => span,
        }
    }

    /// Whether the text at the places of parts is byte for byte the same.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.place, Place::File(_))
    }
}
