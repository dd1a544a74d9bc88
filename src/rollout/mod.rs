//! What a change of the files does to the nodes: nothing, a reload of the runtime, a drain, or a reboot.
//!
//! [`plan`] takes the two states of a repository, pairs their clusters, and applies the operator's rules to the files of
//! each pool of nodes (MCO `pkg/daemon/update.go`, `pkg/daemon/drain.go`).

mod change;
mod entries;
mod gentle;
mod hosted;
mod images;
mod outcome;
mod pairs;
mod planner;
mod policy;
mod pools;
mod safety;
mod state;
mod topology;
mod unbuilt;

pub use change::{Change, Changed, How, Rollout, Undrained, between};
pub use entries::{EntryChange, EntryWhat};
pub use gentle::{Gentler, GentlerWhat};
pub use images::{ImageChange, ImageUser, ImageWhat};
pub use outcome::Outcome;
pub use policy::Decider;
pub use safety::{AddedWhat, Disruption, DisruptionWhat};
pub use unbuilt::Unbuilt;

use crate::model::{Cluster, Repo, Standing};
use crate::node::{self, Nodes, Stop};
use crate::source::{Span, Spanned};
use hosted::Hosting;
use planner::Planner;
use std::borrow::Cow;
use topology::SingleNodes;
use unbuilt::Refused;

/// What a change does to every cluster.
#[derive(Debug)]
pub struct Plan<'r> {
    /// The clusters, in the order of their names.
    pub clusters: Vec<ClusterPlan<'r>>,
}

/// What a change does to a cluster.
#[derive(Debug)]
pub struct ClusterPlan<'r> {
    /// Its name, in the new state where it has one there.
    pub name: &'r str,
    /// Whether it is in both states.
    pub presence: Presence<'r>,
    /// A kustomization of it that one of the states cannot build, so that nobody can tell what the change does.
    pub unbuilt: Option<Unbuilt>,
    /// What it was given before.
    pub before: Side<'r>,
    /// What it is given after.
    pub after: Side<'r>,
    /// What its nodes do: the worst of its pools.
    pub outcome: Outcome,
    /// Its pools, in the order of their names.
    pub pools: Vec<PoolPlan>,
    /// What changes in the operator's files and in the certificates, entry by entry.
    pub entries: Vec<EntryChange>,
    /// What it means for images, what hurts most first.
    pub images: Vec<ImageChange>,
    /// What would be gentler.
    pub gentler: Vec<Gentler>,
}

/// In which of the states a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence<'r> {
    /// In both, under this name.
    Both,
    /// In both, under this name before.
    Renamed(&'r str),
    /// Only after: its nodes are taken to have had no configuration of images.
    Added,
    /// Only before: its nodes are taken to lose the configuration of images.
    Removed,
}

/// A cluster in one state.
#[derive(Debug)]
pub struct Side<'r> {
    /// The cluster; one without any resources where it is not in this state.
    pub cluster: Cow<'r, Cluster>,
    /// What its nodes get.
    pub nodes: Nodes,
}

/// What a change does to the nodes of a pool.
#[derive(Debug)]
pub struct PoolPlan {
    /// Its name.
    pub name: String,
    /// What its nodes do.
    pub outcome: Outcome,
    /// What changes on them; `None` where the operator stops in either state.
    pub rollout: Option<Rollout>,
    /// Where its `MachineConfigPool` says that nothing is to change.
    pub paused: Option<Span>,
    /// Whether its machines are replaced, and why; only where the control plane is hosted.
    pub replaced: Option<Replaced>,
    /// How many nodes change at once, as the pool says; one where it says nothing.
    pub max_unavailable: Option<Spanned<String>>,
    /// How many nodes it has, where the configuration says it.
    pub nodes: Option<u32>,
}

/// Machines that are replaced by new ones.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The fields of the `NodePool` and of the `HostedCluster` that change, each with its place.
    pub causes: Vec<(String, Span)>,
    /// Whether new machines wait until somebody deletes the old ones.
    pub on_delete: bool,
}

impl<'r> Plan<'r> {
    /// What the nodes of the worst cluster do.
    pub fn outcome(&self) -> Outcome {
        self.clusters.iter().map(|cluster| cluster.outcome).max().unwrap_or(Outcome::None)
    }

    /// The clusters, what hurts most first, then in the order of their names.
    pub fn worst_first(&self) -> Vec<&ClusterPlan<'r>> {
        let mut clusters: Vec<_> = self.clusters.iter().collect();
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.outcome));
        clusters
    }
}

impl ClusterPlan<'_> {
    /// Whether only the places of the files say that they belong together.
    pub fn is_guessed(&self) -> bool {
        [&self.before, &self.after].iter().any(|side| side.cluster.standing != Standing::Exact)
    }
}

/// What going from one state of a repository to another does to the nodes of every cluster that configures images, or
/// that writes files for nodes, in either of them. Both are read by `pipeline::read_for_plan`.
pub fn plan<'r>(before: &'r Repo, after: &'r Repo) -> Plan<'r> {
    plan_with(before, after, &[])
}

/// The same, with the names of `images` that are asked for beside those of the workloads.
pub fn plan_with<'r>(before: &'r Repo, after: &'r Repo, images: &[String]) -> Plan<'r> {
    let refused = Refused::of(before, after);
    let pairs = pairs::of(before, after, &refused);
    let planner = Planner {
        refused,
        single_nodes: SingleNodes::of([before, after]),
        hosting: (Hosting::of(before), Hosting::of(after)),
    };
    let clusters = crate::machine::threads::map(&pairs, |_, pair| planner.cluster(pair, images));
    Plan { clusters }
}

impl<'r> Side<'r> {
    /// A cluster, or what is left of the `other` one where it is not there.
    fn of(cluster: Option<&'r Cluster>, other: Option<&'r Cluster>) -> Self {
        let cluster = match (cluster, other) {
            (Some(cluster), _) => Cow::Borrowed(cluster),
            (None, Some(other)) => {
                let mut empty = other.clone();
                empty.retain(|_| false);
                Cow::Owned(empty)
            }
            (None, None) => unreachable!("a pair has a cluster"),
        };
        Self::rendered(cluster)
    }

    /// A cluster that stands in no repository.
    fn owned(cluster: Cluster) -> Self {
        Self::rendered(Cow::Owned(cluster))
    }

    fn rendered(cluster: Cow<'r, Cluster>) -> Self {
        let nodes = node::render_installed(&cluster);
        Self { cluster, nodes }
    }

    /// Why the operator stops.
    pub fn stop(&self) -> Option<&Stop> {
        self.nodes.files.as_ref().err()
    }
}
