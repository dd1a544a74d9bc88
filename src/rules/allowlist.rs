//! What `allowedRegistries` lets through, for the rules that ask what it leaves out.

use crate::model::scope::repair::Repair;
use crate::model::scope::{Parents, ScopeSet, check_source, policy_names};
use crate::read::crd::{ImageConfig, List};
use crate::source::Spanned;
use std::collections::HashSet;

/// An allowlist that is in force and wholly known.
pub(super) struct Allowlist<'r> {
    /// Its entries as written.
    pub(super) list: &'r List<Spanned<String>>,
    written: ScopeSet<'r>,
    /// What entries with a slip in them were meant to say.
    meant: HashSet<String>,
    below: Parents,
}

impl<'r> Allowlist<'r> {
    /// That of an `Image`, if it has one.
    pub(super) fn of(image: &'r ImageConfig) -> Option<Self> {
        let list = allowlist(image)?;
        let meant = list.items.iter().filter_map(|entry| {
            let repair = Repair::of(&entry.value, check_source(&entry.value)?, check_source)?;
            Some(repair.into_name())
        });
        let (written, below) = (ScopeSet::new(&list.items), Parents::new(&list.items));
        Some(Self { list, written, meant: meant.collect(), below })
    }

    /// Whether an entry covers a name as it is written.
    pub(super) fn covers_exactly(&self, name: &str) -> bool {
        self.written.covering(name).is_some()
    }

    /// Whether an entry with a slip in it (a scheme, a tag, a slash at the end) was meant to cover a name. Another rule
    /// reports the slip, and mending it is enough.
    pub(super) fn is_meant_to_cover(&self, name: &str) -> bool {
        policy_names(name).any(|outer| self.meant.contains(&outer))
    }

    /// Whether an entry covers a name, or was meant to.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.covers_exactly(name) || self.is_meant_to_cover(name)
    }

    /// Whether an entry is this name, or lies in it: it is allowed in parts, and the rest may be meant to be refused.
    pub(super) fn has_part_of(&self, name: &str) -> bool {
        self.below.lie_in(name)
    }

    /// The entry that is this very name.
    pub(super) fn get(&self, name: &str) -> Option<&'r Spanned<String>> {
        self.written.get(name)
    }
}

/// The entries of the allowlist, if it is in force and wholly known.
pub(super) fn allowlist(image: &ImageConfig) -> Option<&List<Spanned<String>>> {
    let list = image.registry_sources.as_ref()?.allowed.as_ref()?;
    // An empty list allows everything; one with placeholders may hold anything.
    (!list.items.is_empty() && !list.open).then_some(list)
}
