//! Changes to a text as splices of bytes, so that comments, order and quoting outside of them stay as they are.
//!
//! An edit that cannot be made cleanly (a shared line, an anchor that something else needs) is not offered.

use super::document::Raw;
use super::{Document, Kind, Node};
use crate::source::Span;

/// Bytes to replace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What goes; empty for an insertion.
    pub span: Span,
    /// What comes.
    pub replacement: String,
    /// The collection whose parts it takes or adds; what else does so may not go together with it.
    pub part: Option<Part>,
}

/// A change to the parts of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The text of the collection.
    pub collection: Span,
    /// How many of its parts go; 0 for an edit that adds some.
    pub taken: u32,
    /// How many it has.
    pub of: u32,
}

impl Edit {
    /// Puts `replacement` in the place of `span`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into(), part: None }
    }

    /// Notes what it does to the parts of a collection.
    fn of_part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }
}

/// Makes edits for one document.
#[derive(Clone, Copy)]
pub struct Editor<'d> {
    doc: &'d Document,
}

impl<'d> Editor<'d> {
    /// An editor for `doc`.
    pub fn new(doc: &'d Document) -> Self {
        Self { doc }
    }

    /// Replaces the scalar at `span` by `value`, in the quotes that stand there or that the new value needs.
    pub fn set(self, span: Span, value: &str) -> Option<Edit> {
        // The text of a list of one item may be that of the item.
        let node = self.all_at(span).find(|node| node.kind() == Kind::Scalar)?;
        if node.is_block_scalar() || self.is_shared(node) || self.holds_replaced(node, node) {
            return None;
        }
        Some(Edit::replace(span, quoted_like(self.first_byte(node), value)))
    }

    /// Replaces the text of a key at `span`, which has to be there as it is, in the quotes that stand there.
    pub fn rename(self, span: Span, name: &str) -> Option<Edit> {
        let key = self.child(span, Kind::Mapping).filter(|key| !self.is_shared(*key))?;
        Some(Edit::replace(span, quoted_like(self.first_byte(key), name)))
    }

    /// Removes the list item at `span`, with its line or its comma.
    pub fn remove_item(self, span: Span) -> Option<Edit> {
        let item = self.child(span, Kind::Sequence)?;
        self.remove(item, item)
    }

    /// Removes several items of one list. `None` among the edits stands for one that cannot be removed cleanly.
    pub fn remove_items(self, spans: &[Span]) -> Vec<Option<Edit>> {
        let items = spans.iter().map(|span| self.child(*span, Kind::Sequence));
        self.remove_all(items.map(|item| item.map(|item| (item, item))).collect())
    }

    /// Removes the map entry whose key or value stands at `span`, with its lines or its comma.
    pub fn remove_entry(self, span: Span) -> Option<Edit> {
        let (key, value) = self.pair(span)?;
        self.remove(key, value)
    }

    /// Removes several entries of one map. `None` among the edits stands for one that cannot be removed cleanly.
    pub fn remove_entries(self, spans: &[Span]) -> Vec<Option<Edit>> {
        self.remove_all(spans.iter().map(|span| self.pair(*span)).collect())
    }

    /// The key and the value of which one stands at `span`.
    fn pair(self, span: Span) -> Option<(Node<'d>, Node<'d>)> {
        let child = self.child(span, Kind::Mapping)?;
        let is_key = self.doc.links().positions[child.index() as usize].is_multiple_of(2);
        if is_key {
            let value = self.next_sibling(child)?;
            return Some((child, self.doc.raw_at(value)));
        }
        Some((self.previous_sibling(child)?, child))
    }

    /// Removes several parts of one collection. In flow style neighbours share a comma, and what follows the entry on the
    /// line of a dash moves up to it, so a run of them goes in one piece.
    fn remove_all(self, parts: Vec<Option<(Node<'d>, Node<'d>)>>) -> Vec<Option<Edit>> {
        let Some(mut parts) = parts.into_iter().collect::<Option<Vec<_>>>() else { return vec![None] };
        parts.sort_by_key(|(first, _)| first.index());
        parts.dedup_by_key(|(first, _)| first.index());
        let Some((&(first, _), &(_, last))) = parts.first().zip(parts.last()) else { return Vec::new() };
        if !self.parent(first).is_flow() && parts.len() == count(self.parent(first)) as usize {
            return vec![self.remove_rest(first, last)];
        }
        // How many of them lead the collection, of which the first stands behind a dash.
        let mut due = self.is_behind_dash(first).then_some(first.index());
        let leading = parts.iter().take_while(|(first, last)| {
            let leads = due == Some(first.index());
            due = due.and_then(|_| self.next_sibling(*last));
            leads
        });
        let (leading, others) = parts.split_at(leading.count());
        let runs = others.chunk_by(|(first, last), (next, _)| {
            self.parent(*first).is_flow() && self.next_sibling(*last) == Some(next.index())
        });
        std::iter::once(leading)
            .chain(runs)
            .filter_map(|run| Some((run.first()?.0, run.last()?.1)))
            .map(|(first, last)| self.remove(first, last))
            .collect()
    }

    /// Whether a part of a collection is a key that shares its line with the dash of an item (`- source: x`).
    fn is_behind_dash(self, part: Node<'d>) -> bool {
        let parent = self.parent(part);
        parent.kind() == Kind::Mapping && !parent.is_flow() && self.lead(part).contains('-')
    }

    /// The text before a node on its line.
    fn lead(self, node: Node<'d>) -> &'d str {
        let (source, start) = (self.doc.source(), node.span().start);
        &source[line_start(source, start)..start as usize]
    }

    /// Removes all parts of a block collection, which cannot be empty: its whole content becomes `[]` or `{}`.
    fn remove_rest(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let several = first.index() != last.index() && count(parent) > 1;
        // Between them there may be comments, or text that looks like one.
        if self.is_needed_elsewhere(first, last)
            || (several && self.doc.source()[parent.span().range()].contains('#'))
        {
            return None;
        }
        let empty = if parent.kind() == Kind::Sequence { "[]" } else { "{}" };
        self.replace_block(parent, empty)
    }

    /// Adds `value` behind the last item of the list at `span`.
    pub fn append_item(self, span: Span, value: &str) -> Option<Edit> {
        self.append_items(span, &[value])
    }

    /// Adds `values` behind the last item of the list at `span`, in the quotes of that item.
    pub fn append_items(self, span: Span, values: &[&str]) -> Option<Edit> {
        let list = self.find(span)?;
        let part = Part { collection: list.span(), taken: 0, of: count(list) };
        self.appended(list, span, values).map(|edit| edit.of_part(part))
    }

    fn appended(self, list: Node<'d>, span: Span, values: &[&str]) -> Option<Edit> {
        if list.kind() != Kind::Sequence || self.is_shared(list) {
            return None;
        }
        let source = self.doc.source();
        let Some(item) = self.last_child(list) else {
            // In JSON the key before the brackets is quoted, and so must be what comes into them.
            let before = source[..list.span().start as usize].trim_end().trim_end_matches(':').trim_end();
            let quote = before.as_bytes().last().copied().filter(|byte| *byte == b'"');
            let items: Vec<String> = values.iter().map(|value| quoted_like(quote, value)).collect();
            let at = list.span().start + 1;
            return list
                .is_flow()
                .then(|| Edit::replace(Span { start: at, end: at, ..span }, items.join(", ")));
        };
        let written = values.iter().map(|value| quoted_like(self.first_byte(item), value));
        let line = line_start(source, item.span().start);
        let lead = &source[line..item.span().start as usize];
        let newline = newline(source);
        if list.is_flow() {
            let at = item.span().end;
            // Items that stand on lines of their own get a neighbour on a line of its own.
            let separator = if lead.trim().is_empty() && lead.len() < item.span().start as usize {
                let behind = line_end(source, at).min(list.span().end as usize);
                if source[at as usize..behind].contains('#') {
                    return None;
                }
                format!(",{newline}{lead}")
            } else {
                ", ".to_owned()
            };
            let text = written.fold(String::new(), |text, value| text + &separator + &value);
            return Some(Edit::replace(Span { start: at, end: at, ..span }, text));
        }
        let dash = lead.rfind('-')?;
        let (indent, gap) = (&lead[..dash], &lead[dash + 1..]);
        let gap = &gap[..gap.len() - gap.trim_start_matches(' ').len()];
        // The item's line may begin with the key of a nested list or with something else than blanks.
        if !indent.bytes().all(|b| b == b' ') || item.is_block_scalar() {
            return None;
        }
        let end = line_end(source, item.span().end);
        let ends_with_newline = source[..end].ends_with('\n');
        let text: String = written
            .map(|value| {
                if ends_with_newline {
                    format!("{indent}-{gap}{value}{newline}")
                } else {
                    format!("{newline}{indent}-{gap}{value}")
                }
            })
            .collect();
        Some(Edit::replace(Span { start: end as u32, end: end as u32, ..span }, text))
    }

    /// Adds an entry behind the last one of the map at `span`; `value` is YAML that fits on a line.
    pub fn append_entry(self, span: Span, key: &str, value: &str) -> Option<Edit> {
        let map = self.find(span).filter(|node| node.kind() == Kind::Mapping)?;
        let (first, last) = (map.raw_children().next()?, self.last_child(map)?);
        if self.is_shared(map) {
            return None;
        }
        let source = self.doc.source();
        let written = format!("{}: {value}", quoted_like(self.first_byte(first), key));
        let part = Part { collection: map.span(), taken: 0, of: count(map) };
        let (at, text) = if map.is_flow() {
            (last.span().end as usize, format!(", {written}"))
        } else {
            let indent = &source[line_start(source, first.span().start)..first.span().start as usize];
            let indent = indent.trim_start_matches('\u{feff}');
            if !indent.bytes().all(|b| b == b' ') || last.is_block_scalar() {
                return None;
            }
            let (end, newline) = (line_end(source, last.span().end.max(first.span().end)), newline(source));
            let text = if source[..end].ends_with('\n') {
                format!("{indent}{written}{newline}")
            } else {
                format!("{newline}{indent}{written}")
            };
            (end, text)
        };
        Some(Edit::replace(Span { start: at as u32, end: at as u32, ..span }, text).of_part(part))
    }

    /// The node whose text is exactly `span`; of a collection and its first child, the collection comes first.
    pub fn find(self, span: Span) -> Option<Node<'d>> {
        self.all_at(span).next()
    }

    /// Whether a comment stands in the text at `span` or right behind it on its line, or something that looks like one.
    pub fn has_comment(self, span: Span) -> bool {
        let source = self.doc.source();
        let behind = source.get(span.end as usize..).and_then(|behind| behind.lines().next());
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
        // An edit of a value that several files have made would be an edit of the wrong text.
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

    /// Removes the neighbours `first..=last`: some items of a list, or a key and its value.
    fn remove(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let positions = &self.doc.links().positions;
        let children = positions[last.index() as usize] - positions[first.index() as usize] + 1;
        let taken = if parent.kind() == Kind::Mapping { children / 2 } else { children };
        let part = Part { collection: parent.span(), taken, of: count(parent) };
        self.removed(first, last).map(|edit| edit.of_part(part))
    }

    fn removed(self, first: Node<'d>, last: Node<'d>) -> Option<Edit> {
        let parent = self.parent(first);
        let removed = Span { end: last.span().end.max(first.span().end), ..first.span() };
        if self.is_needed_elsewhere(first, last) || self.holds_replaced(first, last) {
            return None;
        }
        let (previous, next) = (self.previous_sibling(first), self.next_sibling(last));
        let only = previous.is_none() && next.is_none();
        let source = self.doc.source();
        if parent.is_flow() {
            // An anchor or a tag in front of the item would pass to its neighbour.
            let behind = previous.map_or(parent.span().start + 1, |previous| previous.span().end);
            let lead = &source[behind as usize..removed.start as usize];
            if !lead.bytes().all(|b| b == b',' || b.is_ascii_whitespace()) {
                return None;
            }
            // With its comma: the one behind, or for the last item the one before.
            let span = if only {
                Span { start: parent.span().start + 1, end: parent.span().end - 1, ..removed }
            } else if let Some(next) = next {
                Span { end: self.doc.nodes[next as usize].start, ..removed }
            } else {
                Span { start: behind, ..removed }
            };
            return (!source[span.range()].contains('#')).then(|| Edit::replace(span, ""));
        }
        if only {
            return self.remove_rest(first, last);
        }
        let lead = self.lead(first);
        if !lead.bytes().all(|b| matches!(b, b' ' | b'-')) {
            return None;
        }
        // The entry shares its line with the dash of an item (`- source: x`): the next entry moves up to it.
        if self.is_behind_dash(first) {
            let span = Span { end: self.doc.nodes[next? as usize].start, ..removed };
            return (!source[span.range()].contains('#')).then(|| Edit::replace(span, ""));
        }
        // The dash may stand on a line above, and nested dashes on one line (`- - a`) hold other items too.
        if lead.matches('-').count() != usize::from(parent.kind() == Kind::Sequence) {
            return None;
        }
        let start = removed.start - lead.len() as u32;
        let end = line_end(source, removed.end) as u32;
        Some(Edit::replace(Span { start, end, ..removed }, ""))
    }

    /// Replaces a block collection by `[]` or `{}` behind its key.
    fn replace_block(self, block: Node<'d>, empty: &str) -> Option<Edit> {
        if block.index() == 0 || self.parent(block).kind() != Kind::Mapping {
            return None;
        }
        let key = self.previous_sibling(block)?.span().end;
        // Nothing but the colon and blanks may lie between (a list at its key's own indentation starts behind its
        // first dash): no comment, no anchor, no tag.
        let between = &self.doc.source()[key as usize..block.span().start as usize];
        if between.trim_end_matches(['-', ' ']).trim() != ":" {
            return None;
        }
        let colon = key + between.find(':')? as u32 + 1;
        let span = Span { start: colon, end: block.span().end, ..block.span() };
        // A block scalar at the end holds the line end.
        let newline =
            if self.doc.source()[span.range()].ends_with('\n') { newline(self.doc.source()) } else { "" };
        Some(Edit::replace(span, format!(" {empty}{newline}")))
    }

    /// Whether a value in this part of the text comes from elsewhere: what is wrong with it is not wrong here.
    fn holds_replaced(self, first: Node<'d>, last: Node<'d>) -> bool {
        let next = self.doc.filled.partition_point(|&index| index < first.index());
        let end = self.doc.nodes[last.index() as usize].next;
        self.doc.filled.get(next).is_some_and(|&index| index < end)
    }

    /// Whether an alias stands for the node or for something that holds it: a change would show in both places.
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

/// How many items or entries a collection has.
fn count(collection: Node<'_>) -> u32 {
    let children = collection.document().child_count(collection.index());
    if collection.kind() == Kind::Mapping { children / 2 } else { children }
}

fn line_start(source: &str, at: u32) -> usize {
    source[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
}

/// Behind the line end that follows `at`.
fn line_end(source: &str, at: u32) -> usize {
    let rest = &source[at as usize..];
    // A block scalar's span already ends behind its line end.
    if at > 0 && source.as_bytes()[at as usize - 1] == b'\n' {
        return at as usize;
    }
    rest.find('\n').map_or(source.len(), |newline| at as usize + newline + 1)
}

/// The line end that the text uses.
fn newline(source: &str) -> &'static str {
    if source.find('\n').is_some_and(|at| source[..at].ends_with('\r')) { "\r\n" } else { "\n" }
}

/// `value` in the quotes that begin with `first`, or as plain as it can be.
fn quoted_like(first: Option<u8>, value: &str) -> String {
    match first {
        Some(b'"') => double_quoted(value),
        // Single quotes fold line ends and know no escapes.
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

#[cfg(test)]
mod tests;
