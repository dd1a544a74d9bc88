//! The text of a template, and where its parts stand.

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

/// Where a template's text stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// It is a file.
    File(FileId),
    /// It is a value, given to `tpl`: all its parts stand there.
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
    /// Where a part stands.
    pub(crate) fn span(&self, at: At) -> Span {
        match self.place {
            Place::File(file) => Span { file, start: at.start, end: at.end },
            Place::Value(span) => span,
        }
    }

    /// Whether parts stand where they say, byte for byte.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.place, Place::File(_))
    }
}
