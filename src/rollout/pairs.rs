//! Matches the clusters of the two states.

use super::unbuilt::Refused;
use crate::model::{Cluster, Identity, Repo, Resource};
use crate::read::crd::{Neighbour, Typed, node_config};
use std::collections::BTreeMap;

/// A cluster in its two states; it exists in at least one of them.
#[derive(Debug)]
pub(super) struct Pair<'r> {
    pub(super) before: Option<&'r Cluster>,
    pub(super) after: Option<&'r Cluster>,
}

/// The pairs, in the order of their names. Clusters are matched by name. If each state has only one cluster, the two are
/// matched whatever their names.
pub(super) fn of<'r>(before: &'r Repo, after: &'r Repo, refused: &Refused<'_>) -> Vec<Pair<'r>> {
    let of_side = |repo: &'r Repo| -> Vec<&'r Cluster> {
        repo.clusters.iter().filter(|cluster| is_planned(cluster) && !refused.is_remains(cluster)).collect()
    };
    let (old, new) = (of_side(before), of_side(after));
    if let ([before], [after]) = (&old[..], &new[..]) {
        return vec![Pair { before: Some(before), after: Some(after) }];
    }
    // Several clusters may have one name, since documents beside a template stand alone. These are matched in order.
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

/// The objects of a cluster, each with a digest of its contents.
type Content<'c> = Vec<(&'c Identity, u64)>;
/// The numbers of removed clusters, and of added ones.
type Numbers = (Vec<usize>, Vec<usize>);

/// Matches a removed cluster with an added one if both get exactly the same objects.
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

/// The objects of a cluster, each with a digest of its contents.
fn content(cluster: &Cluster) -> Content<'_> {
    let of = |resource: &'_ Resource| node_config::digest(resource.manifest.root());
    let mut all: Vec<_> = cluster.resources().map(|resource| (resource.identity(), of(resource))).collect();
    all.sort_unstable();
    all
}

/// Whether any object of a cluster decides about the files of its nodes.
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
