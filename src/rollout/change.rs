//! What changes on the nodes of a pool from one state to another, and what they do because of it.

use super::policy::{Decider, Table};
use super::pools::PoolName;
use super::safety::{self, Disruption};
use super::state::{FileState, Parts, PoolState};
use crate::model::{Cluster, Standing};
use crate::node::{self, Files, Nodes, REGISTRIES_CONF};
use crate::read::crd::NodeAction;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

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
    pub(super) is_code: bool,
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
    pub fn actions(&self) -> Vec<NodeAction> {
        if self.reboots() {
            return vec![NodeAction::Reboot];
        }
        let all = self.changes.iter().flat_map(|change| &change.actions);
        // The old table knows one action alone: a restart takes the place of a reload.
        let restarts = |action: &&NodeAction| matches!(action, NodeAction::Restart(_));
        let is_swallowed = self.is_code && all.clone().any(|action| restarts(&action));
        let all = all.filter(|action| !is_swallowed || restarts(action));
        let mut all: Vec<NodeAction> = all.filter(|action| **action != NodeAction::None).cloned().collect();
        all.sort_by_cached_key(NodeAction::name);
        all.dedup();
        if all.is_empty() { vec![NodeAction::None] } else { all }
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
