//! The effect of changed files on the nodes: nothing, a reload of the runtime, a drain, or a reboot.
//!
//! [`plan`] reads the two states of a repository, pairs their clusters, and applies the operator's rules to the files of
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
pub use unbuilt::{Unbuilt, UnbuiltWhat};

use crate::model::{Cluster, Repo, Standing};
use crate::node::{self, Nodes, Stop};
use crate::source::{Span, Spanned};
use hosted::Hosting;
use planner::Planner;
use std::borrow::Cow;
use topology::SingleNodes;
use unbuilt::Refused;

/// The effect of a change on every cluster.
#[derive(Debug)]
pub struct Plan<'r> {
    /// The clusters, in the order of their names.
    pub clusters: Vec<ClusterPlan<'r>>,
}

/// The effect of a change on a cluster.
#[derive(Debug)]
pub struct ClusterPlan<'r> {
    /// Its name, in the new state if it exists there.
    pub name: &'r str,
    /// Whether it is in both states.
    pub presence: Presence<'r>,
    /// What gives objects to the cluster and cannot be read in one of the states, so that the effect is unknown.
    pub unbuilt: Option<Unbuilt>,
    /// The cluster before the change.
    pub before: Side<'r>,
    /// The cluster after the change.
    pub after: Side<'r>,
    /// The outcome: that of its worst pool.
    pub outcome: Outcome,
    /// Its pools, in the order of their names.
    pub pools: Vec<PoolPlan>,
    /// The changes in the operator's files and in the certificates, entry by entry.
    pub entries: Vec<EntryChange>,
    /// The effect on images, the most severe first.
    pub images: Vec<ImageChange>,
    /// Gentler ways.
    pub gentler: Vec<Gentler>,
}

impl ClusterPlan<'_> {
    /// Its names in both states.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let old = if let Presence::Renamed(old) = self.presence { Some(old) } else { None };
        [self.name].into_iter().chain(old)
    }
}

/// The states in which a cluster exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence<'r> {
    /// Both, under the same name.
    Both,
    /// Both; this is the old name.
    Renamed(&'r str),
    /// Only the new one: its nodes are assumed to have had no image configuration.
    Added,
    /// Only the old one: its nodes are assumed to lose the image configuration.
    Removed,
}

/// A cluster in one state.
#[derive(Debug)]
pub struct Side<'r> {
    /// The cluster; without any resources if it does not exist in this state.
    pub cluster: Cow<'r, Cluster>,
    /// The files of its nodes.
    pub nodes: Nodes,
}

/// The effect of a change on the nodes of a pool.
#[derive(Debug)]
pub struct PoolPlan {
    /// Its name.
    pub name: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The changes on the nodes; `None` if the operator stops in one of the states.
    pub rollout: Option<Rollout>,
    /// The text that pauses it in its `MachineConfigPool`.
    pub paused: Option<Span>,
    /// Why its machines are replaced, if they are; only for a hosted control plane.
    pub replaced: Option<Replaced>,
    /// How many nodes change at once, according to the pool; the default is one.
    pub max_unavailable: Option<Spanned<String>>,
    /// The number of its nodes, if the configuration says it.
    pub nodes: Option<u32>,
}

/// Machines that are replaced by new ones.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The changed fields of the `NodePool` and of the `HostedCluster`, each with its place.
    pub causes: Vec<(String, Span)>,
    /// Whether new machines wait until somebody deletes the old ones.
    pub on_delete: bool,
}

impl<'r> Plan<'r> {
    /// The outcome of the worst cluster.
    pub fn outcome(&self) -> Outcome {
        self.clusters.iter().map(|cluster| cluster.outcome).max().unwrap_or(Outcome::None)
    }

    /// The clusters, the most severe outcome first, then in the order of their names.
    pub fn worst_first(&self) -> Vec<&ClusterPlan<'r>> {
        let mut clusters: Vec<_> = self.clusters.iter().collect();
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.outcome));
        clusters
    }
}

impl ClusterPlan<'_> {
    /// Whether only paths suggest that the files belong to one cluster.
    pub fn is_guessed(&self) -> bool {
        [&self.before, &self.after].iter().any(|side| side.cluster.standing != Standing::Exact)
    }
}

/// The effect of changing one state of a repository to another, for every cluster that configures images or writes files for
/// nodes in one of the states. `pipeline::read_for_plan` reads both states.
pub fn plan<'r>(before: &'r Repo, after: &'r Repo) -> Plan<'r> {
    plan_with(before, after, &[])
}

/// The same, with additional names of `images`.
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
    /// A cluster, or an empty copy of the `other` one if it does not exist.
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

    /// A cluster that is in no repository.
    fn owned(cluster: Cluster) -> Self {
        Self::rendered(Cow::Owned(cluster))
    }

    fn rendered(cluster: Cow<'r, Cluster>) -> Self {
        let nodes = node::render_installed(&cluster);
        Self { cluster, nodes }
    }

    /// The error at which the operator stops.
    pub fn stop(&self) -> Option<&Stop> {
        self.nodes.files.as_ref().err()
    }
}
