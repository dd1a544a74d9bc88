//! Texts outside of builds that refer to an object of the old kind by its kind and name, such as the patch of a `SyncSet`,
//! or a difference that Argo CD ignores. The conversion of the object does not change them.

use crate::placement::Repository;
use crate::read::crd::{self, MirrorKind};
use crate::source::{FileId, Span};
use crate::yaml;
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The places that refer to the old kind.
pub(super) struct Mentions {
    documents: Vec<Document>,
}

/// A document, with the first place in it that refers to the old kind.
struct Document {
    text: Arc<str>,
    range: Range<usize>,
    kind: Span,
}

impl Mentions {
    /// All places outside of the `objects` themselves and of the texts in `change`.
    pub(super) fn of(
        objects: &BTreeSet<Span>,
        change: &BTreeSet<FileId>,
        repository: &Repository<'_>,
    ) -> Self {
        let mut known: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for object in objects {
            known.entry(object.file).or_default().push(*object);
        }
        let texts = repository.read().filter(|(file, _)| !change.contains(file));
        let documents = texts.flat_map(|(file, text)| {
            let objects = known.get(&file).map_or(&[][..], Vec::as_slice);
            documents(file, text, objects)
        });
        Self { documents: documents.collect() }
    }

    /// The first place that refers to the object with this name.
    pub(super) fn of_name(&self, name: &str) -> Option<Span> {
        let document = self.documents.iter().find(|document| {
            let text = document.text[document.range.clone()].as_bytes();
            let is_named = |at| is_word(text, at..at + name.len()) && is_behind_key(&text[..at]);
            memmem::find_iter(text, name).any(is_named)
        });
        document.map(|document| document.kind)
    }
}

fn documents(file: FileId, text: &Arc<str>, objects: &[Span]) -> Vec<Document> {
    let kind = crd::Kind::Mirrors(MirrorKind::Icsp).name();
    let bytes = text.as_bytes();
    let mut found: Vec<Document> = Vec::new();
    for at in memmem::find_iter(bytes, kind) {
        let span = Span::new(file, at, at + kind.len());
        let is_known = objects.iter().any(|object| object.contains(span))
            || found.last().is_some_and(|last| last.range.contains(&at));
        if is_known || !is_word(bytes, span.range()) || is_comment(text, at) {
            continue;
        }
        let start = memmem::rfind(&bytes[..at], b"\n---").map_or(0, |start| start + 1);
        let end = memmem::find(&bytes[at..], b"\n---").map_or(bytes.len(), |end| at + end);
        found.push(Document { text: text.clone(), range: start..end, kind: span });
    }
    found
}

/// Whether the characters around it cannot be a part of a name.
fn is_word(text: &[u8], range: Range<usize>) -> bool {
    let goes_on = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    !goes_on(range.start.checked_sub(1).and_then(|before| text.get(before))) && !goes_on(text.get(range.end))
}

/// Whether `name:` is before it, with or without quotes.
fn is_behind_key(text: &[u8]) -> bool {
    let trim = |text: &'_ [u8], blanks: &[u8]| {
        text.iter().rposition(|byte| !blanks.contains(byte)).map_or(0, |last| last + 1)
    };
    let before = &text[..trim(text, b" \t\"'\\")];
    before.strip_suffix(b":").is_some_and(|key| key[..trim(key, b" \t\"'\\")].ends_with(b"name"))
}

fn is_comment(text: &str, at: usize) -> bool {
    let line = &text[yaml::line_start(text, at)..at];
    line.trim_start().starts_with('#') || line.contains(" #")
}
