//! What a change of the files does to the nodes: nothing, a reload of the runtime, a drain, or a reboot.
//!
//! [`plan`] takes the two states of a repository, pairs their clusters, and applies the operator's rules to the files of
//! each pool of nodes (MCO `pkg/daemon/update.go`, `pkg/daemon/drain.go`).

mod entries;
mod gentle;
mod hosted;
mod images;
mod outcome;
mod pairs;
mod policy;
mod pools;
mod safety;
mod state;
mod topology;

pub use entries::{EntryChange, EntryWhat};
pub use gentle::{Gentler, GentlerWhat};
pub use images::{ImageChange, ImageUser, ImageWhat};
pub use outcome::Outcome;
pub use policy::Decider;
pub use safety::{AddedWhat, Disruption, DisruptionWhat};

use crate::crd::{NodeAction, Typed};
use crate::model::{Cluster, Repo, Standing};
use crate::node::{self, Files, Nodes, REGISTRIES_CONF, Stop};
use crate::openshift::DRAIN_OVERRIDE;
use crate::source::{Span, Spanned};
use hosted::{Hosting, NodePool};
use pairs::Pair;
use policy::Table;
use pools::PoolName;
use state::{FileState, Parts, PoolState};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use topology::SingleNodes;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
        self.asks_for_safety() && !self.is_safe() && self.undrained.is_none()
    }

    /// Whether it depends on what changes in `registries.conf` if nodes are drained.
    pub fn asks_for_safety(&self) -> bool {
        if self.is_code {
            self.diff_files().any(|path| path == REGISTRIES_CONF)
        } else {
            self.has(&NodeAction::Special)
        }
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
    plan_with(before, after, &[])
}

/// The same, with the names of `images` that are asked for beside those of the workloads.
pub fn plan_with<'r>(before: &'r Repo, after: &'r Repo, images: &[String]) -> Plan<'r> {
    let pairs = pairs::of(before, after);
    let planner = Planner {
        single_nodes: SingleNodes::of([before, after]),
        hosting: (Hosting::of(before), Hosting::of(after)),
    };
    let clusters = crate::threads::map(&pairs, |_, pair| planner.cluster(pair, images));
    Plan { clusters }
}

/// What plans need to know beside the clusters.
struct Planner<'r> {
    single_nodes: SingleNodes,
    /// The manifests of hosted clusters, before and after.
    hosting: (Hosting<'r>, Hosting<'r>),
}

impl Planner<'_> {
    fn cluster<'r>(&self, pair: &Pair<'r>, images: &[String]) -> ClusterPlan<'r> {
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
        let entries = entries::of(&before, &after);
        let (images_changed, gentler) = (Vec::new(), Vec::new());
        let mut plan = ClusterPlan {
            name,
            presence,
            before,
            after,
            outcome,
            pools,
            entries,
            images: images_changed,
            gentler,
        };
        plan.images = images::of(&plan, images);
        plan.gentler = gentle::of(&plan, self);
        plan
    }

    /// What nodes do from one state to another; `reloads` is a file of which a policy says that its change reloads CRI-O.
    fn outcome(&self, before: &Side<'_>, after: &Side<'_>, reloads: Option<&str>) -> Outcome {
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
            // Those that come or go are new machines, or none.
            names = hosted.1.keys().copied().filter(|name| hosted.0.contains_key(name)).collect();
        }
        let undrained = self.undrained(&after.cluster);
        let plans = names.into_iter().map(|name| {
            let (old, new) = (PoolName::of(name, &before.cluster), PoolName::of(name, &after.cluster));
            let rollout = match (&before.nodes.files, &after.nodes.files) {
                (Ok(old_files), Ok(new_files)) => {
                    let old = PoolState::of(&old, &brought.0, &before.nodes, old_files);
                    let new = PoolState::of(&new, &brought.1, &after.nodes, new_files);
                    let mut rollout = compare(&old, &new, &table, undrained);
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

    /// What keeps nodes of a cluster from being drained.
    fn undrained(&self, cluster: &Cluster) -> Option<Undrained> {
        if self.single_nodes.has(cluster) {
            return Some(Undrained::SingleNode);
        }
        let map = cluster.drain_override().filter(|_| DRAIN_OVERRIDE.contains(cluster.version()))?;
        Some(Undrained::Override(map.span()))
    }
}

fn worst(pools: &[PoolPlan]) -> Outcome {
    pools.iter().map(|pool| pool.outcome).max().unwrap_or(Outcome::None)
}

impl PoolPlan {
    /// Takes what a `NodePool` says.
    fn host(&mut self, before: &NodePool, after: &NodePool) {
        self.paused = after.paused;
        self.max_unavailable.clone_from(&after.max_unavailable);
        let causes = after.causes(before);
        // Nearly all pools replace their machines; those that do not say so.
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

    /// How many of its nodes change at once, where that is known.
    pub fn at_once(&self) -> Option<u32> {
        pools::at_once(self.max_unavailable.as_ref().map(|set| set.value.as_str()), self.nodes)
    }

    /// How many times so many nodes change, where that is known.
    pub fn rounds(&self) -> Option<u32> {
        Some(self.nodes?.div_ceil(self.at_once()?.max(1)))
    }
}

/// The credentials of all nodes, where both states hold them and they differ.
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
        let data = ["data", "stringData"].map(|key| root.get(key).map(crate::crd::node_config::digest));
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
