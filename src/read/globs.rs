//! A set of globs for names with `/` between their parts. It finds all globs that match a name.
//!
//! A glob means the same as in `globset` with `literal_separator`: `*` stays within a part. Globs of plain parts, `*`,
//! `?` and `**` make a tree, so that a match costs the length of the name and not the number of globs. The few globs
//! with braces, brackets or backslashes use `globset`.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::{BTreeSet, HashMap};

/// Globs, each with the number of its owner.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    /// The globs as they are written, each with its numbers.
    patterns: Vec<(Glob, Vec<usize>)>,
    known: HashMap<String, usize>,
    /// The tree; the first node is its root.
    nodes: Vec<Node>,
    /// The globs that do not fit into the tree, and their numbers.
    rest: GlobSet,
    of_rest: Vec<usize>,
}

/// A node of the tree.
#[derive(Clone, Debug, Default)]
struct Node {
    plain: HashMap<String, usize>,
    wild: Wild,
    /// The node behind `**`.
    deep: Option<usize>,
    /// Whether `**` leads here, so that any part matches.
    is_deep: bool,
    /// The glob that ends here.
    end: Option<usize>,
    /// The glob that ends here with `**`, so that another part has to follow.
    end_below: Option<usize>,
}

/// Parts with `*` and `?`, by their literal start and end.
#[derive(Clone, Debug, Default)]
struct Wild {
    lengths: BTreeSet<(usize, usize)>,
    by_ends: HashMap<(String, String), Vec<(String, usize)>>,
}

/// Parses a glob in which `*` stays within a part.
pub fn parse(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

impl Globs {
    /// Globs with one owner.
    pub fn new(globs: impl IntoIterator<Item = Glob>) -> Self {
        Self::numbered(globs.into_iter().map(|glob| (glob, 0)))
    }

    /// All globs of several sets, each with the number of its set.
    pub fn joined<'g>(sets: impl IntoIterator<Item = (usize, &'g Globs)>) -> Self {
        let patterns = |(number, set): (usize, &'g Globs)| {
            set.patterns.iter().map(move |(glob, _)| (glob.clone(), number))
        };
        Self::numbered(sets.into_iter().flat_map(patterns))
    }

    /// Globs with numbers.
    pub fn numbered(globs: impl IntoIterator<Item = (Glob, usize)>) -> Self {
        let mut set = Self { nodes: vec![Node::default()], ..Self::default() };
        let mut rest = GlobSetBuilder::new();
        for (glob, number) in globs {
            if let Some(&known) = set.known.get(glob.glob()) {
                let numbers = &mut set.patterns[known].1;
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
                continue;
            }
            let pattern = set.patterns.len();
            if set.insert(glob.glob(), pattern).is_none() {
                rest.add(glob.clone());
                set.of_rest.push(pattern);
            }
            set.known.insert(glob.glob().to_owned(), pattern);
            set.patterns.push((glob, vec![number]));
        }
        if !set.of_rest.is_empty() {
            set.rest = rest.build().unwrap_or_default();
        }
        set
    }

    /// Whether there is no valid glob.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The globs as they are written, each once.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|(glob, _)| glob.glob())
    }

    /// Whether a glob matches `name`.
    pub fn is_match(&self, name: &str) -> bool {
        !self.is_empty() && (self.walk(name, &mut |_| true) || self.rest.is_match(name))
    }

    /// The numbers of the globs that match `name`, each once, in order.
    pub fn matching(&self, name: &str) -> Vec<usize> {
        if self.is_empty() {
            return Vec::new();
        }
        let numbers =
            self.patterns_of(name).into_iter().flat_map(|pattern| &self.patterns[pattern].1).copied();
        numbers.collect::<BTreeSet<usize>>().into_iter().collect()
    }

    /// The globs that match any of the names, as they are written.
    pub fn met_by<'n>(&self, names: impl Iterator<Item = &'n str>) -> BTreeSet<&str> {
        if self.is_empty() {
            return BTreeSet::new();
        }
        let met: BTreeSet<usize> = names.flat_map(|name| self.patterns_of(name)).collect();
        met.into_iter().map(|pattern| self.patterns[pattern].0.glob()).collect()
    }

    fn patterns_of(&self, name: &str) -> Vec<usize> {
        let mut patterns = Vec::new();
        self.walk(name, &mut |pattern| {
            patterns.push(pattern);
            false
        });
        if !self.of_rest.is_empty() {
            patterns.extend(self.rest.matches(name).into_iter().map(|number| self.of_rest[number]));
        }
        patterns
    }

    /// Adds a glob to the tree, if it fits.
    fn insert(&mut self, glob: &str, pattern: usize) -> Option<()> {
        let is_plain = |part: &str| part == "**" || !(part.is_empty() || part.contains("**"));
        if glob.contains(['[', ']', '{', '}', '\\']) || !glob.split('/').all(is_plain) {
            return None;
        }
        let mut parts: Vec<&str> = glob.split('/').collect();
        parts.dedup_by(|next, part| *next == "**" && *part == "**");
        // `**` at the end matches only names below the part before it.
        let is_below = parts.last() == Some(&"**");
        if is_below {
            parts.pop();
        }
        let node = parts.into_iter().fold(0, |node, part| self.child(node, part));
        let node = &mut self.nodes[node];
        *(if is_below { &mut node.end_below } else { &mut node.end }) = Some(pattern);
        Some(())
    }

    /// The node behind a part; created if it is missing.
    fn child(&mut self, node: usize, part: &str) -> usize {
        let new = self.nodes.len();
        let here = &mut self.nodes[node];
        let child = if part == "**" {
            *here.deep.get_or_insert(new)
        } else if part.contains(['*', '?']) {
            here.wild.child(part, new)
        } else {
            *here.plain.entry(part.to_owned()).or_insert(new)
        };
        if child == new {
            self.nodes.push(Node { is_deep: part == "**", ..Node::default() });
        }
        child
    }

    /// Calls `found` with each matching glob of the tree until it returns true. Returns whether it did.
    fn walk(&self, name: &str, found: &mut dyn FnMut(usize) -> bool) -> bool {
        let mut here = BTreeSet::new();
        self.enter(0, &mut here);
        for part in name.split('/') {
            let mut next = BTreeSet::new();
            for &number in &here {
                let node = &self.nodes[number];
                if node.end_below.is_some_and(&mut *found) {
                    return true;
                }
                if node.is_deep {
                    next.insert(number);
                }
                if let Some(&child) = node.plain.get(part) {
                    self.enter(child, &mut next);
                }
                node.wild.matching(part, &mut |child| self.enter(child, &mut next));
            }
            here = next;
        }
        here.into_iter().filter_map(|node| self.nodes[node].end).any(found)
    }

    /// Adds a node, and the node behind its `**`, which may match no part.
    fn enter(&self, node: usize, into: &mut BTreeSet<usize>) {
        into.insert(node);
        into.extend(self.nodes[node].deep);
    }
}

impl Wild {
    fn child(&mut self, part: &str, new: usize) -> usize {
        let first = part.find(['*', '?']).unwrap_or_default();
        let last = part.rfind(['*', '?']).unwrap_or_default();
        let (start, end) = (&part[..first], &part[last + 1..]);
        self.lengths.insert((start.len(), end.len()));
        let alike = self.by_ends.entry((start.to_owned(), end.to_owned())).or_default();
        if let Some((_, child)) = alike.iter().find(|(known, _)| known == part) {
            return *child;
        }
        alike.push((part.to_owned(), new));
        new
    }

    fn matching(&self, part: &str, enter: &mut dyn FnMut(usize)) {
        for &(start, end) in &self.lengths {
            if part.len() < start + end {
                continue;
            }
            let ends = part.get(..start).zip(part.get(part.len() - end..));
            let Some((start, end)) = ends else { continue };
            let alike = self.by_ends.get(&(start.to_owned(), end.to_owned()));
            for (pattern, child) in alike.into_iter().flatten() {
                if is_match(pattern.as_bytes(), part.as_bytes()) {
                    enter(*child);
                }
            }
        }
    }
}

/// Whether a part of a name matches one with `*` (any bytes) and `?` (any byte).
fn is_match(pattern: &[u8], part: &[u8]) -> bool {
    let (mut at, mut in_part) = (0, 0);
    // The position of the last `*`, and the end of what it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while in_part < part.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_part));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == part[in_part] => {
                at += 1;
                in_part += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                in_part = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
