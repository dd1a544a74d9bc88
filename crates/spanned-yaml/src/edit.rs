//! Edits replace bytes of a text, so that comments, order and quotes outside of them stay.
//!
//! An edit that would also change something else (a shared line, an anchor that is needed, a missing value) is not
//! offered. [`proof`] checks that the text after edits says what it should.

mod append;
mod made;
pub mod proof;
mod remove;

pub use made::{MadeOf, Texts};

use super::document::Raw;
use super::{Document, Kind, Node, lines};
use crate::source::Span;

/// Bytes to replace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes to remove; empty for an insertion.
    pub span: Span,
    /// The text to insert.
    pub replacement: String,
    /// The collection whose items or entries it removes or adds.
    pub part: Option<Part>,
    /// The items or the keys that it adds to the collection.
    pub added: Vec<String>,
}

/// A change to the items or entries of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The text of the collection.
    pub collection: Span,
    /// Its number in the document: a list and its only item may have the same text.
    pub node: u32,
    /// The number of parts that are removed; 0 for an edit that adds parts.
    pub taken: u32,
    /// The number of parts that it has.
    pub of: u32,
}

impl Edit {
    /// Replaces the text at `span`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into(), part: None, added: Vec::new() }
    }

    /// Whether it removes parts of a collection.
    pub fn takes(&self) -> bool {
        self.part.is_some_and(|part| part.taken > 0)
    }

    /// Whether it only adds parts to a collection.
    pub fn adds(&self) -> bool {
        self.part.is_some_and(|part| part.taken == 0) && self.span.start == self.span.end
    }

    /// Records the change to the parts of a collection.
    fn of_part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }
}

/// Makes edits for one document.
#[derive(Clone, Copy)]
pub struct Editor<'d> {
    doc: &'d Document,
    made_of: Option<&'d MadeOf>,
}

impl<'d> Editor<'d> {
    /// An editor for `doc`.
    pub fn new(doc: &'d Document) -> Self {
        Self { doc, made_of: None }
    }

    /// The same for a document without a file, which was made of these texts.
    #[must_use]
    pub fn made_of(self, made_of: Option<&'d MadeOf>) -> Self {
        Self { made_of, ..self }
    }

    /// Replaces the scalar at `span` by `value`, with the same quotes, or with those that the new value needs.
    pub fn set(self, span: Span, value: &str) -> Option<Edit> {
        if let Some(made_of) = self.made_of.filter(|_| self.doc.is_composed()) {
            return made_of.set(self.doc, span, value);
        }
        // The text of a list of one item may be that of the item.
        let node = self.all_at(span).find(|node| node.kind() == Kind::Scalar)?;
        if node.is_block_scalar()
            || node.is_absent()
            || self.is_shared(node)
            || self.holds_replaced(node, node)
        {
            return None;
        }
        Some(Edit::replace(span, quoted_like(self.first_byte(node), value)))
    }

    /// Renames the key at `span`, with the same quotes. The key must stand in the text unchanged.
    pub fn rename(self, span: Span, name: &str) -> Option<Edit> {
        let key = self.child(span, Kind::Mapping).filter(|key| !key.is_absent() && !self.is_shared(*key))?;
        Some(Edit::replace(span, quoted_like(self.first_byte(key), name)))
    }

    /// The node whose text is exactly `span`; of a collection and its first child, the collection comes first.
    pub fn find(self, span: Span) -> Option<Node<'d>> {
        self.all_at(span).next()
    }

    /// Whether the text at `span`, or its line behind it, has a comment, or something that looks like one.
    pub fn has_comment(self, span: Span) -> bool {
        let source = self.doc.source();
        let behind = source.get(span.end as usize..lines::behind_line(source, span.end));
        source.get(span.range()).is_some_and(|text| text.contains('#'))
            || behind.is_some_and(|behind| behind.trim_start().starts_with('#'))
    }

    /// Whether the map that has a key at `span` also has the key `name`.
    pub fn has_beside(self, span: Span, name: &str) -> bool {
        self.child(span, Kind::Mapping).is_some_and(|key| self.parent(key).entry(name).is_some())
    }

    /// The nodes whose text is exactly `span`, the outer before the inner.
    fn all_at(self, span: Span) -> impl Iterator<Item = Node<'d>> {
        let doc = self.doc;
        // A value that several files make cannot be edited in one place.
        let nodes = if doc.is_composed() { &[][..] } else { &doc.nodes[..] };
        let first = nodes.partition_point(|node| node.start < span.start);
        let at_start = nodes[first..].iter().take_while(move |node| node.start == span.start);
        let here = at_start
            .enumerate()
            .filter(move |(_, node)| span.file == doc.file && node.end == span.end && node.raw != Raw::Alias);
        here.map(move |(offset, _)| doc.raw_at((first + offset) as u32))
    }

    /// The node at `span` that is a child of a collection of this kind.
    fn child(self, span: Span, kind: Kind) -> Option<Node<'d>> {
        self.all_at(span).find(|node| node.index() > 0 && self.parent(*node).kind() == kind)
    }

    fn parent(self, node: Node<'d>) -> Node<'d> {
        self.doc.raw_at(self.doc.links().parents[node.index() as usize])
    }

    fn next_sibling(self, node: Node<'d>) -> Option<u32> {
        let next = self.doc.nodes[node.index() as usize].next;
        (next < self.doc.nodes[self.parent(node).index() as usize].next).then_some(next)
    }

    fn previous_sibling(self, node: Node<'d>) -> Option<Node<'d>> {
        self.child_before(self.parent(node), node.index())
    }

    fn last_child(self, list: Node<'d>) -> Option<Node<'d>> {
        self.child_before(list, self.doc.nodes[list.index() as usize].next)
    }

    /// The child of `parent` that ends before the node `index`.
    fn child_before(self, parent: Node<'d>, index: u32) -> Option<Node<'d>> {
        self.doc.child_before(parent.index(), index).map(|before| self.doc.raw_at(before))
    }

    /// The number of a node among its collection's children.
    fn position(self, node: Node<'d>) -> u32 {
        self.doc.links().positions[node.index() as usize]
    }

    /// A collection, for an edit that removes or adds a part.
    fn part(self, collection: Node<'d>, taken: u32) -> Part {
        let children = self.doc.child_count(collection.index());
        let of = if collection.kind() == Kind::Mapping { children / 2 } else { children };
        Part { collection: collection.span(), node: collection.index(), taken, of }
    }

    /// The text before a node on its line.
    fn lead(self, node: Node<'d>) -> Option<&'d str> {
        lines::lead(self.doc.source(), node.span().start)
    }

    /// The end of a node, including the colon before an empty value; `None` if that is not known.
    fn end(self, node: Node<'d>) -> Option<u32> {
        let mut last = node;
        while last.kind() != Kind::Scalar && !last.is_alias() && !last.is_flow() {
            last = self.last_child(last)?;
        }
        if last.is_absent() { self.end_of_absent(last) } else { Some(last.span().end.max(node.span().end)) }
    }

    /// The place behind the colon of an empty value, whose own place is before the colon.
    fn end_of_absent(self, value: Node<'d>) -> Option<u32> {
        let parent = self.parent(value);
        if parent.kind() != Kind::Mapping || self.position(value).is_multiple_of(2) {
            return None;
        }
        let (source, key) = (self.doc.source(), self.previous_sibling(value)?);
        if key.kind() != Kind::Scalar || key.is_absent() {
            return None;
        }
        let key = key.span().end as usize;
        let rest = source.get(key..)?;
        let behind = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(behind) = behind.strip_prefix(':') else {
            return (parent.is_flow() && behind.starts_with([',', '}'])).then_some(key as u32);
        };
        // There is neither an anchor nor a tag.
        let value = behind.trim_start_matches([' ', '\t']);
        let is_nothing = value.is_empty()
            || value.starts_with(['\r', '\n'])
            || (value.starts_with('#') && value.len() < behind.len())
            || (parent.is_flow() && value.starts_with([',', '}', ']']));
        is_nothing.then(|| (source.len() - behind.len()) as u32)
    }

    /// Whether a flow collection has brackets: a map of one pair in a list (`[a: b]`) has none, and its span is
    /// incomplete.
    fn is_whole(self, node: Node<'d>) -> bool {
        let text = &self.doc.source().as_bytes()[node.span().range()];
        let (open, close) = if node.kind() == Kind::Mapping { (b'{', b'}') } else { (b'[', b']') };
        !node.is_flow()
            || node.is_alias()
            || (text.len() > 1 && text[0] == open && text.last() == Some(&close))
    }

    /// Whether a value in this part of the text comes from another file, so that it must be edited there.
    fn holds_replaced(self, first: Node<'d>, last: Node<'d>) -> bool {
        let next = self.doc.filled.partition_point(|&index| index < first.index());
        let end = self.doc.nodes[last.index() as usize].next;
        self.doc.filled.get(next).is_some_and(|&index| index < end)
    }

    /// Whether an alias stands for the node or for a collection around it: a change would show in both places.
    fn is_shared(self, node: Node<'d>) -> bool {
        self.doc.is_shared(node.index())
    }

    /// Whether the neighbours `first..=last` are shared, or an alias outside of them stands for one inside.
    fn is_needed_elsewhere(self, first: Node<'d>, last: Node<'d>) -> bool {
        let inside = first.index()..self.doc.nodes[last.index() as usize].next;
        self.is_shared(first) || self.doc.is_needed_behind(inside)
    }

    fn first_byte(self, node: Node<'d>) -> Option<u8> {
        self.doc.source().as_bytes().get(node.span().start as usize).copied()
    }
}

/// `value` with the quotes that begin with `first`, or plain if possible.
fn quoted_like(first: Option<u8>, value: &str) -> String {
    match first {
        Some(b'"') => double_quoted(value),
        // Single quotes fold line ends and have no escapes.
        Some(b'\'') if !value.contains(char::is_control) => format!("'{}'", value.replace('\'', "''")),
        _ => scalar(value),
    }
}

/// `value` as YAML: plain where that is safe, else in double quotes.
pub fn scalar(value: &str) -> String {
    let safe = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"./:_-".contains(&b))
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !value.ends_with(':')
        && matches!(super::scalar::resolve(value), super::Scalar::Str(_));
    if safe { value.to_owned() } else { double_quoted(value) }
}

fn double_quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Applies `edits` to `text`. They belong to one file, are in order, and do not overlap. An edit outside of the text is
/// skipped.
pub fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let span = edit.span.range();
        let Some(kept) = text.get(done..span.start).filter(|_| text.is_char_boundary(span.end)) else {
            continue;
        };
        result.push_str(kept);
        result.push_str(&edit.replacement);
        done = span.end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests;
