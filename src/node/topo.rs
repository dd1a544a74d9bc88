//! Merges the mirror lists of one source into one list.
//!
//! The order is that of openshift/runtime-utils `pkg/registries/topo.go`: each list says which mirror comes before which. If
//! lists contradict each other, names in alphabetical order break the cycle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A graph of names. Each edge means "is tried before".
#[derive(Debug, Default)]
pub(super) struct Graph<'n> {
    nodes: BTreeMap<&'n str, Node<'n>>,
}

#[derive(Debug, Default)]
struct Node<'n> {
    /// The number of names before this one that are not in the result yet.
    waits_for: usize,
    after: BTreeSet<&'n str>,
    used: bool,
}

impl<'n> Graph<'n> {
    /// Adds that `first` is tried before `then`.
    pub(super) fn add_edge(&mut self, first: &'n str, then: &'n str) {
        let is_new = self.nodes.entry(first).or_default().after.insert(then);
        self.nodes.entry(then).or_default().waits_for += usize::from(is_new);
    }

    /// All names, in an order that follows the edges as far as possible.
    pub(super) fn sorted(self) -> Vec<&'n str> {
        self.resolve().0
    }

    /// The same, and whether the edges contradict each other.
    pub(super) fn resolve(mut self) -> (Vec<&'n str>, bool) {
        let mut is_loop = false;
        let names: Vec<&str> = self.nodes.keys().copied().collect();
        let mut free: VecDeque<&str> =
            self.nodes.iter().filter(|(_, node)| node.waits_for == 0).map(|(name, _)| *name).collect();
        let mut in_order = names.iter().copied();
        let mut sorted = Vec::with_capacity(names.len());
        while let Some(name) = free.pop_front().or_else(|| in_order.next()) {
            let Some(node) = self.nodes.get_mut(name).filter(|node| !node.used) else { continue };
            node.used = true;
            is_loop |= node.waits_for > 0;
            sorted.push(name);
            for next in std::mem::take(&mut node.after) {
                let Some(next_node) = self.nodes.get_mut(next) else { continue };
                next_node.waits_for -= 1;
                // The node is used already if it was taken to break a cycle.
                if next_node.waits_for == 0 && !next_node.used {
                    free.push_back(next);
                }
            }
        }
        (sorted, is_loop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(lists: &[&[&'static str]]) -> String {
        let mut graph = Graph::default();
        for list in lists {
            for pair in list.windows(2) {
                graph.add_edge(pair[0], pair[1]);
            }
        }
        graph.sorted().concat()
    }

    #[test]
    fn lists_are_merged() {
        assert_eq!(sorted(&[&["b", "c", "z"], &["a", "b", "z"]]), "abcz");
        assert_eq!(sorted(&[&["a", "x", "z"], &["b", "c", "z"]]), "abxcz", "breadth first");
        assert_eq!(sorted(&[&["a", "b", "z"], &["b", "a", "z"]]), "abz", "a loop");
        assert_eq!(sorted(&[&["a", "b", "z"], &["b", "c", "z"], &["c", "a", "z"]]), "abcz");
        assert_eq!(sorted(&[&["a", "a", "z"]]), "az", "a name twice in a row");
        assert_eq!(sorted(&[&["s", "a", "s"]]), "as");
    }
}
