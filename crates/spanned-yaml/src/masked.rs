//! Documents of a template. Before a template is parsed, its actions are masked byte for byte, so that places stay the same.
//!
//! If the masked text lacks something that may be any text, it has a hole there. A value is open if there is a hole in it or
//! right next to it, since the depth of the missing text is unknown.

use crate::document::{Document, Kind};
use crate::node::Node;
use std::sync::Arc;

impl Document {
    /// The same document as a part of `source`, which is as long as the text that was read. A missing value next to one of
    /// the `holes`, which are in order, is the content of the hole.
    #[must_use]
    pub fn written_in(mut self, source: Arc<str>, holes: &[u32]) -> Self {
        debug_assert_eq!(self.source.len(), source.len());
        let first = holes.partition_point(|hole| *hole < self.start);
        let end = holes.partition_point(|hole| *hole < self.end);
        self.source = source;
        self.holes = holes[first..end].to_vec();
        if self.holes.is_empty() {
            return self;
        }
        let empty = self.all().filter(|node| node.kind() == Kind::Scalar && node.text().trim().is_empty());
        let filled = empty.filter_map(|node| {
            let hole = node.hole()? as usize;
            Some((node.index(), self.source.get(hole..)?.lines().next()?.trim_end().to_owned(), true))
        });
        let filled: Vec<_> = filled.collect();
        if filled.is_empty() { self } else { self.with_values(filled) }
    }

    /// The same document with other holes, in order, since copied values lose theirs.
    #[must_use]
    pub fn with_holes(self, holes: Vec<u32>) -> Self {
        Self { holes, ..self }
    }

    /// The places of unknown text, in order.
    pub fn holes(&self) -> &[u32] {
        &self.holes
    }
}

impl Node<'_> {
    /// Whether it may contain more than its text shows.
    pub fn is_open(self) -> bool {
        self.hole().is_some()
    }

    /// The first hole in it or next to it that is not in one of its parts.
    fn hole(self) -> Option<u32> {
        let doc = self.document();
        // A composed document has no text around its holes.
        if doc.holes.is_empty() || doc.is_composed() {
            return doc.holes.first().copied();
        }
        let node = self.resolved();
        let (index, raw) = (node.index(), node.raw());
        let before = index.checked_sub(1).map(|before| &doc.nodes[before as usize]);
        let from = before
            .map_or(doc.start, |before| if before.raw.is_collection() { before.start } else { before.end });
        let to = doc.nodes.get(raw.next as usize).map_or(doc.end, |next| next.start);
        let first = doc.holes.partition_point(|hole| *hole < from);
        let inside = doc.holes[first..].iter().copied().take_while(|hole| *hole < to);
        let parts = || node.raw_children().filter(|child| child.kind() != Kind::Scalar).map(Node::span);
        inside.into_iter().find(|hole| !parts().any(|part| part.start < *hole && *hole < part.end))
    }
}

#[cfg(test)]
mod tests {
    use crate::{FileId, parse};

    /// The paths of the open values in a text; each line with `#{` is a hole.
    fn open(text: &str) -> Vec<String> {
        let holes: Vec<u32> = text.match_indices("#{").map(|(at, _)| at as u32).collect();
        let mut found = Vec::new();
        parse(FileId(0), &text.into(), |parsed| {
            let document = parsed.expect(text).written_in(text.into(), &holes);
            let root = document.root();
            let collections = document.all().filter(|node| node.scalar().is_none() && node.is_open());
            found.extend(collections.map(|node| root.path_to(node.span())));
            found.extend(
                document
                    .all()
                    .filter(|node| node.text().starts_with('#'))
                    .map(|node| format!("{} = {}", root.path_to(node.span()), node.text())),
            );
        });
        found
    }

    #[test]
    fn collections_beside_a_hole_are_open() {
        for (text, wanted) in [
            ("a:\n  b: c\nd: e\n", vec![]),
            ("a:\n  b: c\n  #{x\nd: e\n", vec!["", "a"]),
            ("a:\n  #{x\n  b: c\nd: e\n", vec!["", "a"]),
            ("a:\n  b:\n  - c\n  #{x\n  - d\ne: f\n", vec!["a.b"]),
            ("a:\n  b:\n  - c: d\n    #{x\n    e: f\n  - g: h\n", vec!["a.b[0]"]),
            ("a:\n  #{x\nd: e\n", vec!["", "a = #{x"]),
            ("---\na: b\n---\n#{x\nc: d\n", vec![""]),
        ] {
            assert_eq!(open(text), wanted, "{text}");
        }
    }
}
