//! Texts that are read: files, and texts that stand as a string in one.

use super::cache::Key;
use super::value::{Data, Dialect, Value};
use super::{Error, Result};
use crate::source::{FileId, Span};
use crate::yaml;
use std::sync::Arc;

/// A text, and the way from its bytes to those of the file that holds it.
#[derive(Clone, Debug)]
pub(super) struct Text {
    file: FileId,
    pub(super) content: Arc<str>,
    inside: Option<Arc<Inside>>,
}

/// Where an inline text stands.
#[derive(Debug)]
struct Inside {
    outer: Span,
    /// Where each line begins in the inner text and in the file, where they are the same but for indentation.
    lines: Vec<(u32, u32)>,
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
        let lines = outer.get(value.span.range()).and_then(|written| lines(&text, written, value.span.start));
        let inside = Inside { outer: value.span, lines: lines.unwrap_or_default() };
        Self { file: value.span.file, content: text, inside: Some(Arc::new(inside)) }
    }

    /// The place in a file of a place in this text.
    pub(super) fn place(&self, span: Span) -> Span {
        let Some(inside) = &self.inside else { return span };
        let at = |offset: u32| {
            let line = inside.lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
            let (inner, outer) = inside.lines[line];
            Some(outer + offset - inner)
        };
        match (at(span.start), at(span.end)) {
            (Some(start), Some(end)) if end <= inside.outer.end => Span { file: self.file, start, end },
            _ => inside.outer,
        }
    }

    /// The whole of it.
    pub(super) fn whole(&self) -> Span {
        self.inside.as_ref().map_or(Span::new(self.file, 0, 0), |inside| inside.outer)
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

/// How the lines of a string stand in the text that it is written as; `None` where they don't as they are.
fn lines(inner: &str, written: &str, start: u32) -> Option<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    let mut outer = written;
    let mut outer_at = start;
    if written.starts_with(['|', '>']) {
        let head = written.find('\n')? + 1;
        outer = &written[head..];
        outer_at += head as u32;
    } else if written.starts_with(['"', '\'']) {
        let same = written.get(1..written.len() - 1)? == inner;
        return same.then(|| vec![(0, start + 1)]);
    }
    let mut inner_at = 0;
    for line in inner.split_inclusive('\n') {
        let next = outer.find('\n').map_or(outer.len(), |end| end + 1);
        let (here, rest) = outer.split_at(next);
        let (text, here) = (line.trim_end_matches(['\r', '\n']), here.trim_end_matches(['\r', '\n']));
        let indent = here.strip_suffix(text)?;
        if !indent.bytes().all(|byte| byte == b' ') {
            return None;
        }
        found.push((inner_at, outer_at + indent.len() as u32));
        inner_at += line.len() as u32;
        outer_at += next as u32;
        outer = rest;
    }
    Some(found)
}
