//! The pools of a cluster, and how many of their nodes change at once.
//!
//! Sources: MCO `pkg/helpers/helpers.go` (`GetPoolsForNode`), `pkg/controller/node/node_controller.go`
//! (`maxUnavailable`, `getAllCandidateMachines`).

use crate::model::Cluster;
use crate::node::pools::Target;
use crate::read::crd::{MachineConfigPool, Neighbour};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// A pool in one state.
#[derive(Clone, Debug)]
pub(super) struct PoolName<'c> {
    pub(super) name: &'c str,
    /// Its `MachineConfigPool`, if the repository contains it.
    pub(super) pool: Option<&'c MachineConfigPool>,
    is_hosted: bool,
}

impl<'c> PoolName<'c> {
    pub(super) fn of(name: &'c str, cluster: &'c Cluster) -> Self {
        let pools = cluster.neighbours().filter(|(resource, _)| resource.name() == name);
        let pool = pools.filter_map(|(_, neighbour)| match neighbour {
            Neighbour::Pool(pool) => Some(pool),
            _ => None,
        });
        Self { name, pool: pool.last(), is_hosted: cluster.is_hosted() }
    }

    /// Whether its nodes get a `MachineConfig`.
    pub(super) fn takes(&self, target: &Target, labels: &BTreeMap<String, String>) -> bool {
        match self.pool.and_then(|pool| pool.selector.as_ref()) {
            Some(selector) if !matches!(target, Target::NodePool(_)) => selector.matches(labels),
            _ => target.reaches(self.name, self.is_hosted),
        }
    }

    /// The text that pauses it.
    pub(super) fn paused(&self) -> Option<Span> {
        self.pool.and_then(|pool| pool.paused)
    }

    /// How many of its nodes change at once, if that is set.
    pub(super) fn max_unavailable(&self) -> Option<&'c Spanned<String>> {
        // Nodes of an arbiter always change one by one.
        self.pool.filter(|_| self.name != "arbiter").and_then(|pool| pool.max_unavailable.as_ref())
    }
}

/// The names of the pools of a cluster in its states.
pub(super) fn names<'c>(states: &[&'c Cluster]) -> BTreeSet<&'c str> {
    let is_hosted = states.iter().any(|cluster| cluster.is_hosted());
    let mut names = BTreeSet::new();
    if !is_hosted {
        names.extend(["master", "worker"]);
    }
    for cluster in states {
        for (resource, neighbour) in cluster.neighbours() {
            if matches!(neighbour, Neighbour::Pool(_)) && !is_hosted && !resource.name().is_empty() {
                names.insert(resource.name());
            }
        }
        for resource in cluster.resources() {
            let crate::read::crd::Typed::MachineConfig(config) = &resource.typed else { continue };
            let carriers = resource.carrier.iter().flat_map(|carrier| carrier.chain());
            let mut pools =
                carriers.filter(|carrier| carrier.kind == crate::read::crd::CarrierKind::NodePool);
            match (pools.next(), &config.role) {
                (Some(pool), _) if is_hosted => drop(names.insert(&pool.name)),
                (None, Some(role))
                    if !is_hosted
                        && !crate::read::crd::is_placeholder(&role.value)
                        && !role.value.is_empty() =>
                {
                    names.insert(&role.value);
                }
                _ => {}
            }
        }
    }
    if names.is_empty() {
        names.insert("worker");
    }
    names
}

/// How many nodes change at once: a number, or a percentage of all, which is rounded down to at least one. The default is
/// one.
pub(super) fn at_once(set: Option<&str>, nodes: Option<u32>) -> Option<u32> {
    let Some(set) = set else { return Some(1) };
    let at_once = match set.strip_suffix('%') {
        Some(part) => {
            let part: u64 = part.trim().parse().ok()?;
            u32::try_from(u64::from(nodes?) * part / 100).ok()?
        }
        None => set.trim().parse().ok()?,
    };
    Some(at_once.max(1))
}

#[cfg(test)]
mod tests {
    use super::at_once;

    #[test]
    fn a_part_of_the_nodes_rounds_down_and_is_one_at_least() {
        for (set, nodes, due) in [
            (None, None, Some(1)),
            (Some("3"), None, Some(3)),
            (Some("0"), Some(12), Some(1)),
            (Some("25%"), Some(12), Some(3)),
            (Some("10%"), Some(12), Some(1)),
            (Some("1%"), Some(12), Some(1)),
            (Some("50%"), None, None),
            (Some("some"), Some(12), None),
        ] {
            assert_eq!(at_once(set, nodes), due, "{set:?} of {nodes:?}");
        }
    }
}
