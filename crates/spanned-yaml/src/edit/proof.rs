//! The proof of edits: the new text is parsed, and must say the same as the old one, except for the edits.
//!
//! Both trees are walked together. In a collection whose parts an edit removes or adds, the other parts must follow
//! each other as before. A scalar that an edit changes may become another scalar. Everything else must be the same. If
//! a scalar is a text with documents, and an edit changes a part of it, these documents are compared in the same way.

use super::Edit;
use crate::source::FileId;
use crate::{Document, Kind, Node, embedded};
use std::collections::HashMap;
use std::sync::Arc;

/// The limit of depth for texts in texts.
const MAX_DEPTH: usize = 8;

/// Whether `after` is the intended result of `edits` in `before`. They belong to one file, and are in order.
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
            (Ok(old), Ok(new)) => walk.is_same_document(old, new, 0),
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

    fn is_same_document(&self, old: &Document, new: &Document, depth: usize) -> bool {
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
                if !is_same && (!self.lies_in(old) || !self.says_same_inside(old, new, depth)) {
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

    /// Whether a text with documents has the same ones, except for the edits in it. Any other text, and one that an
    /// edit replaces as a whole, is accepted.
    fn says_same_inside(&self, old: Node<'_>, new: Node<'_>, depth: usize) -> bool {
        let span = old.span();
        let from = self.ends.partition_point(|&end| end <= span.start);
        let mut near = self.edits[from..].iter().take_while(|edit| edit.span.start < span.end);
        if depth == MAX_DEPTH || near.any(|edit| edit.span.contains(span)) {
            return true;
        }
        let (before, after) = (embedded::read(old), embedded::read(new));
        let is_text = before.documents.iter().all(|document| document.root().kind() == Kind::Scalar);
        before.is_broken
            || is_text
            || (!after.is_broken
                && before.documents.len() == after.documents.len()
                && (before.documents.iter().zip(&after.documents))
                    .all(|(old, new)| self.is_same_document(old, new, depth + 1)))
    }

    /// The parts that stay, each with its new version; `None` if other parts stay than intended.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    /// Whether the proof holds where the first `old` of a text becomes `new`.
    fn holds_for(text: &str, old: &str, new: &str) -> bool {
        let start = text.find(old).expect(old);
        let edits = [Edit::replace(Span::new(FileId(0), start, start + old.len()), new)];
        holds(&text.into(), &text.replacen(old, new, 1).into(), &edits)
    }

    #[test]
    fn texts_in_texts_are_looked_at() {
        let block = ["[c", "{c: d}", "c\n  x: y", "&e *x"];
        for (text, wrong) in [
            ("a: |\n  b: c\n  d: [e, f]\n", &block[..]),
            ("a: '{\"b\": \"c\", \"d\": [\"e\"]}'\n", &["c\", \"x\": \"y", "c\\", "c\"}, {\"x\": \"y"]),
            ("a: |\n  x: |\n    b: c\n    d: e\n", &block),
            ("a: |-\n  ---\n  x: 1\n  ---\n  b: c\n  d: e", &block),
        ] {
            for end in ["\n", "\r\n", "\r"] {
                let text = text.replace('\n', end);
                assert!(holds_for(&text, "c", "other"), "{text:?}");
                assert!(holds_for(&text, "b", "other"), "{text:?}");
            }
            // The edit says that it changes one scalar.
            for wrong in wrong {
                assert!(!holds_for(text, "c", wrong), "{text}: {wrong}");
            }
        }
        for text in ["a: |\n  just c\n", "a: 'c'\n", "a: |\n  [[c]]\n  x = 1\n"] {
            assert!(holds_for(text, "c", "other: ["), "{text}");
        }
    }
}
