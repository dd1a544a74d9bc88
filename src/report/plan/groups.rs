//! Groups clusters on which a change has the same effect, so that people read it once.

use super::details::{Uses, details};
use super::words;
use crate::rollout::ClusterPlan;
use crate::source::Sources;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// At most so many clusters are named on a line.
pub(super) const NAMED: usize = 5;

/// Clusters with the same text.
pub(super) struct Group<'p> {
    /// The clusters, at least one.
    pub(super) clusters: Vec<&'p ClusterPlan<'p>>,
    /// The outcome.
    pub(super) outcome: &'static str,
    /// The text about each of them, without the outcome. The same image is in another file of each cluster, so its places
    /// are only counted.
    pub(super) details: String,
}

impl Group<'_> {
    /// The names of the clusters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.clusters.iter().map(|cluster| cluster.name)
    }
}

/// The clusters grouped by their text, in the order of the first cluster of each group.
pub(super) fn groups<'p>(
    clusters: &[&'p ClusterPlan<'p>],
    sources: &Sources,
    with_files: bool,
) -> Vec<Group<'p>> {
    let mut groups: Vec<Group<'p>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for &cluster in clusters {
        let outcome = words::of_cluster(cluster);
        let details = details(cluster, sources, with_files, Uses::Counted);
        match known.entry((outcome, details)) {
            Entry::Occupied(number) => groups[*number.get()].clusters.push(cluster),
            Entry::Vacant(place) => {
                let details = place.key().1.clone();
                place.insert(groups.len());
                groups.push(Group { clusters: vec![cluster], outcome, details });
            }
        }
    }
    groups
}
