//! Whether `registries.conf` changes so little that pods can stay: `isSafeContainerRegistryConfChanges` in MCO
//! `pkg/daemon/drain.go`.

use crate::node::{Mirror, PullFromMirror, RegistryEntry};
use crate::source::Span;
use std::collections::HashMap;

/// What the runtime is told of registries in `registries.conf` alone, drop-ins aside.
#[derive(Debug)]
pub(super) struct Conf<'n> {
    /// The entries; `None` where the file is not known, or cannot be read.
    pub(super) entries: Option<Vec<&'n RegistryEntry>>,
    /// The search list.
    pub(super) search: Vec<&'n str>,
    /// The text behind the whole file, where a `MachineConfig` writes it.
    pub(super) spans: Vec<Span>,
}

/// A change of `registries.conf` that pods are not left on the node for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disruption {
    /// The entry, by its prefix or location; the path where it is about the whole file.
    pub scope: String,
    /// What happens to it.
    pub what: DisruptionWhat,
    /// The manifest texts behind it: of the old state for what goes, else of the new one.
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
    /// Its location changes, and its prefix does not.
    Moved,
    /// A mirror is removed.
    MirrorRemoved(String),
    /// A mirror that is for tags is added, or made of one for digests.
    MirrorForTags(String),
    /// An entry is added that does not have mirrors for digests alone.
    Added(AddedWhat),
    /// The search list of the file itself is more than extended.
    Search,
    /// The file is written by a `MachineConfig`, and its text is not known or cannot be read.
    Unreadable,
}

/// Why an entry is more than mirrors for digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedWhat {
    /// It has no mirrors, and blocks.
    Blocked,
    /// It has no mirrors, and need not be verified.
    Insecure,
    /// It has no mirrors.
    Bare,
    /// It has mirrors for pulls by tag.
    Tags,
}

impl AddedWhat {
    fn of(entry: &RegistryEntry) -> Self {
        match (entry.mirrors.is_empty(), entry.blocked.is_set(), entry.insecure.is_set()) {
            (false, ..) => AddedWhat::Tags,
            (true, true, _) => AddedWhat::Blocked,
            (true, false, true) => AddedWhat::Insecure,
            (true, false, false) => AddedWhat::Bare,
        }
    }
}

impl DisruptionWhat {
    /// Whether its spans lie in the old state.
    pub fn is_of_old(&self) -> bool {
        matches!(
            self,
            DisruptionWhat::Removed
                | DisruptionWhat::MirrorRemoved(_)
                | DisruptionWhat::Blocked(false)
                | DisruptionWhat::Insecure(false)
        )
    }
}

/// What of a change from `old` to `new` is not safe; nothing where pods can stay.
pub(super) fn disruptions(old: &Conf<'_>, new: &Conf<'_>) -> Vec<Disruption> {
    let whole = |what, spans: &[Span]| Disruption {
        scope: crate::node::REGISTRIES_CONF.to_owned(),
        what,
        spans: spans.to_vec(),
    };
    let (Some(before), Some(after)) = (&old.entries, &new.entries) else {
        let spans = if new.entries.is_none() { &new.spans } else { &old.spans };
        return vec![whole(DisruptionWhat::Unreadable, spans)];
    };
    let mut found = Vec::new();
    if !new.search.starts_with(&old.search) {
        found.push(whole(DisruptionWhat::Search, &new.spans));
    }
    entries(before, after, &mut found);
    found
}

fn entries(old: &[&RegistryEntry], new: &[&RegistryEntry], found: &mut Vec<Disruption>) {
    let index = |entries: &[&RegistryEntry]| -> HashMap<String, usize> {
        entries.iter().enumerate().map(|(at, entry)| (entry.scope().to_owned(), at)).collect()
    };
    let (old_index, new_index) = (index(old), index(new));
    let removed = old.iter().filter(|entry| !new_index.contains_key(entry.scope()));
    found.extend(removed.map(|entry| disruption(entry, DisruptionWhat::Removed, &entry.spans)));
    for entry in new {
        match old_index.get(entry.scope()) {
            Some(&at) if !is_same(old[at], entry) => compare(old[at], entry, found),
            Some(_) => {}
            None => {
                let mut mirrors = entry.mirrors.iter();
                if entry.mirrors.is_empty()
                    || mirrors.any(|m| m.pull_from_mirror != PullFromMirror::DigestOnly)
                {
                    found.push(disruption(entry, DisruptionWhat::Added(AddedWhat::of(entry)), &entry.spans));
                }
            }
        }
    }
}

/// What changes in an entry. The order of mirrors and whether they are insecure do not count.
fn compare(old: &RegistryEntry, new: &RegistryEntry, found: &mut Vec<Disruption>) {
    if old.location != new.location {
        found.push(disruption(new, DisruptionWhat::Moved, &new.spans));
    }
    let blocked = new.blocked.is_set();
    if old.blocked.is_set() != blocked {
        let spans = if blocked { &new.blocked.spans } else { &old.blocked.spans };
        found.push(disruption(new, DisruptionWhat::Blocked(blocked), spans));
    }
    let insecure = new.insecure.is_set();
    if old.insecure.is_set() != insecure {
        let spans = if insecure { &new.insecure.spans } else { &old.insecure.spans };
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
    a.location == b.location
        && a.insecure.is_set() == b.insecure.is_set()
        && a.blocked.is_set() == b.blocked.is_set()
        && a.mirrors.iter().map(key).eq(b.mirrors.iter().map(key))
}

fn disruption(entry: &RegistryEntry, what: DisruptionWhat, spans: &[Span]) -> Disruption {
    Disruption { scope: entry.scope().to_owned(), what, spans: spans.to_vec() }
}
