//! What a change of the files does to the nodes: nothing, a reload of the runtime, a drain, or a reboot.
//!
//! [`plan`] takes the two states of a repository, pairs their clusters, and applies the operator's rules to the files of
//! each pool of nodes (MCO `pkg/daemon/update.go`, `pkg/daemon/drain.go`).

mod outcome;
mod pairs;
mod policy;
mod pools;
mod safety;
mod state;

pub use outcome::Outcome;
pub use policy::Decider;
pub use safety::{Disruption, DisruptionWhat};

use crate::crd::NodeAction;
use crate::model::{Cluster, Repo, Standing};
use crate::node::{self, Files, Nodes, REGISTRIES_CONF, Stop};
use crate::openshift::DRAIN_OVERRIDE;
use crate::source::Span;
use policy::Table;
use pools::PoolName;
use state::{FileState, Parts, PoolState};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
    /// What it was given before.
    pub before: Side<'r>,
    /// What it is given after.
    pub after: Side<'r>,
    /// What its nodes do: the worst of its pools.
    pub outcome: Outcome,
    /// Its pools, in the order of their names.
    pub pools: Vec<PoolPlan>,
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
    /// How many nodes change at once, as its `MachineConfigPool` says; one where it says nothing.
    pub max_unavailable: Option<crate::source::Spanned<String>>,
}

/// What a change does to every node of a pool, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Rollout {
    /// What changes, the files first, in the order of their paths and names.
    pub changes: Vec<Change>,
    /// Why pods cannot stay, as far as `registries.conf` goes; nothing when they can.
    pub disruptions: Vec<Disruption>,
    /// What keeps nodes from being drained.
    pub undrained: Option<Undrained>,
    /// Whether the table of the release stands in the operator's code.
    is_code: bool,
}

/// Why nodes are not drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undrained {
    /// There is one node only.
    SingleNode,
    /// A `ConfigMap` says that changes of `registries.conf` are not to drain.
    Override(Span),
}

/// Something on the nodes that changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it is.
    pub what: Changed,
    /// The path or the name.
    pub name: String,
    /// What happens to it.
    pub how: How,
    /// What the nodes do because of it.
    pub actions: Vec<NodeAction>,
    /// Who decides that.
    pub decider: Decider,
    /// The manifest texts behind it before.
    pub before: Vec<Span>,
    /// Those after.
    pub after: Vec<Span>,
}

/// What can change on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A file.
    File,
    /// A unit of systemd.
    Unit,
    /// A user, who has SSH keys.
    User,
    /// The system itself: its image, its kernel, what is installed.
    System,
}

/// What happens to something on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is added, or taken over from the operating system's own.
    Added,
    /// It is removed, or given back to the operating system's own.
    Removed,
    /// It says something else.
    Changed,
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

impl Rollout {
    /// The files that differ.
    pub fn diff_files(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter(|change| change.what == Changed::File).map(|change| change.name.as_str())
    }

    /// Whether nodes are started anew.
    pub fn reboots(&self) -> bool {
        self.has(&NodeAction::Reboot)
    }

    /// Whether pods have to leave each node for a while.
    pub fn drains(&self) -> bool {
        if self.undrained == Some(Undrained::SingleNode) {
            return false;
        }
        self.reboots() || self.has(&NodeAction::Drain) || self.drains_for_registries()
    }

    /// Whether they have to for what changes in `registries.conf`.
    pub fn drains_for_registries(&self) -> bool {
        let asks = if self.is_code {
            self.diff_files().any(|path| path == REGISTRIES_CONF)
        } else {
            self.has(&NodeAction::Special)
        };
        asks && !self.is_safe() && self.undrained.is_none()
    }

    /// Whether `registries.conf` changes so little that pods can stay.
    pub fn is_safe(&self) -> bool {
        self.disruptions.is_empty()
    }

    fn has(&self, action: &NodeAction) -> bool {
        self.changes.iter().any(|change| change.actions.contains(action))
    }

    /// The actions as the machine config daemon lists them, each once, in the order of their names.
    pub fn actions(&self) -> Vec<String> {
        if self.reboots() {
            return vec![NodeAction::Reboot.name()];
        }
        let all = self.changes.iter().flat_map(|change| &change.actions);
        let names: BTreeSet<String> =
            all.filter(|action| **action != NodeAction::None).map(NodeAction::name).collect();
        if names.is_empty() { vec![NodeAction::None.name()] } else { names.into_iter().collect() }
    }
}

/// What going from one state of a repository to another does to the nodes of every cluster that configures images, or
/// that writes files for nodes, in either of them. Both are read by `pipeline::read_for_plan`.
pub fn plan<'r>(before: &'r Repo, after: &'r Repo) -> Plan<'r> {
    let pairs = pairs::of(before, after);
    Plan { clusters: pairs.into_iter().map(|pair| cluster_plan(&pair)).collect() }
}

/// The same for one cluster, in its two states.
pub fn plan_cluster<'r>(before: Option<&'r Cluster>, after: Option<&'r Cluster>) -> Option<ClusterPlan<'r>> {
    (before.is_some() || after.is_some()).then(|| cluster_plan(&pairs::Pair { before, after }))
}

fn cluster_plan<'r>(pair: &pairs::Pair<'r>) -> ClusterPlan<'r> {
    let (before, after) = (Side::of(pair.before, pair.after), Side::of(pair.after, pair.before));
    let presence = match (pair.before, pair.after) {
        (Some(before), Some(after)) if before.name != after.name => Presence::Renamed(&before.name),
        (None, _) => Presence::Added,
        (_, None) => Presence::Removed,
        _ => Presence::Both,
    };
    let name = pair.after.or(pair.before).map_or("", |cluster| cluster.name.as_str());
    let pools = pool_plans(&before, &after);
    let outcome = pools.iter().map(|pool| pool.outcome).max().unwrap_or(Outcome::None);
    ClusterPlan { name, presence, before, after, outcome, pools }
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
        let nodes = node::render_installed(&cluster);
        Self { cluster, nodes }
    }

    /// Why the operator stops.
    pub fn stop(&self) -> Option<&Stop> {
        self.nodes.files.as_ref().err()
    }
}

fn pool_plans(before: &Side<'_>, after: &Side<'_>) -> Vec<PoolPlan> {
    let table = Table::of(&after.cluster);
    let brought = (state::brought(&before.cluster), state::brought(&after.cluster));
    let names = pools::names(&[&before.cluster, &after.cluster]);
    let undrained = undrained(&after.cluster);
    let plans = names.into_iter().map(|name| {
        let (old, new) = (PoolName::of(name, &before.cluster), PoolName::of(name, &after.cluster));
        let rollout = match (&before.nodes.files, &after.nodes.files) {
            (Ok(old_files), Ok(new_files)) => {
                let old = PoolState::of(&old, &brought.0, &before.nodes, old_files);
                let new = PoolState::of(&new, &brought.1, &after.nodes, new_files);
                Some(compare(&old, &new, &table, undrained))
            }
            _ => None,
        };
        let outcome = match &rollout {
            _ if after.stop().is_some() => Outcome::Stops,
            None => Outcome::Unknown,
            Some(rollout) if new.paused().is_some() && !rollout.changes.is_empty() => Outcome::Held,
            Some(rollout) => Outcome::of(rollout),
        };
        PoolPlan {
            name: name.to_owned(),
            outcome,
            rollout,
            paused: new.paused(),
            max_unavailable: new.max_unavailable().cloned(),
        }
    });
    plans.collect()
}

/// What keeps nodes of a cluster from being drained.
fn undrained(cluster: &Cluster) -> Option<Undrained> {
    if cluster.is_single_node() {
        return Some(Undrained::SingleNode);
    }
    let map = cluster.drain_override().filter(|_| DRAIN_OVERRIDE.contains(cluster.version()))?;
    Some(Undrained::Override(map.span()))
}

/// What going from some of the operator's files to others does on the newest release, where nobody says otherwise.
pub fn between(old: &Files, new: &Files) -> Rollout {
    let cluster = Cluster::new(String::new(), Standing::Exact, Vec::new());
    let pool = PoolName::of("worker", &cluster);
    let nodes = |files: &Files| Nodes {
        effective: node::EffectiveLists::default(),
        skipped: None,
        files: Ok(files.clone()),
        open: Vec::new(),
        pools: node::Pools::default(),
    };
    let (before, after) = (nodes(old), nodes(new));
    let (old, new) = (PoolState::of(&pool, &[], &before, old), PoolState::of(&pool, &[], &after, new));
    compare(&old, &new, &Table::of(&cluster), None)
}

fn compare(old: &PoolState<'_>, new: &PoolState<'_>, table: &Table, undrained: Option<Undrained>) -> Rollout {
    let mut changes = Vec::new();
    let files = paired(&old.files, &new.files, |(old, _), (new, _)| old == new);
    for (path, before, after) in files {
        let (actions, decider) = table.of_file(path);
        let spans = |state: Option<&(FileState, Vec<Span>)>| state.map(|(_, spans)| spans.clone());
        changes.push(Change {
            what: Changed::File,
            name: path.clone(),
            how: How::of(before.is_some(), after.is_some()),
            actions,
            decider,
            before: spans(before).unwrap_or_default(),
            after: spans(after).unwrap_or_default(),
        });
    }
    for (what, before, after) in [
        (Changed::Unit, &old.units, &new.units),
        (Changed::User, &old.users, &new.users),
        (Changed::System, &old.system, &new.system),
    ] {
        for (name, before, after) in paired(before, after, PartialEq::eq) {
            let (actions, decider) = match what {
                Changed::Unit => table.of_unit(name),
                Changed::User => table.of_users(),
                Changed::File | Changed::System => (vec![NodeAction::Reboot], Decider::Nobody),
            };
            let spans = |parts: Option<&Parts>| parts.map(|parts| parts.spans.clone()).unwrap_or_default();
            changes.push(Change {
                what,
                name: name.clone(),
                how: How::of(before.is_some(), after.is_some()),
                actions,
                decider,
                before: spans(before),
                after: spans(after),
            });
        }
    }
    let disruptions = safety::disruptions(&old.conf, &new.conf);
    Rollout { changes, disruptions, undrained, is_code: table.is_code }
}

impl How {
    fn of(before: bool, after: bool) -> Self {
        match (before, after) {
            (false, _) => How::Added,
            (_, false) => How::Removed,
            _ => How::Changed,
        }
    }
}

/// The names of which two states say something else, with what they say.
fn paired<'s, T>(
    old: &'s BTreeMap<String, T>,
    new: &'s BTreeMap<String, T>,
    is_same: impl Fn(&T, &T) -> bool,
) -> Vec<(&'s String, Option<&'s T>, Option<&'s T>)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let all = names.into_iter().map(|name| (name, old.get(name), new.get(name)));
    all.filter(|(_, old, new)| match (old, new) {
        (Some(old), Some(new)) => !is_same(old, new),
        _ => true,
    })
    .collect()
}
