//! The storage of one YAML document.
//!
//! Nodes lie in one vector in the order of the text, 20 bytes each, and a container knows the end of its subtree. So
//! there are no pointers and no recursion on drop, and a scalar is a slice of the file if its text stands there
//! unchanged.

use super::node::Node;
use crate::source::{FileId, Span};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// The three shapes of a YAML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word, a number, a quoted string, or an empty value.
    Scalar,
    /// A list.
    Sequence,
    /// A map.
    Mapping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Plain,
    /// A plain word that counts as a string, whatever it looks like; only composed documents have any.
    Word,
    Quoted,
    Block,
    Sequence,
    FlowSequence,
    Mapping,
    FlowMapping,
    Alias,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RawNode {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index of the first node behind this one's subtree.
    pub(super) next: u32,
    /// Scalars: 0 for the text of the file itself, else 1 + index of the text. Aliases: the node they stand for.
    pub(super) data: u32,
    pub(super) raw: Raw,
}

/// One document of a file.
#[derive(Debug)]
pub struct Document {
    pub(super) file: FileId,
    pub(super) source: Arc<str>,
    pub(super) nodes: Vec<RawNode>,
    pub(super) texts: Vec<Box<str>>,
    /// Tags by node, sorted.
    pub(super) tags: Vec<(u32, Box<str>)>,
    /// The file of each node, if there are several ([`super::compose`]); empty where all are `file`'s.
    pub(super) files: Vec<FileId>,
    /// The scalars with another value than their text ([`Document::with_values`]), in order.
    pub(super) filled: Vec<u32>,
    /// The text that a node replaces, by node, sorted; only composed documents have any.
    pub(super) replaced: Vec<(u32, Span)>,
    /// Whether a build changed the texts.
    pub(super) changed: bool,
    pub(super) aliased: u32,
    /// The places of unknown text ([`Document::holes`]), in order; only masked documents have any.
    pub(super) holes: Vec<u32>,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) links: OnceLock<Links>,
}

/// More facts for edits and paths; computed at first use.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The collection that holds each node; the root holds itself.
    pub(super) parents: Vec<u32>,
    /// The position of each node among the children of its collection; keys and values both count.
    pub(super) positions: Vec<u32>,
    /// Whether an alias stands for each node or for a collection around it; empty without aliases.
    shared: Vec<bool>,
    /// The nodes that aliases stand for, sorted, each with the last of its aliases.
    last_aliases: Vec<(u32, u32)>,
}

impl Document {
    /// A document of a text, with nothing in it but these values.
    pub(super) fn of(file: FileId, source: Arc<str>, nodes: Vec<RawNode>, texts: Vec<Box<str>>) -> Self {
        Self {
            file,
            end: source.len() as u32,
            source,
            nodes,
            texts,
            tags: Vec::new(),
            files: Vec::new(),
            filled: Vec::new(),
            replaced: Vec::new(),
            changed: false,
            aliased: 0,
            holes: Vec::new(),
            start: 0,
            links: OnceLock::new(),
        }
    }

    /// The root value.
    #[inline]
    pub fn root(&self) -> Node<'_> {
        self.node(0)
    }

    /// The node with this number ([`Node::index`]).
    pub fn at(&self, index: u32) -> Node<'_> {
        self.node(index)
    }

    /// The extent of the document: from its start marker (the first document: from the start of the file) to the next
    /// document or the end of the file.
    pub fn span(&self) -> Span {
        Span { file: self.file, start: self.start, end: self.end }
    }

    /// The same document with another extent.
    #[must_use]
    pub(super) fn up_to(self, end: usize) -> Self {
        Self { end: end as u32, ..self }
    }

    /// The file that this document stands in.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The number of values that aliases repeat.
    pub fn aliased(&self) -> usize {
        self.aliased as usize
    }

    /// Whether its values may come from several files, so that their order is not that of one text.
    pub fn is_composed(&self) -> bool {
        !self.files.is_empty()
    }

    /// The files in which its values stand, and the values that these replace.
    pub fn files(&self) -> BTreeSet<FileId> {
        let replaced = self.replaced.iter().map(|(_, span)| span.file);
        self.files.iter().copied().chain(replaced).chain([self.file]).collect()
    }

    /// Whether a build changed the texts, or a document around this one.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// The text that the node with this number replaces: the value of a base that an overlay changes.
    pub fn replaced(&self, index: u32) -> Option<Span> {
        let at = self.replaced.binary_search_by_key(&index, |(node, _)| *node).ok()?;
        Some(self.replaced[at].1)
    }

    /// The text of the whole file.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Whether it holds only comments, or nothing.
    pub fn is_empty(&self) -> bool {
        let root = &self.nodes[0];
        root.raw == Raw::Plain && root.start == root.end
    }

    /// Whether `offset` lies in a scalar (so a `#` there is no comment).
    pub fn in_scalar(&self, offset: u32) -> bool {
        if self.is_composed() {
            return self.all().any(|node| {
                let (raw, span) = (node.raw(), node.span());
                let here = span.file == self.file && span.start <= offset && offset < span.end;
                here && !raw.raw.is_collection()
            });
        }
        let behind = self.nodes.partition_point(|node| node.start <= offset);
        self.nodes[..behind]
            .iter()
            .rev()
            .find(|node| node.start != node.end && !node.raw.is_collection())
            .is_some_and(|node| offset < node.end)
    }

    /// Whether `offset` lies in a scalar in quotes.
    pub fn in_quotes(&self, offset: u32) -> bool {
        let behind = self.nodes.partition_point(|node| node.start <= offset);
        let scalars = self.nodes[..behind].iter().rev();
        let mut scalars = scalars.filter(|node| node.start != node.end && !node.raw.is_collection());
        scalars.next().is_some_and(|node| node.raw == Raw::Quoted && offset < node.end)
    }

    /// All values as they stand, keys included, in the order of the text; aliases are left out.
    pub fn all(&self) -> impl Iterator<Item = Node<'_>> {
        self.raw_at(0).descendants()
    }

    pub(super) fn links(&self) -> &Links {
        self.links.get_or_init(|| {
            let count = self.nodes.len();
            let mut links = Links {
                parents: Vec::with_capacity(count),
                positions: Vec::with_capacity(count),
                ..Links::default()
            };
            // The collections around the node, and how many of their children have been seen.
            let mut open: Vec<(u32, u32)> = vec![(0, 0)];
            for (index, node) in self.nodes.iter().enumerate() {
                let index = index as u32;
                while open.len() > 1 && self.nodes[open[open.len() - 1].0 as usize].next <= index {
                    open.pop();
                }
                let depth = open.len() - 1;
                links.parents.push(open[depth].0);
                links.positions.push(open[depth].1);
                if index > 0 {
                    open[depth].1 += 1;
                }
                if node.raw.is_collection() && index > 0 {
                    open.push((index, 0));
                }
                if node.raw == Raw::Alias {
                    links.last_aliases.push((node.data, index));
                }
            }
            links.note_shared(&self.nodes);
            links
        })
    }

    /// The child of `parent` that ends before the node `index`, which lies in it or is the first one behind it.
    pub(super) fn child_before(&self, parent: u32, index: u32) -> Option<u32> {
        let parents = &self.links().parents;
        let mut before = index - 1;
        if before == parent {
            return None;
        }
        while parents[before as usize] != parent {
            before = parents[before as usize];
        }
        Some(before)
    }

    /// The number of children of a collection; keys and values both count.
    pub(super) fn child_count(&self, collection: u32) -> u32 {
        let end = self.nodes[collection as usize].next;
        self.child_before(collection, end).map_or(0, |last| self.links().positions[last as usize] + 1)
    }

    /// Whether an alias stands for a node or for something that holds it: a change would show in both places.
    pub(super) fn is_shared(&self, index: u32) -> bool {
        self.links().shared.get(index as usize).copied().unwrap_or_default()
    }

    /// Whether an alias behind these nodes stands for one of them.
    pub(super) fn is_needed_behind(&self, nodes: std::ops::Range<u32>) -> bool {
        let aliases = &self.links().last_aliases;
        let first = aliases.partition_point(|(target, _)| *target < nodes.start);
        let inside = aliases[first..].iter().take_while(|(target, _)| *target < nodes.end);
        // An alias follows what it stands for.
        inside.into_iter().any(|(_, alias)| *alias >= nodes.end)
    }

    /// The node at `index` as it stands, an alias as alias.
    pub(super) fn raw_at(&self, index: u32) -> Node<'_> {
        Node { doc: self, index }
    }

    /// Whether the text of one of its nodes is this one. Most keys of a map differ in their length from the one that is
    /// looked for.
    #[inline]
    pub(super) fn says(&self, node: &RawNode, text: &str) -> bool {
        let quotes = match node.raw {
            Raw::Quoted => 1,
            Raw::Alias => {
                return self.nodes.get(node.data as usize).is_some_and(|node| self.says(node, text));
            }
            _ => 0,
        };
        if node.data != 0 {
            return self.texts.get(node.data as usize - 1).is_some_and(|own| **own == *text);
        }
        let range = (node.start + quotes) as usize..(node.end as usize).wrapping_sub(quotes as usize);
        range.end.wrapping_sub(range.start) == text.len()
            && self.source.as_bytes().get(range) == Some(text.as_bytes())
    }

    #[inline]
    pub(super) fn node(&self, index: u32) -> Node<'_> {
        let raw = &self.nodes[index as usize];
        // The parser guarantees that an alias stands for an earlier node that is not an alias.
        Node { doc: self, index: if raw.raw == Raw::Alias { raw.data } else { index } }
    }
}

impl Links {
    /// Computes which nodes aliases share.
    fn note_shared(&mut self, nodes: &[RawNode]) {
        self.last_aliases.sort_unstable();
        self.last_aliases.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = next.1;
            }
            same
        });
        if self.last_aliases.is_empty() {
            return;
        }
        self.shared = vec![false; nodes.len()];
        let mut end = 0;
        for &(target, _) in &self.last_aliases {
            // A node in another target is marked already.
            let next = nodes[target as usize].next;
            if next > end {
                self.shared[target.max(end) as usize..next as usize].fill(true);
                end = next;
            }
        }
    }
}

impl Raw {
    #[inline]
    pub(super) fn is_collection(self) -> bool {
        matches!(self, Raw::Sequence | Raw::FlowSequence | Raw::Mapping | Raw::FlowMapping)
    }
}
