//! What `allowedRegistries` allows, for rules that report what it leaves out.

use super::Cluster;
use crate::model::scope::repair::Repair;
use crate::model::scope::{Parents, ScopeSet, check_source, host, hostname, policy_names};
use crate::read::crd::{ImageConfig, List};
use crate::source::Spanned;
use std::collections::{HashMap, HashSet};

/// An allowlist that is in force and known in full.
pub struct Allowlist<'r> {
    /// Its entries as written.
    pub list: &'r List<Spanned<String>>,
    written: ScopeSet<'r>,
    /// The names that malformed entries were meant to be.
    meant: HashSet<String>,
    below: Parents,
    /// The first entry of each host, whatever its port.
    by_host: HashMap<&'r str, &'r Spanned<String>>,
}

impl<'r> Allowlist<'r> {
    /// The allowlist of an `Image`, if it has one.
    pub fn of(image: &'r ImageConfig) -> Option<Self> {
        let list = allowlist(image)?;
        let meant = list.items.iter().filter_map(|entry| {
            let repair = Repair::of(&entry.value, check_source(&entry.value)?, check_source)?;
            Some(repair.into_name())
        });
        let (written, below) = (ScopeSet::new(&list.items), Parents::new(&list.items));
        let mut by_host = HashMap::new();
        for entry in &list.items {
            by_host.entry(hostname(&entry.value)).or_insert(entry);
        }
        Some(Self { list, written, meant: meant.collect(), below, by_host })
    }

    /// Whether an entry covers a name as it is written.
    pub fn covers_exactly(&self, name: &str) -> bool {
        self.written.covering(name).is_some()
    }

    /// Whether a malformed entry (with a scheme, a tag, a slash at the end) was meant to cover a name. Another rule reports
    /// the entry, and its fix is enough.
    pub fn is_meant_to_cover(&self, name: &str) -> bool {
        policy_names(name).any(|outer| self.meant.contains(&*outer))
    }

    /// Whether an entry covers a name, or was meant to.
    pub fn covers(&self, name: &str) -> bool {
        self.covers_exactly(name) || self.is_meant_to_cover(name)
    }

    /// Whether an entry is this name, or lies in it. The list then allows a part of the name, and may leave out the rest on
    /// purpose.
    pub fn has_part_of(&self, name: &str) -> bool {
        self.below.lie_in(name)
    }

    /// An entry of the same host with another port, or without one, if no entry covers the name: one of the two may be a
    /// mistake.
    pub fn of_other_port(&self, name: &str) -> Option<&'r Spanned<String>> {
        let entry = *self.by_host.get(hostname(name))?;
        (host(&entry.value) != host(name)).then_some(entry)
    }

    /// The entry that is exactly this name.
    pub fn get(&self, name: &str) -> Option<&'r Spanned<String>> {
        self.written.get(name)
    }
}

/// The entries of the allowlist, if it is in force and known in full.
pub fn allowlist(image: &ImageConfig) -> Option<&List<Spanned<String>>> {
    let list = image.registry_sources.as_ref()?.allowed.as_ref()?;
    // An empty list allows everything; one with placeholders may contain anything.
    (!list.items.is_empty() && !list.open).then_some(list)
}

/// The names that nodes may contact, according to an allowlist and the mirrors.
pub struct Uses<'r> {
    /// `None` if everything is allowed.
    pub allowed: Option<Allowlist<'r>>,
    /// The hosts that it names, without their ports.
    hosts: HashSet<&'r str>,
    mirrors: Parents,
}

impl<'r> Uses<'r> {
    /// The names that the lists of `image` and the mirrors of `cluster` leave in use.
    pub fn of(cluster: &Cluster, image: &'r ImageConfig) -> Self {
        let allowed = Allowlist::of(image);
        let entries = allowed.iter().flat_map(|allowed| &allowed.list.items);
        let hosts = entries.map(|entry| hostname(&entry.value)).collect();
        let mirrors = Parents::new(cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors()));
        Self { allowed, hosts, mirrors }
    }

    /// Whether an entry that makes `name` insecure has any effect: on allowed names below it, also with a port
    /// (`registries.conf` finds them by the entry), or on mirrors, which nodes contact as part of their source.
    pub fn has_use(&self, name: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| {
            allowed.covers_exactly(name)
                || allowed.has_part_of(name)
                || self.hosts.contains(name)
                || self.mirrors.lie_in(name)
        })
    }
}
