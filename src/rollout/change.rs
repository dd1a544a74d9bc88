//! The changes on the nodes of a pool between two states, and the reaction of the nodes.

use super::policy::{Decider, Table};
use super::pools::PoolName;
use super::safety::{self, Disruption};
use super::state::{FileState, Parts, PoolState};
use crate::model::{Cluster, Standing};
use crate::node::{self, Files, Nodes, REGISTRIES_CONF};
use crate::read::crd::NodeAction;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The effect of a change on the nodes of a pool, one node after the other.
#[derive(Clone, Debug, Default)]
pub struct Rollout {
    /// The changed parts: files first, each kind in the order of paths or names.
    pub changes: Vec<Change>,
    /// The changes of `registries.conf` because of which pods cannot stay; empty if they can.
    pub disruptions: Vec<Disruption>,
    /// The reason why nodes are not drained.
    pub undrained: Option<Undrained>,
    /// Whether the policies of the release are built into the operator's code.
    pub(super) is_code: bool,
}

/// Why nodes are not drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undrained {
    /// The cluster has only one node.
    SingleNode,
    /// A `ConfigMap` prevents drains for changes of `registries.conf`.
    Override(Span),
}

/// A changed part of the nodes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The kind of part.
    pub what: Changed,
    /// The path or the name.
    pub name: String,
    /// How it changes.
    pub how: How,
    /// The actions of the nodes.
    pub actions: Vec<NodeAction>,
    /// The policy that decides about these actions.
    pub decider: Decider,
    /// Its texts in manifests before the change.
    pub before: Vec<Span>,
    /// Its texts after the change.
    pub after: Vec<Span>,
}

/// A kind of part of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// A file.
    File,
    /// A unit of systemd.
    Unit,
    /// A user, who has SSH keys.
    User,
    /// The system itself: its image, its kernel, and what is installed.
    System,
}

/// How a part of a node changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is added, or replaces the one of the operating system.
    Added,
    /// It is removed, or the one of the operating system returns.
    Removed,
    /// Its contents change.
    Changed,
}

impl Rollout {
    /// The files that differ.
    pub fn diff_files(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter(|change| change.what == Changed::File).map(|change| change.name.as_str())
    }

    /// Whether the nodes reboot.
    pub fn reboots(&self) -> bool {
        self.has(&NodeAction::Reboot)
    }

    /// Whether the nodes are drained.
    pub fn drains(&self) -> bool {
        if self.undrained == Some(Undrained::SingleNode) {
            return false;
        }
        self.reboots() || self.has(&NodeAction::Drain) || self.drains_for_registries()
    }

    /// Whether the nodes are drained because of `registries.conf`.
    pub fn drains_for_registries(&self) -> bool {
        self.asks_for_safety() && !self.is_safe() && self.undrained.is_none()
    }

    /// Whether the nodes are drained depends on how `registries.conf` changes.
    pub fn asks_for_safety(&self) -> bool {
        if self.is_code {
            self.diff_files().any(|path| path == REGISTRIES_CONF)
        } else {
            self.has(&NodeAction::Special)
        }
    }

    /// Whether the change of `registries.conf` is safe, so that pods can stay.
    pub fn is_safe(&self) -> bool {
        self.disruptions.is_empty()
    }

    fn has(&self, action: &NodeAction) -> bool {
        self.changes.iter().any(|change| change.actions.contains(action))
    }

    /// The actions as the machine config daemon lists them, each once, in the order of their names.
    pub fn actions(&self) -> Vec<NodeAction> {
        if self.reboots() {
            return vec![NodeAction::Reboot];
        }
        let all = self.changes.iter().flat_map(|change| &change.actions);
        // The old table has only one action: a restart replaces a reload.
        let restarts = |action: &&NodeAction| matches!(action, NodeAction::Restart(_));
        let is_swallowed = self.is_code && all.clone().any(|action| restarts(&action));
        let all = all.filter(|action| !is_swallowed || restarts(action));
        let mut all: Vec<NodeAction> = all.filter(|action| **action != NodeAction::None).cloned().collect();
        all.sort_by_cached_key(NodeAction::name);
        all.dedup();
        if all.is_empty() { vec![NodeAction::None] } else { all }
    }
}

/// The effect of changing one set of the operator's files to another, on the newest release with the default policies.
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

pub(super) fn compare(
    old: &PoolState<'_>,
    new: &PoolState<'_>,
    table: &Table,
    undrained: Option<Undrained>,
) -> Rollout {
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

/// The names whose values differ between two states, with both values.
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
