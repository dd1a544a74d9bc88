//! Documents that no file holds: their values stand in several files, and each knows where.

use super::node::{Document, Raw, RawNode};
use crate::source::{FileId, Span};
use crate::yaml::Kind;
use std::sync::{Arc, OnceLock};

/// Builds a document, value by value in the order of the tree.
#[derive(Debug)]
pub struct Composer {
    document: Document,
    open: Vec<u32>,
}

impl Composer {
    /// A document that is said to stand in `file`, whose text is `source`.
    pub fn new(file: FileId, source: Arc<str>) -> Self {
        let document = Document {
            file,
            source,
            nodes: Vec::new(),
            texts: Vec::new(),
            tags: Vec::new(),
            files: Vec::new(),
            replaced: Vec::new(),
            start: 0,
            end: 0,
            links: OnceLock::new(),
        };
        Self { document, open: Vec::new() }
    }

    /// Adds a key, or a value that is no collection. Plain ones mean what the word means, others are strings.
    pub fn scalar(&mut self, span: Span, text: &str, plain: bool) {
        self.document.texts.push(text.into());
        let data = self.document.texts.len() as u32;
        self.push(span, if plain { Raw::Plain } else { Raw::Quoted }, data);
    }

    /// Says that the value that is added next took the place of the text at `span`.
    pub fn replaces(&mut self, span: Span) {
        self.document.replaced.push((self.document.nodes.len() as u32, span));
    }

    /// Begins a list or a map; what is added until [`Self::close`] lies in it.
    pub fn open(&mut self, span: Span, kind: Kind) {
        let raw = if kind == Kind::Sequence { Raw::Sequence } else { Raw::Mapping };
        self.open.push(self.document.nodes.len() as u32);
        self.push(span, raw, 0);
    }

    /// Ends the innermost collection.
    pub fn close(&mut self) {
        if let Some(index) = self.open.pop() {
            self.document.nodes[index as usize].next = self.document.nodes.len() as u32;
        }
    }

    /// The document; an empty one when nothing was added.
    pub fn finish(mut self) -> Document {
        while !self.open.is_empty() {
            self.close();
        }
        if self.document.nodes.is_empty() {
            self.scalar(Span::new(self.document.file, 0, 0), "", true);
        }
        let root = &self.document.nodes[0];
        (self.document.start, self.document.end) = (root.start, root.end);
        self.document
    }

    fn push(&mut self, span: Span, raw: Raw, data: u32) {
        let next = self.document.nodes.len() as u32 + 1;
        self.document.nodes.push(RawNode { start: span.start, end: span.end, next, data, raw });
        self.document.files.push(span.file);
    }
}
