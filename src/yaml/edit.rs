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
        // The text of a list of one item may be that of the item.
        let node = self.all_at(span).find(|node| node.kind() == Kind::Scalar)?;
        if node.is_block_scalar() || self.is_shared(node) {
            return None;
        }
        Some(Edit::replace(span, quoted_like(self.first_byte(node), value)))
    }

    /// Replaces the text of a key at `span`, which has to be there as it is, in the quotes that stand there.
    pub fn rename(self, span: Span, name: &str) -> Edit {
        Edit::replace(span, quoted_like(self.doc.source().as_bytes().get(span.start as usize).copied(), name))
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
        let mut pairs = self.parent(child).raw_pairs();
        pairs.find(|(key, value)| [key.index(), value.index()].contains(&child.index()))
    }

    /// Removes several parts of one collection. In flow style neighbours share a comma, so a run of them goes in one
    /// piece.
    fn remove_all(self, parts: Vec<Option<(Node<'d>, Node<'d>)>>) -> Vec<Option<Edit>> {
        let Some(mut parts) = parts.into_iter().collect::<Option<Vec<_>>>() else { return vec![None] };
        parts.sort_by_key(|(first, _)| first.index());
        let runs = parts.chunk_by(|(first, last), (next, _)| {
            self.parent(*first).is_flow() && self.next_sibling(*last) == Some(next.index())
        });
        runs.filter_map(|run| Some((run.first()?.0, run.last()?.1)))
            .map(|(first, last)| self.remove(first, last))
            .collect()
    }

    /// Adds `value` behind the last item of the list at `span`.
    pub fn append_item(self, span: Span, value: &str) -> Option<Edit> {
        self.append_items(span, &[value])
    }

    /// Adds `values` behind the last item of the list at `span`, in the quotes of that item.
    pub fn append_items(self, span: Span, values: &[&str]) -> Option<Edit> {
        let list = self.find(span)?;
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
                if source[at as usize..line_end(source, at)].contains('#') {
                    return None;
                }
                format!(",{newline}{lead}")
            } else {
                ", ".to_owned()
            };
            let text = written.fold(String::new(), |text, value| text + &separator + &value);
            return Some(Edit::replace(Span { start: at, end: at, ..span }, text));
        }
        let indent = &lead[..lead.rfind('-')?];
        // The item's line may begin with the key of a nested list or with something else than blanks.
        if !indent.bytes().all(|b| b == b' ') || item.is_block_scalar() {
            return None;
        }
        let end = line_end(source, item.span().end);
        let ends_with_newline = source[..end].ends_with('\n');
        let text: String = written
            .map(|value| {
                if ends_with_newline {
                    format!("{indent}- {value}{newline}")
                } else {
                    format!("{newline}{indent}- {value}")
                }
            })
            .collect();
        Some(Edit::replace(Span { start: end as u32, end: end as u32, ..span }, text))
    }

    /// The node whose text is exactly `span`; of a collection and its first child, the collection comes first.
    pub fn find(self, span: Span) -> Option<Node<'d>> {
        self.all_at(span).next()
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
        let removed = Span { end: last.span().end.max(first.span().end), ..first.span() };
        if self.is_needed_elsewhere(first, last) {
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
            // A block collection cannot be empty; its whole content becomes `[]` or `{}`.
            let empty = if parent.kind() == Kind::Sequence { "[]" } else { "{}" };
            return self.replace_block(parent, empty);
        }
        let start = line_start(source, removed.start);
        let lead = &source[start..removed.start as usize];
        if !lead.bytes().all(|b| matches!(b, b' ' | b'-')) {
            return None;
        }
        // The entry shares its line with the dash of an item (`- source: x`): the next entry moves up to it.
        if parent.kind() == Kind::Mapping && lead.contains('-') {
            let span = Span { end: self.doc.nodes[next? as usize].start, ..removed };
            return (!source[span.range()].contains('#')).then(|| Edit::replace(span, ""));
        }
        // The dash may stand on a line above, and nested dashes on one line (`- - a`) hold other items too.
        if lead.matches('-').count() != usize::from(parent.kind() == Kind::Sequence) {
            return None;
        }
        let end = line_end(source, removed.end) as u32;
        Some(Edit::replace(Span { start: start as u32, end, ..removed }, ""))
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

    /// Whether an alias stands for the node or for something that holds it: a change would show in both places.
    fn is_shared(self, node: Node<'d>) -> bool {
        let aliases = &self.doc.links().aliases;
        aliases
            .iter()
            .any(|&(_, target)| (target..self.doc.nodes[target as usize].next).contains(&node.index()))
    }

    /// Whether the neighbours `first..=last` are shared, or an alias outside of them stands for one inside.
    fn is_needed_elsewhere(self, first: Node<'d>, last: Node<'d>) -> bool {
        let inside = first.index()..self.doc.nodes[last.index() as usize].next;
        let aliases = &self.doc.links().aliases;
        self.is_shared(first)
            || aliases.iter().any(|(alias, target)| inside.contains(target) && !inside.contains(alias))
    }

    fn first_byte(self, node: Node<'d>) -> Option<u8> {
        self.doc.source().as_bytes().get(node.span().start as usize).copied()
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

/// The line end that the text uses.
fn newline(source: &str) -> &'static str {
    if source.find('\n').is_some_and(|at| source[..at].ends_with('\r')) { "\r\n" } else { "\n" }
}

/// `value` in the quotes that begin with `first`, or as plain as it can be.
fn quoted_like(first: Option<u8>, value: &str) -> String {
    match first {
        Some(b'"') => double_quoted(value),
        Some(b'\'') => format!("'{}'", value.replace('\'', "''")),
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
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml::parse;

    fn document(text: &str) -> Document {
        let mut found = None;
        parse(FileId(0), &text.into(), |document| found = document.ok());
        found.expect("a document")
    }

    /// The text after an edit, which has to be YAML; `None` when the edit is not offered.
    fn edited(
        text: &str,
        edit: impl FnOnce(Editor<'_>, &dyn Fn(&str) -> Span) -> Vec<Option<Edit>>,
    ) -> Option<String> {
        let doc = document(text);
        let at = |word: &str| {
            let start = text.find(word).expect("the word");
            Span::new(FileId(0), start, start + word.len())
        };
        let edits: Vec<Edit> = edit(Editor::new(&doc), &at).into_iter().collect::<Option<_>>()?;
        let mut text = text.to_owned();
        for edit in edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.replacement);
        }
        document(&text);
        Some(text)
    }

    fn without(text: &str, items: &[&str]) -> Option<String> {
        edited(text, |editor, at| editor.remove_items(&items.iter().map(|item| at(item)).collect::<Vec<_>>()))
    }

    fn without_key(text: &str, key: &str) -> Option<String> {
        edited(text, |editor, at| vec![editor.remove_entry(at(key))])
    }

    fn with(text: &str, values: &[&str]) -> Option<String> {
        edited(text, |editor, _| {
            let list = editor.doc.root().get("k").expect("the list");
            vec![editor.append_items(list.span(), values)]
        })
    }

    #[test]
    fn removes_items() {
        for (text, items, result) in [
            ("k:\n- a1\n- b1\n", vec!["b1"], Some("k:\n- a1\n")),
            ("k:\r\n  - a1 # one\r\n  - b1\r\n", vec!["a1"], Some("k:\r\n  - b1\r\n")),
            ("k:\n- a1\n- b1", vec!["b1"], Some("k:\n- a1\n")),
            ("k:\n- a1\nm: 1\n", vec!["a1"], Some("k: []\nm: 1\n")),
            ("k: # note:\n- a1\n", vec!["a1"], None),
            ("k:\n- - a1\n", vec!["a1"], None),
            ("k:\n-\n  a1\n- b1\n", vec!["a1"], None),
            ("k: [a1, b1, c1]\n", vec!["b1", "c1"], Some("k: [a1]\n")),
            ("k: [a1, b1, c1]\n", vec!["a1", "c1"], Some("k: [b1]\n")),
            ("k: [a1, b1]\n", vec!["a1", "b1"], Some("k: []\n")),
            ("k: [\n  a1,\n  b1 # two\n]\n", vec!["b1"], Some("k: [\n  a1 # two\n]\n")),
            ("k: [\n  a1, # one\n  b1\n]\n", vec!["a1"], None),
            ("k: [&x a1, b1]\n", vec!["a1"], None),
            ("k: &x [a1, b1]\nm: *x\n", vec!["a1"], None),
            ("k:\n- &x a1\n- *x\n", vec!["a1"], None),
        ] {
            assert_eq!(without(text, &items).as_deref(), result, "{text:?}");
        }
    }

    #[test]
    fn removes_entries() {
        for (text, key, result) in [
            ("a: 1\nb: 2\n", "b", Some("a: 1\n")),
            ("a:\n  b: 2\n", "b", Some("a: {}\n")),
            ("a: !!map\n  b: 2\n", "b", None),
            ("- a: 1\n  b: 2\n", "a", Some("- b: 2\n")),
            ("- a: 1 # one\n  b: 2\n", "a", None),
            ("a: {b: 1, c: 2}\n", "b", Some("a: {c: 2}\n")),
            ("\u{feff}a: 1\nb: |\n  text\nc: 3\n", "b", Some("\u{feff}a: 1\nc: 3\n")),
        ] {
            assert_eq!(without_key(text, key).as_deref(), result, "{text:?}");
        }
    }

    #[test]
    fn sets_scalars() {
        for (text, result) in [
            ("k:\n- a1\n", Some("k:\n- n.io\n")),
            ("k: 'a1' # why\n", None),
            ("k: a1 # why\n", Some("k: n.io # why\n")),
            ("k: &x a1\nm: *x\n", None),
            ("k: |\n  a1\n", None),
        ] {
            let edited = edited(text, |editor, at| vec![editor.set(at("a1"), "n.io")]);
            assert_eq!(edited.as_deref(), result, "{text:?}");
        }
    }

    #[test]
    fn appends_items() {
        for (text, result) in [
            ("k:\n- a\n", Some("k:\n- a\n- n.io:5000\n- m\n")),
            ("k:\n  - a # last\nb: 1\n", Some("k:\n  - a # last\n  - n.io:5000\n  - m\nb: 1\n")),
            ("k:\r\n- 'a'", Some("k:\r\n- 'a'\r\n- 'n.io:5000'\r\n- 'm'")),
            ("k: [a]\n", Some("k: [a, n.io:5000, m]\n")),
            ("k: []\n", Some("k: [n.io:5000, m]\n")),
            ("{\"k\": []}", Some("{\"k\": [\"n.io:5000\", \"m\"]}")),
            ("{\"k\": [\n  \"a\"\n]}", Some("{\"k\": [\n  \"a\",\n  \"n.io:5000\",\n  \"m\"\n]}")),
            ("k: [\n  a # last\n]\n", None),
            ("k: &x [a]\nm: *x\n", None),
            ("k:\n- |\n  a\n", None),
        ] {
            assert_eq!(with(text, &["n.io:5000", "m"]).as_deref(), result, "{text:?}");
        }
    }
}
