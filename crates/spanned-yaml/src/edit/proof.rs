//! The proof of edits: the new text is read, and has to say what the old one said, but for what the edits are about.
//!
//! Both trees are walked together. Of a collection whose parts an edit takes or adds, the parts that stay have to follow each
//! other as before; a scalar that an edit lies in may become another scalar; everything else has to be the same.

use super::Edit;
use crate::source::FileId;
use crate::{Document, Kind, Node};
use std::collections::HashMap;
use std::sync::Arc;

/// Whether `after` is what `edits`, which are those of one file and in order, were to make of `before`.
pub fn holds(before: &Arc<str>, after: &Arc<str>, edits: &[Edit]) -> bool {
    let read = |text: &Arc<str>| {
        let mut documents = Vec::new();
        let file = edits.first().map_or(FileId(0), |edit| edit.span.file);
        crate::parse(file, text, |document| documents.push(document));
        documents
    };
    let (old, new) = (read(before), read(after));
    let walk = Walk::of(edits);
    old.len() == new.len()
        && old.iter().zip(&new).all(|pair| match pair {
            (Ok(old), Ok(new)) => walk.is_same_document(old, new),
            (Err(old), Err(new)) => old.message == new.message,
            _ => false,
        })
}

struct Walk<'e> {
    edits: &'e [Edit],
    /// The greatest end of the edits up to each one.
    ends: Vec<u32>,
    /// The edits of the parts of each collection, by its text and number.
    parts: HashMap<(u32, u32, u32), Vec<&'e Edit>>,
}

impl<'e> Walk<'e> {
    fn of(edits: &'e [Edit]) -> Self {
        let mut parts: HashMap<_, Vec<&Edit>> = HashMap::new();
        let mut ends = Vec::with_capacity(edits.len());
        for edit in edits {
            ends.push(edit.span.end.max(ends.last().copied().unwrap_or(0)));
            if let Some(part) = edit.part {
                let key = (part.collection.start, part.collection.end, part.node);
                parts.entry(key).or_default().push(edit);
            }
        }
        Self { edits, ends, parts }
    }

    fn is_same_document(&self, old: &Document, new: &Document) -> bool {
        let mut pairs = vec![(old.raw_at(0), new.raw_at(0))];
        while let Some((old, new)) = pairs.pop() {
            if old.is_alias() != new.is_alias() || old.kind() != new.kind() || old.tag() != new.tag() {
                return false;
            }
            if old.is_alias() {
                continue;
            }
            if old.kind() == Kind::Scalar {
                let is_same = old.text() == new.text() && old.is_plain() == new.is_plain();
                if !is_same && !self.lies_in(old) {
                    return false;
                }
                continue;
            }
            let Some(same) = self.same_parts(old, new) else { return false };
            pairs.extend(same);
        }
        true
    }

    /// Whether an edit lies in a scalar, or changes all of it.
    fn lies_in(&self, scalar: Node<'_>) -> bool {
        let span = scalar.span();
        let from = self.ends.partition_point(|&end| end <= span.start);
        let mut near = self.edits[from..].iter().take_while(|edit| edit.span.start < span.end);
        near.any(|edit| !edit.takes())
    }

    /// The parts that stay, each with what it is now; `None` where they are not those that should stay.
    fn same_parts<'d>(&self, old: Node<'d>, new: Node<'d>) -> Option<Vec<(Node<'d>, Node<'d>)>> {
        let span = old.span();
        let edits = self.parts.get(&(span.start, span.end, old.index())).map_or(&[][..], Vec::as_slice);
        let width = if old.kind() == Kind::Mapping { 2 } else { 1 };
        let children: Vec<Node<'d>> = old.raw_children().collect();
        let mut taking = edits.iter().filter(|edit| edit.takes()).peekable();
        let mut kept: Vec<Node<'d>> = Vec::with_capacity(children.len());
        for part in children.chunks(width) {
            let own = part[0].span();
            while taking.next_if(|edit| edit.span.end <= own.start).is_some() {}
            let goes =
                taking.peek().is_some_and(|edit| edit.span.start <= own.start && own.end <= edit.span.end);
            if !goes {
                kept.extend(part);
            }
        }
        let taken: u32 = edits.iter().filter_map(|edit| edit.part).map(|part| part.taken).sum();
        let now: Vec<Node<'d>> = new.raw_children().collect();
        let added: Vec<&String> = edits.iter().flat_map(|edit| &edit.added).collect();
        let (same, more) = now.split_at_checked(kept.len())?;
        let is_due = children.len() == kept.len() + taken as usize * width
            && more.len() == added.len() * width
            && more.chunks(width).zip(&added).all(|(part, name)| part[0].text() == name.as_str());
        is_due.then(|| kept.into_iter().zip(same.iter().copied()).collect())
    }
}
