//! Which cluster of the one state is which of the other.

use super::unbuilt::Refused;
use crate::model::{Cluster, Identity, Repo, Resource};
use crate::read::crd::{Neighbour, Typed, node_config};
use std::collections::BTreeMap;

/// A cluster in its two states; it is in one of them at least.
#[derive(Debug)]
pub(super) struct Pair<'r> {
    pub(super) before: Option<&'r Cluster>,
    pub(super) after: Option<&'r Cluster>,
}

/// The pairs, in the order of their names. Clusters are the same by their name; a lone one on both sides is the same
/// whatever its name.
pub(super) fn of<'r>(before: &'r Repo, after: &'r Repo, refused: &Refused<'_>) -> Vec<Pair<'r>> {
    let of_side = |repo: &'r Repo| -> Vec<&'r Cluster> {
        repo.clusters.iter().filter(|cluster| is_planned(cluster) && !refused.is_debris(cluster)).collect()
    };
    let (old, new) = (of_side(before), of_side(after));
    if let ([before], [after]) = (&old[..], &new[..]) {
        return vec![Pair { before: Some(before), after: Some(after) }];
    }
    // Several may have one name: documents beside a template stand alone. They are taken in their order.
    let mut by_name: BTreeMap<&str, (Vec<&Cluster>, Vec<&Cluster>)> = BTreeMap::new();
    for cluster in old {
        by_name.entry(&cluster.name).or_default().0.push(cluster);
    }
    for cluster in new {
        by_name.entry(&cluster.name).or_default().1.push(cluster);
    }
    let pairs = by_name.into_values().flat_map(|(before, after)| {
        let count = before.len().max(after.len());
        (0..count).map(move |at| Pair { before: before.get(at).copied(), after: after.get(at).copied() })
    });
    join_renamed(pairs.collect())
}

/// The objects that reach a cluster, each with a digest of what it says.
type Content<'c> = Vec<(&'c Identity, u64)>;
/// The numbers of clusters that go, and of those that come.
type Numbers = (Vec<usize>, Vec<usize>);

/// Joins a cluster that goes with one that comes where the very same objects reach both, and no others.
fn join_renamed(mut pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    let mut by_content: BTreeMap<Content<'_>, Numbers> = BTreeMap::new();
    for (number, pair) in pairs.iter().enumerate() {
        match (pair.before, pair.after) {
            (Some(before), None) => by_content.entry(content(before)).or_default().0.push(number),
            (None, Some(after)) => by_content.entry(content(after)).or_default().1.push(number),
            _ => {}
        }
    }
    let mut joined = Vec::new();
    for (old, new) in by_content.into_values() {
        if let ([old], [new]) = (&old[..], &new[..]) {
            pairs[*new].before = pairs[*old].before;
            joined.push(*old);
        }
    }
    let mut number = 0;
    pairs.retain(|_| {
        number += 1;
        !joined.contains(&(number - 1))
    });
    pairs
}

/// What reaches a cluster: its objects, each with a digest of what it says.
fn content(cluster: &Cluster) -> Content<'_> {
    let of = |resource: &'_ Resource| node_config::digest(resource.manifest.root());
    let mut all: Vec<_> = cluster.resources().map(|resource| (resource.identity(), of(resource))).collect();
    all.sort_unstable();
    all
}

/// Whether anything of a cluster decides what its nodes have.
fn is_planned(cluster: &Cluster) -> bool {
    cluster.resources().any(|resource| {
        resource.kind().is_some_and(crate::read::crd::Kind::configures_images) || is_of_nodes(resource)
    })
}

fn is_of_nodes(resource: &Resource) -> bool {
    matches!(
        resource.typed,
        Typed::MachineConfig(_) | Typed::Neighbour(Neighbour::NodeDisruption(_) | Neighbour::Pool(_))
    )
}
