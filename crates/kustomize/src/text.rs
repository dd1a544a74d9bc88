//! Texts: files, and strings in files that contain a text.

use crate::error::{Error, Result};
use crate::shared::Shared;
use crate::value::{Data, Dialect, Value};
use crate::written::Written;
use spanned_yaml::embedded::Embedded;
use spanned_yaml::{Document, Documents, FileId, Kind, Span, SyntaxError};
use std::sync::Arc;

/// A text, with a map from its bytes to those of the file that contains it.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    file: FileId,
    pub(crate) content: Arc<str>,
    inside: Option<Arc<Embedded>>,
    /// Its documents, if they were already read.
    parsed: Option<Arc<Documents>>,
}

/// The identity of a text: its place and, inside of a file, also its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) place: Span,
    pub(crate) inline: Option<Arc<str>>,
}

impl Text {
    pub(crate) fn file(file: FileId, text: Arc<str>) -> Self {
        Self { file, content: text, inside: None, parsed: None }
    }

    /// The same text with documents that were already read.
    #[must_use]
    pub(crate) fn parsed(self, documents: Option<Arc<Documents>>) -> Self {
        Self { parsed: documents, ..self }
    }

    /// The same for a text that is read several times.
    #[must_use]
    pub(crate) fn for_several(self) -> Self {
        let documents = self.parsed.clone();
        let documents =
            documents.unwrap_or_else(|| Arc::new(spanned_yaml::parse_all(self.file, &self.content)));
        self.parsed(Some(documents))
    }

    /// The text of a string; `outer` is the text of the file that contains it.
    pub(crate) fn inline(value: &Value, outer: &str) -> Self {
        let text: Arc<str> = match &value.data {
            Data::Word(word) => word.text.clone(),
            _ => "".into(),
        };
        let inside = Embedded::new(&text, value.span, outer);
        Self { file: value.span.file, content: text, inside: Some(Arc::new(inside)), parsed: None }
    }

    /// Whether its first document is a map, if its documents were already read.
    pub(crate) fn begins_with_map(&self) -> bool {
        let mut said =
            self.parsed.iter().flat_map(|documents| documents.iter()).filter(|parsed| match parsed {
                Ok(document) => !document.is_empty(),
                Err(_) => true,
            });
        matches!(said.next(), Some(Ok(document)) if document.root().kind() == Kind::Mapping)
    }

    /// Whether it is a string in a file.
    pub(crate) fn is_inline(&self) -> bool {
        self.inside.is_some()
    }

    /// The place in a file of a place in this text.
    pub(crate) fn place(&self, span: Span) -> Span {
        self.inside.as_ref().map_or(span, |inside| inside.place(span))
    }

    /// The place of the whole text.
    pub(crate) fn whole(&self) -> Span {
        self.inside.as_ref().map_or(Span::new(self.file, 0, 0), |inside| inside.outer())
    }

    /// The identity of the text.
    pub(crate) fn key(&self) -> Key {
        Key { place: self.whole(), inline: self.inside.as_ref().map(|_| self.content.clone()) }
    }

    /// How many of the values that were read exist only because of aliases.
    pub(crate) fn beyond(&self, values: usize) -> usize {
        values.saturating_sub(self.content.len())
    }

    /// Its first document; the others are ignored.
    pub(crate) fn first_document(&self, dialect: Dialect) -> Result<Option<Value>> {
        self.read(dialect, 1).map(|mut values| values.pop())
    }

    /// Its documents, without the empty ones.
    pub(crate) fn documents(&self, dialect: Dialect) -> Result<Vec<Value>> {
        self.read(dialect, usize::MAX)
    }

    /// Its documents as resources, without the empty ones.
    pub(crate) fn resources(&self) -> Result<Vec<Shared>> {
        self.each(usize::MAX, |document| {
            // The places in a string of a file are not those of the file.
            let written = if self.is_inline() { None } else { Written::of(document) };
            let read = || Value::read(document.root(), self, Dialect::Resource).map(Shared::new);
            written.map_or_else(read, |written| Ok(Shared::written(written)))
        })
    }

    fn read(&self, dialect: Dialect, most: usize) -> Result<Vec<Value>> {
        self.each(most, |document| Value::read(document.root(), self, dialect))
    }

    /// The results of `read` for the first documents that are not empty.
    fn each<T>(&self, most: usize, read: impl Fn(&Document) -> Result<T>) -> Result<Vec<T>> {
        let mut made = Vec::new();
        let mut first_error = None;
        let mut take = |parsed: std::result::Result<&Document, &SyntaxError>| {
            if first_error.is_some() || made.len() >= most {
                return;
            }
            let one = match parsed {
                Ok(document) if document.is_empty() => return,
                Ok(document) => read(document),
                Err(error) => Err(Error::at(self.place(error.span), error.message.clone())),
            };
            match one {
                Ok(one) => made.push(one),
                Err(error) => first_error = Some(error),
            }
        };
        match &self.parsed {
            Some(documents) => {
                documents.iter().for_each(|parsed| take(parsed.as_ref().map(|document| &**document)));
            }
            None => spanned_yaml::parse(self.file, &self.content, |parsed| take(parsed.as_ref())),
        }
        first_error.map_or(Ok(made), Err)
    }
}

/// Whether an entry can only be a text, not a path.
pub(crate) fn is_text(entry: &Value) -> bool {
    entry.text().trim_end().contains('\n')
}
