//! Texts that are read: files, and texts that stand as a string in one.

use super::cache::Key;
use super::value::{Data, Dialect, Value};
use super::{Error, Result};
use crate::source::{FileId, Span};
use crate::yaml;
use crate::yaml::embedded::Embedded;
use std::sync::Arc;

/// A text, and the way from its bytes to those of the file that holds it.
#[derive(Clone, Debug)]
pub(super) struct Text {
    file: FileId,
    pub(super) content: Arc<str>,
    inside: Option<Arc<Embedded>>,
}

impl Text {
    pub(super) fn file(file: FileId, text: Arc<str>) -> Self {
        Self { file, content: text, inside: None }
    }

    /// The text of a string; `outer` is the text of the file that holds it.
    pub(super) fn inline(value: &Value, outer: &str) -> Self {
        let text: Arc<str> = match &value.data {
            Data::Word(word) => word.text.clone(),
            _ => "".into(),
        };
        let inside = Embedded::new(&text, value.span, outer);
        Self { file: value.span.file, content: text, inside: Some(Arc::new(inside)) }
    }

    /// The place in a file of a place in this text.
    pub(super) fn place(&self, span: Span) -> Span {
        self.inside.as_ref().map_or(span, |inside| inside.place(span))
    }

    /// The whole of it.
    pub(super) fn whole(&self) -> Span {
        self.inside.as_ref().map_or(Span::new(self.file, 0, 0), |inside| inside.outer())
    }

    /// What tells it apart from other texts.
    pub(super) fn key(&self) -> Key {
        Key { place: self.whole(), inline: self.inside.as_ref().map(|_| self.content.clone()) }
    }

    /// Its first document; what comes behind it is not looked at.
    pub(super) fn first_document(&self, dialect: Dialect) -> Result<Option<Value>> {
        self.read(dialect, 1).map(|mut values| values.pop())
    }

    /// Its documents, without the empty ones.
    pub(super) fn documents(&self, dialect: Dialect) -> Result<Vec<Value>> {
        self.read(dialect, usize::MAX)
    }

    fn read(&self, dialect: Dialect, most: usize) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        let mut first_error = None;
        yaml::parse(self.file, &self.content, |parsed| {
            if first_error.is_some() || values.len() >= most {
                return;
            }
            let value = match parsed {
                Ok(document) if document.is_empty() => return,
                Ok(document) => Value::read(document.root(), self, dialect),
                Err(error) => Err(Error::at(self.place(error.span), error.message)),
            };
            match value {
                Ok(value) => values.push(value),
                Err(error) => first_error = Some(error),
            }
        });
        first_error.map_or(Ok(values), Err)
    }
}
