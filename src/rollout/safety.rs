//! Whether a change of `registries.conf` is safe, so that pods can stay: `isSafeContainerRegistryConfChanges` in MCO
//! `pkg/daemon/drain.go`.

use crate::node::{Mirror, PullFromMirror, RegistryEntry};
use crate::source::Span;
use std::collections::HashMap;

/// The registries in `registries.conf` itself, without drop-ins.
#[derive(Debug)]
pub(super) struct Conf<'n> {
    /// The entries; `None` if the file is unknown or invalid.
    pub(super) entries: Option<Vec<&'n RegistryEntry>>,
    /// The search list.
    pub(super) search: Vec<&'n str>,
    /// The text of the whole file, if a `MachineConfig` writes it.
    pub(super) spans: Vec<Span>,
}

/// A change of `registries.conf` because of which nodes are drained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disruption {
    /// The entry, by its prefix or location; the path if the change is about the whole file.
    pub scope: String,
    /// The change.
    pub what: DisruptionWhat,
    /// The texts of manifests: in the old state for something removed, otherwise in the new one.
    pub spans: Vec<Span>,
}

/// The kinds of [`Disruption`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisruptionWhat {
    /// The entry is removed.
    Removed,
    /// It becomes blocked, or is no longer blocked.
    Blocked(bool),
    /// It becomes insecure, or is no longer insecure.
    Insecure(bool),
    /// Its location changes, and its prefix does not.
    Moved,
    /// A mirror is removed.
    MirrorRemoved(String),
    /// A mirror for tags is added, or a mirror for digests becomes one for tags.
    MirrorForTags(String),
    /// An entry is added that has other than mirrors for digests.
    Added(AddedWhat),
    /// The search list of the file itself changes, other than by additional registries at its end.
    Search,
    /// A `MachineConfig` writes the file, and its text is unknown or invalid.
    Unreadable,
}

/// Why an added entry is not safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedWhat {
    /// It has no mirrors, and is blocked.
    Blocked,
    /// It has no mirrors, and is insecure.
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

/// The changes from `old` to `new` that are not safe; empty if pods can stay.
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

/// The changes of an entry. The order of mirrors, and whether they are insecure, do not matter.
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
    // If a place has a mirror for digests and one for tags, the first one counts.
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
