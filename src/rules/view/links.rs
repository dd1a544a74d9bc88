//! Mirrors that lie in other sources with mirrors.

use super::ClusterView;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// A mirror that lies in another source.
pub struct Link<'v> {
    /// The source that has the mirror.
    pub from: &'v str,
    /// The source that the mirror lies in.
    pub to: &'v str,
    /// The mirror.
    pub mirror: &'v Spanned<String>,
    /// The place of the other source.
    pub target: Span,
}

/// All mirrors that lie in other sources with mirrors for the same pulls.
pub fn links<'v>(view: &'v ClusterView<'_>) -> Vec<Link<'v>> {
    let sources = view.sources();
    let rules = sources.iter().flat_map(|source| source.real().map(move |rule| (source, rule)));
    let mirrors = rules
        .flat_map(|(source, rule)| rule.entry.mirrors().iter().map(move |mirror| (source, rule, mirror)));
    mirrors
        .filter_map(|(source, rule, mirror)| {
            let target = sources.covering(&mirror.value)?;
            let other = target.name != source.name && target.serves(rule.pulls());
            other.then(|| Link { from: source.name, to: target.name, mirror, target: target.span() })
        })
        .collect()
}

/// A number for each source with links. Two sources have the same number if each can be reached from the other.
pub fn groups<'v>(links: &[Link<'v>]) -> BTreeMap<&'v str, usize> {
    let mut forward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut backward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in links {
        forward.entry(link.from).or_default().push(link.to);
        backward.entry(link.to).or_default().push(link.from);
    }
    let next =
        |map: &BTreeMap<&'v str, Vec<&'v str>>, name: &str, index: usize| map.get(name)?.get(index).copied();
    // Kosaraju's algorithm: the order in which a walk along the links finishes sources, then walks against the links in the
    // reverse order.
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for &start in forward.keys() {
        let mut path: Vec<(&str, usize)> = seen.insert(start).then_some((start, 0)).into_iter().collect();
        while let Some((name, index)) = path.last_mut() {
            let to = next(&forward, name, *index);
            *index += 1;
            match to {
                Some(to) if seen.insert(to) => path.push((to, 0)),
                Some(_) => {}
                None => order.extend(path.pop().map(|(name, _)| name)),
            }
        }
    }
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, start) in order.into_iter().rev().enumerate() {
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            if !groups.contains_key(name) {
                groups.insert(name, number);
                open.extend(backward.get(name).into_iter().flatten());
            }
        }
    }
    groups
}
