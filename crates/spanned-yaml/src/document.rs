//! The storage of one YAML document.
//!
//! Nodes lie in one vector in the order of the text, 20 bytes each, and a container knows where its subtree ends:
//! no pointers, no recursion to drop, and a scalar is a slice of the file wherever its text stands there as it is.

use super::node::Node;
use crate::source::{FileId, Span};
use std::sync::{Arc, OnceLock};

/// The three shapes of a YAML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word, a number, a quoted string, nothing.
    Scalar,
    /// A list.
    Sequence,
    /// A map.
    Mapping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Plain,
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
    /// Tags by node, sorted; few documents have any.
    pub(super) tags: Vec<(u32, Box<str>)>,
    /// The file of each node where they stand in several ([`super::compose`]); empty where all are `file`'s.
    pub(super) files: Vec<FileId>,
    /// The scalars whose meaning is not that of their text ([`Document::with_values`]), in order.
    pub(super) filled: Vec<u32>,
    /// The text whose place a node took, by node, sorted; only composed documents have any.
    pub(super) replaced: Vec<(u32, Span)>,
    /// Whether a build changed what stands in the texts.
    pub(super) changed: bool,
    pub(super) aliased: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) links: OnceLock<Links>,
}

/// What edits and paths have to know beyond the tree; made when a document is first asked for one.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The collection that holds each node; the root holds itself.
    pub(super) parents: Vec<u32>,
    /// The number of each node among its collection's children, keys and values counted alike.
    pub(super) positions: Vec<u32>,
    /// Whether an alias stands for each node, or for something that holds it; empty where there are no aliases.
    shared: Vec<bool>,
    /// The nodes that aliases stand for, sorted, each with the last of its aliases.
    last_aliases: Vec<(u32, u32)>,
}

impl Document {
    /// The root value.
    pub fn root(&self) -> Node<'_> {
        self.node(0)
    }

    /// The node with this number ([`Node::index`]).
    pub fn at(&self, index: u32) -> Node<'_> {
        self.node(index)
    }

    /// From the document's start marker (the first document: from the start of the file) to the next document or the
    /// end of the file.
    pub fn span(&self) -> Span {
        Span { file: self.file, start: self.start, end: self.end }
    }

    /// The same document, said to reach to there.
    #[must_use]
    pub(super) fn up_to(self, end: usize) -> Self {
        Self { end: end as u32, ..self }
    }

    /// The file that this document stands in.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// How many values aliases repeat: so many more there are than the text shows, once all are written out.
    pub fn aliased(&self) -> usize {
        self.aliased as usize
    }

    /// Whether its values may stand in several files, so that their order is not that of a text.
    pub fn is_composed(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether a build changed what stands in the texts, or a document that this one is a part of.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// The text whose place the node with this number took: what a base says where an overlay says something else.
    pub fn replaced(&self, index: u32) -> Option<Span> {
        let at = self.replaced.binary_search_by_key(&index, |(node, _)| *node).ok()?;
        Some(self.replaced[at].1)
    }

    /// The text of the whole file.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Whether there is anything but comments in it.
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

    /// How many children a collection has, keys and values counted alike.
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

    pub(super) fn node(&self, index: u32) -> Node<'_> {
        let raw = &self.nodes[index as usize];
        // An alias stands for a node that precedes it and is no alias: the parser sees to both.
        Node { doc: self, index: if raw.raw == Raw::Alias { raw.data } else { index } }
    }
}

impl Links {
    /// Works out what the aliases share.
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
            // What lies in another target is marked already.
            let next = nodes[target as usize].next;
            if next > end {
                self.shared[target.max(end) as usize..next as usize].fill(true);
                end = next;
            }
        }
    }
}

impl Raw {
    pub(super) fn is_collection(self) -> bool {
        matches!(self, Raw::Sequence | Raw::FlowSequence | Raw::Mapping | Raw::FlowMapping)
    }
}
