//! Edits of a document without a file: its values are changed in the texts that they come from.

use super::{Edit, Editor, quoted_like};
use crate::source::{FileId, Span};
use crate::{Document, Kind, parse};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The texts that documents were made of, such as templates and values files.
#[derive(Debug, Default)]
pub struct Texts {
    texts: HashMap<FileId, Arc<str>>,
    /// The documents of the texts that are YAML.
    documents: HashMap<FileId, Vec<Arc<Document>>>,
}

impl Texts {
    /// Adds a text that is not YAML, such as a template.
    pub fn add(&mut self, file: FileId, text: Arc<str>) {
        self.texts.entry(file).or_insert(text);
    }

    /// Adds a document. If it has no file of its own, its text is added.
    pub fn add_document(&mut self, document: &Arc<Document>) {
        if document.is_composed() {
            self.add(document.file(), Arc::clone(document.source()));
        } else {
            self.documents.entry(document.file()).or_default().push(Arc::clone(document));
        }
    }

    /// Whether a file is one of them.
    pub fn hold(&self, file: FileId) -> bool {
        self.texts.contains_key(&file) || self.documents.contains_key(&file)
    }

    fn document(&self, span: Span) -> Option<&Document> {
        let mut documents = self.documents.get(&span.file)?.iter();
        documents.find(|document| document.span().contains(span)).map(Arc::as_ref)
    }
}

/// What one document was made of.
#[derive(Debug)]
pub struct MadeOf {
    texts: Arc<Texts>,
    /// The scalars of the document by their places.
    scalars: OnceLock<HashMap<Span, Vec<u32>>>,
}

impl MadeOf {
    /// For a document that was made of these texts.
    pub fn new(texts: Arc<Texts>) -> Self {
        Self { texts, scalars: OnceLock::new() }
    }

    /// For another document that was made of the same texts.
    #[must_use]
    pub fn of_same_texts(&self) -> Self {
        Self::new(Arc::clone(&self.texts))
    }

    /// The texts.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Replaces a value of `made` in the text that it comes from; `None` if that text is not the whole value.
    pub(super) fn set(&self, made: &Document, span: Span, value: &str) -> Option<Edit> {
        if value.contains("{{") {
            return None;
        }
        let old = self.value(made, span)?;
        if let Some(document) = self.texts.document(span) {
            return Some(Editor::new(document)).filter(|editor| says(*editor, span, old))?.set(span, value);
        }
        let text = self.texts.texts.get(&span.file)?.get(span.range())?;
        if text.contains("{{") || text.contains(['\n', '\r']) || literal(text).as_deref() != Some(old) {
            return None;
        }
        Some(Edit::replace(span, quoted_like(text.bytes().next(), value)))
    }

    /// The document that holds the item at `span`, if the item is there as in `made`.
    pub(super) fn holder(&self, made: &Document, span: Span) -> Option<&Document> {
        let old = self.value(made, span)?;
        let document = self.texts.document(span)?;
        Some(document).filter(|document| says(Editor::new(document), span, old))
    }

    /// The text of the scalar of `made` at a place. If several values come from there, they have to be the same.
    fn value<'d>(&self, made: &'d Document, span: Span) -> Option<&'d str> {
        let scalars = self.scalars.get_or_init(|| {
            let mut scalars: HashMap<Span, Vec<u32>> = HashMap::new();
            for node in made.all().filter(|node| node.kind() == Kind::Scalar) {
                scalars.entry(node.span()).or_default().push(node.index());
            }
            scalars
        });
        let mut values = scalars.get(&span)?.iter().map(|index| made.at(*index).text());
        let first = values.next()?;
        values.all(|other| other == first).then_some(first)
    }
}

/// Whether a document has this scalar at a place.
fn says(editor: Editor<'_>, span: Span, value: &str) -> bool {
    editor.all_at(span).any(|node| node.kind() == Kind::Scalar && node.text() == value)
}

/// The value of a text that is one scalar.
fn literal(text: &str) -> Option<String> {
    let mut found = Vec::new();
    let text: Arc<str> = text.into();
    parse(FileId(0), &text, |parsed| found.push(parsed));
    let [Ok(document)] = found.as_slice() else { return None };
    let root = document.root();
    let is_whole = root.span().range() == (0..text.len());
    let is_plain = root.kind() == Kind::Scalar && !root.is_alias() && root.tag().is_none();
    (is_whole && is_plain && !root.is_block_scalar()).then(|| root.text().to_owned())
}
