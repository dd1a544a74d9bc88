//! Changes to a text as splices of bytes, so that comments, order and quoting outside of them stay as they are.
//!
//! An edit that cannot be made cleanly (a shared line, an anchor that something else needs) is not offered.

use super::node::Raw;
use super::{Document, Kind, Node};
use crate::source::Span;

/// Bytes to replace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What goes; empty for an insertion.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}

impl Edit {
    /// Puts `replacement` in the place of `span`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
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
        let node = self.find(span)?;
        if node.kind() != Kind::Scalar || node.is_block_scalar() {
            return None;
        }
        let text = &self.doc.source()[span.range()];
        let replacement = match text.as_bytes().first() {
            Some(b'"') => double_quoted(value),
            Some(b'\'') => format!("'{}'", value.replace('\'', "''")),
            _ => scalar(value),
        };
        Some(Edit::replace(span, replacement))
    }

    /// Replaces the text of a key or plain value at `span`, which has to be there as it is.
    pub fn rename(self, span: Span, name: &str) -> Edit {
        let quote = self.doc.source()[span.range()].chars().next().filter(|c| matches!(c, '"' | '\''));
        Edit::replace(span, quote.map_or_else(|| name.to_owned(), |q| format!("{q}{name}{q}")))
    }

    /// Removes the list item at `span`, with its line or its comma.
    pub fn remove_item(self, span: Span) -> Option<Edit> {
        let (list, at) = self.parent(span, |list| list.kind() == Kind::Sequence)?;
        let children: Vec<Node<'d>> = list.raw_children().collect();
        self.remove(list, &children, at, at)
    }

    /// Removes the map entry whose key or value stands at `span`, with its lines or its comma.
    pub fn remove_entry(self, span: Span) -> Option<Edit> {
        let (map, at) = self.parent(span, |map| map.kind() == Kind::Mapping)?;
        let children: Vec<Node<'d>> = map.raw_children().collect();
        self.remove(map, &children, at & !1, at | 1)
    }

    /// Removes several entries of one map, as [`remove_entry`](Self::remove_entry) does one. `None` among the edits
    /// stands for an entry that cannot be removed cleanly.
    pub fn remove_entries(self, spans: &[Span]) -> Vec<Option<Edit>> {
        let found: Option<Vec<_>> =
            spans.iter().map(|span| self.parent(*span, |map| map.kind() == Kind::Mapping)).collect();
        let Some(found) = found else { return vec![None] };
        let Some((map, _)) = found.first().copied().filter(|(map, _)| map.is_flow()) else {
            return spans.iter().map(|span| self.remove_entry(*span)).collect();
        };
        // In flow style neighbours share a comma, so a run of them goes in one piece.
        let children: Vec<Node<'d>> = map.raw_children().collect();
        let mut keys: Vec<usize> = found.iter().map(|(_, at)| at & !1).collect();
        keys.sort_unstable();
        let runs = keys.chunk_by(|one, next| one + 2 == *next);
        runs.map(|run| self.remove(map, &children, run[0], run[run.len() - 1] | 1)).collect()
    }

    /// Adds `value` behind the last item of the list at `span`.
    pub fn append_item(self, span: Span, value: &str) -> Option<Edit> {
        self.append_items(span, &[value])
    }

    /// Adds `values` behind the last item of the list at `span`.
    pub fn append_items(self, span: Span, values: &[&str]) -> Option<Edit> {
        let list = self.find(span)?;
        if list.kind() != Kind::Sequence {
            return None;
        }
        let last = list.raw_children().last();
        if list.is_flow() {
            let joined = values.iter().map(|v| scalar(v)).collect::<Vec<_>>().join(", ");
            let (at, text) = match last {
                Some(last) => (last.span().end, format!(", {joined}")),
                None => (list.span().start + 1, joined),
            };
            return Some(Edit::replace(Span { start: at, end: at, ..span }, text));
        }
        let last = last?;
        let source = self.doc.source();
        let line = line_start(source, last.span().start);
        let indent = source[line..last.span().start as usize].rfind('-')?;
        let indent = &source[line..line + indent];
        // The item's line may begin with the key of a nested list or with something else than blanks.
        if !indent.bytes().all(|b| b == b' ') || last.is_block_scalar() {
            return None;
        }
        let end = line_end(source, last.span().end);
        let newline = if source[..end].ends_with("\r\n") { "\r\n" } else { "\n" };
        let ends_with_newline = source[..end].ends_with('\n');
        let mut text = String::new();
        for value in values {
            let item = format!("{indent}- {}", scalar(value));
            if ends_with_newline {
                text.push_str(&item);
                text.push_str(newline);
            } else {
                text.push_str(newline);
                text.push_str(&item);
            }
        }
        Some(Edit::replace(Span { start: end as u32, end: end as u32, ..span }, text))
    }

    /// The node whose text is exactly `span`; of a collection and its first child, the collection comes first.
    pub fn find(self, span: Span) -> Option<Node<'d>> {
        self.doc.all().find(|node| node.span() == span)
    }

    /// The innermost collection that fits and has a direct child at `span`, and that child's number.
    fn parent(self, span: Span, fits: impl Fn(Node<'d>) -> bool) -> Option<(Node<'d>, usize)> {
        let mut parent = None;
        for node in self.doc.all().filter(|node| node.kind() != Kind::Scalar && node.span().contains(span)) {
            if fits(node) {
                if let Some(at) = node.raw_children().position(|child| child.span() == span) {
                    parent = Some((node, at));
                }
            }
        }
        parent
    }

    fn remove(self, parent: Node<'d>, children: &[Node<'d>], from: usize, to: usize) -> Option<Edit> {
        let (first, last) = (children[from], children[to]);
        let removed = Span { end: last.span().end.max(first.span().end), ..first.span() };
        if self.is_needed_elsewhere(first.index(), last) {
            return None;
        }
        let only = from == 0 && to + 1 == children.len();
        let source = self.doc.source();
        if parent.is_flow() {
            // With its comma: the one behind, or for the last item the one before.
            let span = if only {
                removed
            } else if let Some(next) = children.get(to + 1) {
                Span { end: next.span().start, ..removed }
            } else {
                Span { start: children[from - 1].span().end, ..removed }
            };
            return (!source[span.range()].contains('#')).then(|| Edit::replace(span, ""));
        }
        if only {
            // A block collection cannot be empty; its whole content becomes `[]` or `{}`.
            let empty = if parent.kind() == Kind::Sequence { "[]" } else { "{}" };
            return self.replace_block(parent, empty);
        }
        let mut start = line_start(source, first.span().start);
        let lead = &source[start..first.span().start as usize];
        if !lead.bytes().all(|b| matches!(b, b' ' | b'-')) {
            return None;
        }
        let end = line_end(source, removed.end);
        // The entry shares its line with the dash of an item (`- source: x`): the next entry moves up to it.
        if parent.kind() == Kind::Mapping && lead.contains('-') {
            let next = children.get(to + 1)?;
            start = first.span().start as usize;
            return Some(Edit::replace(Span { start: start as u32, end: next.span().start, ..removed }, ""));
        }
        // Nested dashes on one line (`- - a`) hold other items too.
        if lead.matches('-').count() > usize::from(parent.kind() == Kind::Sequence) {
            return None;
        }
        Some(Edit::replace(Span { start: start as u32, end: end as u32, ..removed }, ""))
    }

    /// Replaces a block collection by `[]` or `{}` behind its key.
    fn replace_block(self, parent: Node<'d>, empty: &str) -> Option<Edit> {
        let source = self.doc.source();
        let start = parent.span().start as usize;
        // Back over blanks and line ends to the colon of the key; a comment in between stays where it is.
        let before = source[..start].trim_end_matches([' ', '-', '\n', '\r', '\t']);
        if !before.ends_with(':') {
            return None;
        }
        Some(Edit::replace(
            Span { start: before.len() as u32, end: parent.span().end, ..parent.span() },
            format!(" {empty}"),
        ))
    }

    /// Whether an alias outside of the nodes `first..=last` stands for one inside of them.
    fn is_needed_elsewhere(self, first: u32, last: Node<'d>) -> bool {
        let nodes = &self.doc.nodes;
        let inside = first..nodes[last.index() as usize].next;
        nodes.iter().enumerate().any(|(index, node)| {
            node.raw == Raw::Alias && inside.contains(&node.data) && !inside.contains(&(index as u32))
        })
    }
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
