//! Documents without a file: their values come from several files, and each value knows its place.

use super::document::{Document, Raw, RawNode};
use super::node::Node;
use crate::Kind;
use crate::source::{FileId, Span};
use std::sync::{Arc, OnceLock};

/// The limit of depth of copied values, with aliases written out.
const MAX_DEPTH: usize = 400;
/// The limit of values in a document, with aliases written out.
const MAX_VALUES: usize = 500_000;

/// Builds a document, value by value in the order of the tree.
#[derive(Debug)]
pub struct Composer {
    document: Document,
    open: Vec<u32>,
}

impl Node<'_> {
    /// The texts that this value was made of: one for each file, from its first byte of that file to its last.
    pub fn extents(self) -> Vec<Span> {
        if !self.document().is_composed() {
            return vec![self.span()];
        }
        let mut extents: Vec<Span> = Vec::new();
        for node in self.descendants() {
            let span = node.span();
            match extents.iter_mut().find(|extent| extent.file == span.file) {
                Some(extent) => {
                    extent.start = extent.start.min(span.start);
                    extent.end = extent.end.max(span.end);
                }
                None => extents.push(span),
            }
        }
        extents
    }
}

impl Composer {
    /// Begins a document that counts as a part of `file`, whose text is `source`.
    pub fn new(file: FileId, source: Arc<str>) -> Self {
        let document = Document { end: 0, ..Document::of(file, source, Vec::new(), Vec::new()) };
        Self { document, open: Vec::new() }
    }

    /// Sets whether a build changed the texts.
    #[must_use]
    pub fn changed(mut self, changed: bool) -> Self {
        self.document.changed = changed;
        self
    }

    /// Marks the texts of the values as not editable.
    pub fn is_not_editable(&mut self) {
        self.document.changed = true;
    }

    /// Adds a key or a scalar. A plain one is resolved like a plain word, any other is a string.
    pub fn scalar(&mut self, span: Span, text: &str, plain: bool) {
        self.document.texts.push(text.into());
        let data = self.document.texts.len() as u32;
        self.push(span, if plain { Raw::Plain } else { Raw::Quoted }, data);
    }

    /// Adds a value with everything in it, aliases written out; `place` returns the place of each part. Returns false
    /// if the value exceeds the limits.
    #[must_use]
    pub fn copy(&mut self, node: Node<'_>, place: &dyn Fn(Span) -> Span) -> bool {
        self.copy_at(node, &|node| place(node.span()), 0)
    }

    /// Adds a value with all that is in it, as [`Self::copy`] does; `place` tells where each value stands.
    #[must_use]
    pub fn copy_values(&mut self, node: Node<'_>, place: &dyn Fn(Node<'_>) -> Span) -> bool {
        self.copy_at(node, place, 0)
    }

    fn copy_at(&mut self, node: Node<'_>, place: &dyn Fn(Node<'_>) -> Span, depth: usize) -> bool {
        if depth > MAX_DEPTH || self.document.nodes.len() > MAX_VALUES {
            return false;
        }
        let node = node.resolved();
        let (span, raw) = (place(node), node.raw().raw);
        if let Some(tag) = node.tag() {
            self.document.tags.push((self.document.nodes.len() as u32, tag.into()));
        }
        if !raw.is_collection() {
            self.document.texts.push(node.text().into());
            let data = self.document.texts.len() as u32;
            self.push(span, raw, data);
            return true;
        }
        self.open.push(self.document.nodes.len() as u32);
        self.push(span, raw, 0);
        let whole = node.raw_children().all(|child| self.copy_at(child, place, depth + 1));
        self.close();
        whole
    }

    /// Records that the next value replaces the text at `span`.
    pub fn replaces(&mut self, span: Span) {
        self.document.replaced.push((self.document.nodes.len() as u32, span));
    }

    /// Begins a list or a map; [`Self::close`] ends it.
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

    /// Returns the document; an empty one if nothing was added.
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

    /// Returns the document with the extent `span`: it is a part of another document, so comments about that one also
    /// apply to it.
    pub fn finish_within(self, span: Span) -> Document {
        let mut document = self.finish();
        if span.file == document.file {
            (document.start, document.end) = (span.start, span.end);
        }
        document
    }

    fn push(&mut self, span: Span, raw: Raw, data: u32) {
        let next = self.document.nodes.len() as u32 + 1;
        self.document.nodes.push(RawNode { start: span.start, end: span.end, next, data, raw });
        self.document.files.push(span.file);
    }
}

impl Document {
    /// The same document with other values for some scalars, given in order by number. A plain value is resolved like a
    /// plain word, any other is a string. The places stay.
    #[must_use]
    pub fn with_values(&self, values: Vec<(u32, String, bool)>) -> Self {
        let mut document = self.copy();
        document.filled = values.iter().map(|(index, ..)| *index).collect();
        for (index, text, plain) in values {
            document.texts.push(text.into());
            let node = &mut document.nodes[index as usize];
            node.data = document.texts.len() as u32;
            node.raw = if plain { Raw::Plain } else { Raw::Quoted };
        }
        document
    }

    /// What a [`Composer`] makes of the document if it adds each value with its place, and the plain scalars with the
    /// numbers `words` as strings. The document must have no aliases and no tags.
    #[must_use]
    pub fn into_composed(mut self, words: &[u32]) -> Self {
        self.files = vec![self.file; self.nodes.len()];
        self.changed = true;
        (self.start, self.end) = (self.nodes[0].start, self.nodes[0].end);
        for number in words {
            self.nodes[*number as usize].raw = Raw::Word;
        }
        for node in &mut self.nodes {
            node.raw = match node.raw {
                Raw::FlowSequence => Raw::Sequence,
                Raw::FlowMapping => Raw::Mapping,
                Raw::Block => {
                    if node.data == 0 {
                        self.texts.push(self.source[node.start as usize..node.end as usize].into());
                        node.data = self.texts.len() as u32;
                    }
                    Raw::Quoted
                }
                raw => raw,
            };
        }
        self
    }

    /// A copy without the facts that are computed at first use.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            file: self.file,
            source: Arc::clone(&self.source),
            nodes: self.nodes.clone(),
            texts: self.texts.clone(),
            tags: self.tags.clone(),
            files: self.files.clone(),
            replaced: self.replaced.clone(),
            changed: self.changed,
            aliased: self.aliased,
            holes: self.holes.clone(),
            filled: self.filled.clone(),
            start: self.start,
            end: self.end,
            links: OnceLock::new(),
        }
    }
}
