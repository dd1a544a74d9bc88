//! Plans the change of one cluster after the other.

use super::change::{self, Change, Changed, How, Undrained};
use super::hosted::{Hosting, NodePool};
use super::outcome::Outcome;
use super::pairs::Pair;
use super::policy::Table;
use super::pools::{self, PoolName};
use super::state::{self, PoolState};
use super::topology::SingleNodes;
use super::unbuilt::Refused;
use super::{ClusterPlan, PoolPlan, Presence, Replaced, Side, entries, gentle, images};
use crate::model::Cluster;
use crate::openshift::DRAIN_OVERRIDE;
use crate::read::crd::{Typed, node_config};

/// The additional inputs of plans.
pub(super) struct Planner<'r> {
    pub(super) refused: Refused<'r>,
    pub(super) single_nodes: SingleNodes,
    /// The manifests of hosted clusters, before and after.
    pub(super) hosting: (Hosting<'r>, Hosting<'r>),
}

impl Planner<'_> {
    pub(super) fn cluster<'r>(&self, pair: &Pair<'r>, images: &[String]) -> ClusterPlan<'r> {
        let (before, after) = (Side::of(pair.before, pair.after), Side::of(pair.after, pair.before));
        let presence = match (pair.before, pair.after) {
            (Some(before), Some(after)) if before.name != after.name => Presence::Renamed(&before.name),
            (None, _) => Presence::Added,
            (_, None) => Presence::Removed,
            _ => Presence::Both,
        };
        let name = pair.after.or(pair.before).map_or("", |cluster| cluster.name.as_str());
        let pools = self.pools(&before, &after, None);
        let outcome = worst(&pools);
        let (entries, images_changed, gentler) = (Vec::new(), Vec::new(), Vec::new());
        let mut plan = ClusterPlan {
            name,
            presence,
            unbuilt: self.refused.of_pair(pair),
            before,
            after,
            outcome,
            pools,
            entries,
            images: images_changed,
            gentler,
        };
        if plan.unbuilt.is_some() {
            plan.forget();
            return plan;
        }
        plan.entries = entries::of(&plan.before, &plan.after);
        plan.images = images::of(&plan, images);
        plan.gentler = gentle::of(&plan, self);
        plan
    }

    /// The outcome of changing one state to another. `reloads` is a file for which an additional policy reloads CRI-O.
    pub(super) fn outcome(&self, before: &Side<'_>, after: &Side<'_>, reloads: Option<&str>) -> Outcome {
        worst(&self.pools(before, after, reloads))
    }

    fn pools(&self, before: &Side<'_>, after: &Side<'_>, reloads: Option<&str>) -> Vec<PoolPlan> {
        let mut table = Table::of(&after.cluster);
        if let Some(path) = reloads {
            table.reload(path);
        }
        let brought = (state::brought(&before.cluster), state::brought(&after.cluster));
        let hosted = (self.hosting.0.pools_of(&before.cluster), self.hosting.1.pools_of(&after.cluster));
        let mut names = pools::names(&[&before.cluster, &after.cluster]);
        if after.cluster.is_hosted() && !hosted.1.is_empty() {
            // A pool that is added or removed means new machines, or none.
            names = hosted.1.keys().copied().filter(|name| hosted.0.contains_key(name)).collect();
        }
        let undrained = self.undrained(&after.cluster);
        let plans = names.into_iter().map(|name| {
            let (old, new) = (PoolName::of(name, &before.cluster), PoolName::of(name, &after.cluster));
            let rollout = match (&before.nodes.files, &after.nodes.files) {
                (Ok(old_files), Ok(new_files)) => {
                    let old = PoolState::of(&old, &brought.0, &before.nodes, old_files);
                    let new = PoolState::of(&new, &brought.1, &after.nodes, new_files);
                    let mut rollout = change::compare(&old, &new, &table, undrained);
                    rollout.changes.extend(pull_secret(&before.cluster, &after.cluster, &table));
                    rollout.changes.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
                    Some(rollout)
                }
                _ => None,
            };
            let mut plan = PoolPlan {
                name: name.to_owned(),
                outcome: Outcome::None,
                rollout,
                paused: new.paused(),
                replaced: None,
                max_unavailable: new.max_unavailable().cloned(),
                nodes: after.cluster.pool_sizes.get(name).copied(),
            };
            if let (Some(old), Some(new)) = (hosted.0.get(name), hosted.1.get(name)) {
                plan.host(old, new);
            }
            plan.outcome = plan.outcome_from(before, after);
            plan
        });
        plans.collect()
    }

    /// The reason why nodes of a cluster are not drained.
    fn undrained(&self, cluster: &Cluster) -> Option<Undrained> {
        if self.single_nodes.has(cluster) {
            return Some(Undrained::SingleNode);
        }
        let map = cluster.drain_override().filter(|_| DRAIN_OVERRIDE.contains(cluster.version()))?;
        Some(Undrained::Override(map.span()))
    }
}

impl ClusterPlan<'_> {
    /// Removes everything that follows from an unknown state.
    fn forget(&mut self) {
        self.outcome = Outcome::Unknown;
        for pool in &mut self.pools {
            pool.outcome = Outcome::Unknown;
            pool.rollout = None;
            pool.replaced = None;
        }
    }
}

fn worst(pools: &[PoolPlan]) -> Outcome {
    pools.iter().map(|pool| pool.outcome).max().unwrap_or(Outcome::None)
}

impl PoolPlan {
    /// Adds the settings of a `NodePool`.
    fn host(&mut self, before: &NodePool, after: &NodePool) {
        self.paused = after.paused;
        self.max_unavailable.clone_from(&after.max_unavailable);
        let causes = after.causes(before);
        // Nearly all pools replace their machines; the others say so.
        if after.replaces != Some(false) && !causes.is_empty() {
            self.replaced = Some(Replaced { causes, on_delete: after.on_delete });
        } else if after.replaces != Some(false)
            && let Some(rollout) = &mut self.rollout
        {
            rollout.changes.clear();
            rollout.disruptions.clear();
        }
    }

    fn outcome_from(&self, before: &Side<'_>, after: &Side<'_>) -> Outcome {
        if after.stop().is_some() {
            return Outcome::Stops;
        }
        if before.stop().is_some() {
            return Outcome::Unknown;
        }
        let Some(rollout) = &self.rollout else { return Outcome::Unknown };
        let changes = !rollout.changes.is_empty() || self.replaced.is_some();
        match &self.replaced {
            _ if self.paused.is_some() && changes => Outcome::Held,
            Some(replaced) if replaced.on_delete => Outcome::Held,
            Some(_) => Outcome::Reboot,
            None => Outcome::of(rollout),
        }
    }

    /// How many of its nodes change at once, if it is known.
    pub fn at_once(&self) -> Option<u32> {
        pools::at_once(self.max_unavailable.as_ref().map(|set| set.value.as_str()), self.nodes)
    }

    /// The number of rounds in which its nodes change, if it is known.
    pub fn rounds(&self) -> Option<u32> {
        Some(self.nodes?.div_ceil(self.at_once()?.max(1)))
    }
}

/// The credentials of all nodes, if both states contain them and they differ.
fn pull_secret(before: &Cluster, after: &Cluster, table: &Table) -> Option<Change> {
    const FILE: &str = "/var/lib/kubelet/config.json";
    let of = |cluster: &'_ Cluster| {
        let mut all = cluster.resources().filter(|resource| {
            matches!(resource.typed, Typed::PullSecret(_))
                && resource.name() == "pull-secret"
                && resource.identity().namespace == "openshift-config"
        });
        let secret = all.next()?;
        let root = secret.manifest.root();
        let data = ["data", "stringData"].map(|key| root.get(key).map(node_config::digest));
        Some((data, secret.name_span()))
    };
    let ((old, was), (new, is)) = (of(before)?, of(after)?);
    let (actions, decider) = table.of_file(FILE);
    (old != new).then(|| Change {
        what: Changed::File,
        name: FILE.to_owned(),
        how: How::Changed,
        actions,
        decider,
        before: vec![was],
        after: vec![is],
    })
}
