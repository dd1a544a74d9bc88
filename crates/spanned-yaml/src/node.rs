//! The values of a document. An alias stays in the tree, and is followed when its node is read.

use super::document::{Document, Kind, Raw, RawNode};
use crate::scalar::{self, Scalar};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::HashMap;

/// A value in a document; aliases are already followed.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub(super) doc: &'d Document,
    pub(super) index: u32,
}

/// A key and its value in a map, merge keys and duplicates resolved.
#[derive(Clone, Copy)]
pub struct Entry<'d> {
    /// The key's node.
    pub key: Node<'d>,
    /// The value's node.
    pub value: Node<'d>,
}

impl<'d> Node<'d> {
    #[inline]
    pub(super) fn raw(self) -> &'d RawNode {
        &self.doc.nodes[self.index as usize]
    }

    /// The text that it replaces ([`Document::replaced`]).
    pub fn replaced(self) -> Option<Span> {
        self.doc.replaced(self.index)
    }

    /// The values in it that replace another text, each with that text; empty unless a build made it.
    pub fn replacing(self) -> impl Iterator<Item = (Node<'d>, Span)> {
        let doc = self.doc;
        let first = doc.replaced.partition_point(|(node, _)| *node < self.index);
        let end = if doc.is_composed() { self.raw().next } else { 0 };
        let inside = doc.replaced[first..].iter().take_while(move |(node, _)| *node < end);
        inside.map(move |(node, span)| (doc.raw_at(*node), *span))
    }

    /// The document that holds it.
    pub fn document(self) -> &'d Document {
        self.doc
    }

    /// Its number in the document.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The text of the value: quotes included, a block scalar's body, a map from its first key to its last value.
    pub fn span(self) -> Span {
        let raw = self.raw();
        let file = self.doc.files.get(self.index as usize).copied().unwrap_or(self.doc.file);
        Span { file, start: raw.start, end: raw.end }
    }

    /// Whether this place holds an alias (`*name`); only the raw iterators give such nodes.
    pub fn is_alias(self) -> bool {
        self.raw().raw == Raw::Alias
    }

    /// The node that an alias from a raw iterator stands for.
    #[inline]
    #[must_use]
    pub fn resolved(self) -> Node<'d> {
        self.doc.node(self.index)
    }

    /// Scalar, sequence or mapping.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.resolved().raw().raw {
            Raw::Plain | Raw::Word | Raw::Quoted | Raw::Block | Raw::Alias => Kind::Scalar,
            Raw::Sequence | Raw::FlowSequence => Kind::Sequence,
            Raw::Mapping | Raw::FlowMapping => Kind::Mapping,
        }
    }

    /// The path of the smallest value that covers `span`, as the API server writes it
    /// (`spec.registrySources.allowedRegistries[2]`); empty for the value itself.
    pub fn path_to(self, span: Span) -> String {
        let links = self.doc.links();
        let nodes = &self.doc.nodes;
        // The innermost of the nodes that start here comes last; from it, up to the first that covers the span.
        let mut at = if self.doc.is_composed() {
            self.innermost(span).unwrap_or(self.index)
        } else {
            nodes.partition_point(|node| node.start <= span.start).saturating_sub(1) as u32
        };
        let composed = self.doc.is_composed() && at > self.index;
        while at > self.index && !composed && !self.doc.raw_at(at).span().contains(span) {
            at = links.parents[at as usize];
        }
        let mut segments = Vec::new();
        while at > self.index {
            let parent = links.parents[at as usize];
            let position = links.positions[at as usize];
            if matches!(nodes[parent as usize].raw, Raw::Sequence | Raw::FlowSequence) {
                segments.push(format!("[{position}]"));
            } else {
                let key = self.doc.child_before(parent, at).filter(|_| !position.is_multiple_of(2));
                segments.push(format!(".{}", self.doc.node(key.unwrap_or(at)).key_text()));
            }
            at = parent;
        }
        // A span outside of this value has no path.
        if at != self.index || !(composed || self.span().contains(span)) {
            return String::new();
        }
        let path: String = segments.into_iter().rev().collect();
        path.strip_prefix('.').map_or_else(|| path.clone(), str::to_owned)
    }

    /// The smallest value below this one whose text covers `span`; of equal ones the innermost.
    fn innermost(self, span: Span) -> Option<u32> {
        let below = self.index + 1..self.raw().next;
        let covers = below.filter(|&index| self.doc.raw_at(index).span().contains(span));
        covers.min_by_key(|&index| {
            let raw = &self.doc.nodes[index as usize];
            (raw.end - raw.start, std::cmp::Reverse(index))
        })
    }

    /// Whether a collection is written in brackets or braces.
    pub fn is_flow(self) -> bool {
        matches!(self.raw().raw, Raw::FlowSequence | Raw::FlowMapping)
    }

    /// Whether a scalar is written as `|` or `>`.
    pub fn is_block_scalar(self) -> bool {
        self.raw().raw == Raw::Block
    }

    /// Whether a scalar is plain: neither quoted nor a block.
    pub fn is_plain(self) -> bool {
        self.raw().raw == Raw::Plain
    }

    /// Whether a scalar is a plain word that counts as a string ([`Document::into_composed`]).
    pub fn is_word(self) -> bool {
        self.raw().raw == Raw::Word
    }

    /// Whether nothing is written here (`key:` with no value).
    pub fn is_absent(self) -> bool {
        let raw = self.raw();
        raw.raw == Raw::Plain && raw.start == raw.end
    }

    /// The characters of a scalar after unquoting and folding; empty for collections and absent values.
    #[inline]
    pub fn text(self) -> &'d str {
        let raw = self.raw();
        if raw.raw.is_collection() {
            return "";
        }
        if raw.data != 0 {
            return &self.doc.texts[raw.data as usize - 1];
        }
        let (start, end) = (raw.start as usize, raw.end as usize);
        let range = if raw.raw == Raw::Quoted { start + 1..end - 1 } else { start..end };
        &self.doc.source[range]
    }

    /// The tag written on the value, resolved (`tag:yaml.org,2002:str`), if there is one.
    pub fn tag(self) -> Option<&'d str> {
        let tags = &self.doc.tags;
        tags.binary_search_by_key(&self.index, |tag| tag.0).ok().map(|at| &*tags[at].1)
    }

    /// The meaning of a scalar; `None` for collections.
    pub fn scalar(self) -> Option<Scalar<'d>> {
        if self.raw().raw.is_collection() {
            return None;
        }
        let text = self.text();
        Some(match (self.raw().raw, self.tag()) {
            (_, Some("tag:yaml.org,2002:str")) => Scalar::Str(text),
            (Raw::Plain, _) => scalar::resolve(text),
            (_, Some("tag:yaml.org,2002:int" | "tag:yaml.org,2002:float" | "tag:yaml.org,2002:bool")) => {
                scalar::resolve(text)
            }
            _ => Scalar::Str(text),
        })
    }

    /// The value as a string, if it is one.
    pub fn as_str(self) -> Option<&'d str> {
        match self.scalar() {
            Some(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is null, written or absent.
    pub fn is_null(self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    /// Whether it is null, an empty list, or a map with only such values.
    pub fn holds_nothing(self) -> bool {
        match self.kind() {
            Kind::Scalar => self.is_null(),
            Kind::Sequence => self.raw_children().next().is_none(),
            // Aliases are not followed, since nobody writes an empty value with one.
            Kind::Mapping => self.raw_pairs().all(|(_, value)| !value.is_alias() && value.holds_nothing()),
        }
    }

    /// The name of the value's type as the API server's messages say it.
    pub fn type_name(self) -> &'static str {
        match self.kind() {
            Kind::Sequence => "array",
            Kind::Mapping => "object",
            Kind::Scalar => self.scalar().map_or("null", Scalar::type_name),
        }
    }

    /// This value and all values in it, in the order of the text, keys included; aliases are left out.
    pub fn descendants(self) -> impl Iterator<Item = Node<'d>> {
        let doc = self.doc;
        (self.index..self.raw().next)
            .map(move |index| Node { doc, index })
            .filter(|node| node.raw().raw != Raw::Alias)
    }

    /// The items of a list; nothing for other values.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        let is_list = self.kind() == Kind::Sequence;
        self.resolved().raw_children().take_while(move |_| is_list).map(Node::resolved)
    }

    /// The entries of a map as `oc` sees them: merge keys followed, of duplicates the last one.
    pub fn entries(self) -> Vec<Entry<'d>> {
        let mut entries: Vec<Entry<'d>> = Vec::new();
        self.collect(&mut entries, &mut Keys::default(), 0);
        entries
    }

    fn collect(self, entries: &mut Vec<Entry<'d>>, seen: &mut Keys<'d>, depth: usize) {
        // Merge keys nest only through anchors; no useful document nests as deep.
        if self.kind() != Kind::Mapping || depth > 32 {
            return;
        }
        let mut merges = Vec::new();
        for (key, value) in self.resolved().raw_pairs() {
            let (key, value) = (key.resolved(), value.resolved());
            if key.is_plain() && key.text() == "<<" {
                merges.push(value);
                continue;
            }
            match seen.insert(key.key_text()) {
                None => entries.push(Entry { key, value }),
                Some(first) if depth == 0 => entries[first] = Entry { key, value },
                Some(_) => {}
            }
        }
        for merge in merges {
            if merge.kind() == Kind::Sequence {
                for map in merge.items() {
                    map.collect(entries, seen, depth + 1);
                }
            } else {
                merge.collect(entries, seen, depth + 1);
            }
        }
    }

    /// The entry of a map under `key`.
    pub fn entry(self, key: &str) -> Option<Entry<'d>> {
        let (map, doc) = (self.resolved(), self.doc);
        let RawNode { raw: Raw::Mapping | Raw::FlowMapping, next: end, .. } = *map.raw() else { return None };
        let nodes = doc.nodes.get(..end as usize)?;
        let mut found = None;
        let mut merges = false;
        let mut at = map.index + 1;
        while let Some(name) = nodes.get(at as usize) {
            let value = name.next;
            if doc.says(name, key) && doc.node(at).key_text() == key {
                found = Some(Entry { key: doc.node(at), value: doc.node(value) });
            }
            merges = merges || doc.says(name, "<<") && doc.node(at).is_plain();
            at = nodes.get(value as usize)?.next;
        }
        if found.is_none() && merges {
            found = self.entries().into_iter().find(|entry| entry.key.key_text() == key);
        }
        found
    }

    /// The value of a map under `key`.
    #[inline]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The value at the end of a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Node<'d>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string of a map under `key`, if it is one.
    pub fn get_str(self, key: &str) -> Option<&'d str> {
        self.get(key).and_then(Node::as_str)
    }

    /// A key as `oc` reads it: `on` is `true`, `0x10` is `16`.
    pub fn key_text(self) -> Cow<'d, str> {
        match self.scalar() {
            Some(Scalar::Str(text)) => text.into(),
            Some(Scalar::Bool(value)) => if value { "true" } else { "false" }.into(),
            Some(Scalar::Int(value)) => value.to_string().into(),
            Some(Scalar::Null | Scalar::Float(_)) => self.text().into(),
            None => Cow::Borrowed("?"),
        }
    }

    /// The pairs of a map as they stand in the text: duplicates, merge keys and aliases unresolved.
    #[inline]
    pub fn raw_pairs(self) -> impl Iterator<Item = (Node<'d>, Node<'d>)> {
        let mut children = self.raw_children();
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The direct children as they stand in the text; keys and values in turn for a map.
    #[inline]
    pub fn raw_children(self) -> impl Iterator<Item = Node<'d>> {
        let end = self.raw().next;
        let doc = self.doc;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = Node { doc, index: next };
                next = doc.nodes[next as usize].next;
                child
            })
        })
    }
}

/// The keys of a map, in their order. Few are searched one by one, which costs less than to hash them.
#[derive(Default)]
struct Keys<'d> {
    few: Vec<Cow<'d, str>>,
    many: HashMap<Cow<'d, str>, usize>,
}

impl<'d> Keys<'d> {
    const FEW: usize = 16;

    /// Adds a new key; returns the position of an existing one.
    fn insert(&mut self, key: Cow<'d, str>) -> Option<usize> {
        if self.many.is_empty() {
            let known = self.few.iter().position(|known| *known == key);
            if known.is_some() || self.few.len() < Self::FEW {
                if known.is_none() {
                    self.few.push(key);
                }
                return known;
            }
            self.many = self.few.drain(..).enumerate().map(|(place, key)| (key, place)).collect();
        }
        let next = self.many.len();
        match self.many.entry(key) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(next);
                None
            }
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
        }
    }
}

/// Each key that a map has twice, with the earlier one. Several merge keys are unusual, but no value is lost.
pub fn duplicate_keys<'d>(root: Node<'d>) -> impl Iterator<Item = (Node<'d>, Node<'d>)> {
    let maps = root.descendants().filter(|node| node.kind() == Kind::Mapping);
    maps.flat_map(|map| {
        let mut seen: HashMap<Cow<'d, str>, Node<'d>> = HashMap::new();
        map.raw_pairs()
            .filter(|(key, _)| !(key.is_plain() && key.text() == "<<"))
            .filter_map(|(key, _)| Some((key, seen.insert(key.resolved().key_text(), key)?)))
            .collect::<Vec<_>>()
    })
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({}: {})", self.index, self.type_name())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, FileId, parse};

    fn document(text: &str) -> Document {
        let mut found = None;
        parse(FileId(0), &text.into(), |parsed| found = parsed.ok());
        found.expect("a document")
    }

    #[test]
    fn the_last_of_equal_keys_counts_in_maps_of_any_size() {
        for count in [1, 15, 16, 17, 40] {
            let keys: Vec<String> = (0..count).map(|number| format!("k{number}: a\n")).collect();
            let again: Vec<String> =
                (0..count).rev().map(|number| format!("k{number}: {number}\n")).collect();
            let merged = "<<: {k0: merged, new: merged, k39: merged}\n";
            let text = [keys.concat().as_str(), merged, &again.concat()].concat();
            let document = document(&text);
            let entries = document.root().entries();
            let said: Vec<(String, &str)> =
                entries.iter().map(|entry| (entry.key.key_text().into_owned(), entry.value.text())).collect();
            let mut due: Vec<(String, String)> =
                (0..count).map(|number| (format!("k{number}"), number.to_string())).collect();
            due.push(("new".to_owned(), "merged".to_owned()));
            if count < 40 {
                due.push(("k39".to_owned(), "merged".to_owned()));
            }
            let due: Vec<(String, &str)> =
                due.iter().map(|(key, text)| (key.clone(), text.as_str())).collect();
            assert_eq!(said, due, "{count}");
        }
    }
}
