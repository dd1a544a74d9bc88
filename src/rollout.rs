//! What a change of the files does to the nodes: nothing, a reload of the runtime, a drain, or a reboot.
//!
//! The default policy of MCO `pkg/apihelpers/apihelpers.go`; whether `registries.conf` changes so little that pods can
//! stay is `isSafeContainerRegistryConfChanges` in MCO `pkg/daemon/drain.go`. Users can set other policies, and nodes
//! of a cluster that has only one are never drained.

use crate::node::{
    Files, Mirror, NAMESPACED_POLICIES, POLICY_JSON, PullFromMirror, REGISTRIES_CONF, RegistriesConf,
    RegistryEntry, SIGSTORE_REGISTRIES,
};
use crate::source::Span;
use std::collections::{BTreeSet, HashMap};

/// What a change does to every node of a pool, one after the other.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// The files that change, in the order of their paths, each with what it asks for.
    pub changes: Vec<(String, Action)>,
    /// Why pods cannot stay, as far as `registries.conf` goes; nothing when they can.
    pub disruptions: Vec<Disruption>,
}

/// What the change of a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The runtime reads its configuration again; pods stay.
    Reload,
    /// The same, after a drain if one is needed: what `registries.conf` asks for.
    ReloadMaybeDrain,
    /// The node is drained and started anew.
    Reboot,
}

impl Action {
    /// Its name in the node disruption policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Reload => "Reload:crio.service",
            Action::ReloadMaybeDrain => "Special",
            Action::Reboot => "Reboot",
        }
    }
}

/// A change of `registries.conf` that pods are not left on the node for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disruption {
    /// The entry, by its prefix or location.
    pub scope: String,
    /// What happens to it.
    pub what: DisruptionWhat,
    /// The manifest texts behind it: of the old state for what is removed, else of the new one.
    pub spans: Vec<Span>,
}

/// The kinds of [`Disruption`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisruptionWhat {
    /// The entry is removed.
    Removed,
    /// It gets blocked, or free again.
    Blocked(bool),
    /// It gets insecure, or secure again.
    Insecure(bool),
    /// A mirror is removed.
    MirrorRemoved(String),
    /// A mirror that is for tags is added, or made of one for digests.
    MirrorForTags(String),
    /// An entry is added that does not have mirrors for digests alone.
    Added,
}

impl DisruptionWhat {
    /// Whether its spans lie in the old state.
    pub fn is_of_old(&self) -> bool {
        matches!(self, DisruptionWhat::Removed | DisruptionWhat::MirrorRemoved(_))
    }
}

impl Rollout {
    /// Whether nodes are started anew.
    pub fn reboots(&self) -> bool {
        self.changes.iter().any(|(_, action)| *action == Action::Reboot)
    }

    /// Whether pods have to leave each node for a while.
    pub fn drains(&self) -> bool {
        let registries = self.changes.iter().any(|(_, action)| *action == Action::ReloadMaybeDrain);
        self.reboots() || (registries && !self.disruptions.is_empty())
    }

    /// The actions as the machine config daemon lists them.
    pub fn actions(&self) -> Vec<&'static str> {
        if self.reboots() {
            vec![Action::Reboot.as_str()]
        } else if self.changes.is_empty() {
            vec!["None"]
        } else {
            self.changes.iter().map(|(_, action)| action.as_str()).collect()
        }
    }
}

/// What going from `old` to `new` does.
pub fn plan(old: &Files, new: &Files) -> Rollout {
    // A file that the MCO writes differs from its template even where the texts are equal.
    let (before, after) = (old.written(), new.written());
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    Rollout {
        changes: changed.map(|path| (path.clone(), action(path))).collect(),
        disruptions: disruptions(&old.registries_conf, &new.registries_conf),
    }
}

fn action(path: &str) -> Action {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    match path {
        REGISTRIES_CONF => Action::ReloadMaybeDrain,
        POLICY_JSON | SIGSTORE_REGISTRIES => Action::Reload,
        _ if directory == NAMESPACED_POLICIES => Action::Reload,
        _ => Action::Reboot,
    }
}

/// No resource changes the search list in `registries.conf` itself, so only the entries are compared.
fn disruptions(old: &RegistriesConf, new: &RegistriesConf) -> Vec<Disruption> {
    let index = |conf: &RegistriesConf| -> HashMap<String, usize> {
        conf.entries.iter().enumerate().map(|(at, entry)| (entry.scope().to_owned(), at)).collect()
    };
    let (old_index, new_index) = (index(old), index(new));
    let removed = old.entries.iter().filter(|entry| !new_index.contains_key(entry.scope()));
    let mut found: Vec<Disruption> =
        removed.map(|entry| disruption(entry, DisruptionWhat::Removed, &entry.spans)).collect();
    for entry in &new.entries {
        match old_index.get(entry.scope()) {
            Some(&at) if !is_same(&old.entries[at], entry) => compare(&old.entries[at], entry, &mut found),
            Some(_) => {}
            None => {
                let mut mirrors = entry.mirrors.iter();
                if entry.mirrors.is_empty()
                    || mirrors.any(|m| m.pull_from_mirror != PullFromMirror::DigestOnly)
                {
                    found.push(disruption(entry, DisruptionWhat::Added, &entry.spans));
                }
            }
        }
    }
    found
}

/// What changes in an entry. The order of mirrors and whether they are insecure do not count.
fn compare(old: &RegistryEntry, new: &RegistryEntry, found: &mut Vec<Disruption>) {
    let blocked = new.blocked.is_set();
    if old.blocked.is_set() != blocked {
        let spans = if blocked { &new.blocked.spans } else { &new.spans };
        found.push(disruption(new, DisruptionWhat::Blocked(blocked), spans));
    }
    let insecure = new.insecure.is_set();
    if old.insecure.is_set() != insecure {
        let spans = if insecure { &new.insecure.spans } else { &new.spans };
        found.push(disruption(new, DisruptionWhat::Insecure(insecure), spans));
    }
    // Of two mirrors at one place, one for digests and one for tags, the first is looked at.
    let search = |mirrors: &[Mirror], at: &str| {
        mirrors.iter().find(|mirror| mirror.location == at).map(|mirror| mirror.pull_from_mirror)
    };
    for mirror in &old.mirrors {
        if search(&new.mirrors, &mirror.location).is_none() {
            let what = DisruptionWhat::MirrorRemoved(mirror.location.clone());
            found.push(disruption(new, what, &mirror.spans));
        }
    }
    for mirror in &new.mirrors {
        let before = search(&old.mirrors, &mirror.location);
        if before != Some(mirror.pull_from_mirror) && mirror.pull_from_mirror != PullFromMirror::DigestOnly {
            let what = DisruptionWhat::MirrorForTags(mirror.location.clone());
            found.push(disruption(new, what, &mirror.spans));
        }
    }
}

fn is_same(a: &RegistryEntry, b: &RegistryEntry) -> bool {
    let key = |mirror: &Mirror| (mirror.location.clone(), mirror.pull_from_mirror, mirror.insecure.is_set());
    a.insecure.is_set() == b.insecure.is_set()
        && a.blocked.is_set() == b.blocked.is_set()
        && a.mirrors.iter().map(key).eq(b.mirrors.iter().map(key))
}

fn disruption(entry: &RegistryEntry, what: DisruptionWhat, spans: &[Span]) -> Disruption {
    Disruption { scope: entry.scope().to_owned(), what, spans: spans.to_vec() }
}
