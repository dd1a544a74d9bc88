//! The mirror rules of a cluster by source.

use crate::model::{Cluster, Resource};
use crate::node::nesting;
use crate::read::crd::{MirrorEntry, MirrorKind, SourcePolicy};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The mirror rules of a cluster by source, in the order of the sources' names.
#[derive(Debug, Default)]
pub struct MirroredSources<'c> {
    by_name: BTreeMap<&'c str, MirroredSource<'c>>,
}

/// A source with all that is said of it.
#[derive(Debug)]
pub struct MirroredSource<'c> {
    /// The source.
    pub name: &'c str,
    /// Its rules, in the order of files and text; there is at least one.
    pub rules: Vec<MirrorRule<'c>>,
}

/// An entry of a mirror set.
#[derive(Clone, Copy, Debug)]
pub struct MirrorRule<'c> {
    /// The mirror set.
    pub resource: &'c Resource,
    /// Its kind.
    pub kind: MirrorKind,
    /// The entry.
    pub entry: &'c MirrorEntry,
}

/// Which pulls a mirror rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulls {
    /// Pulls by digest.
    ByDigest,
    /// Pulls by tag.
    ByTag,
}

impl Pulls {
    /// Both, digests first.
    pub const BOTH: [Pulls; 2] = [Pulls::ByDigest, Pulls::ByTag];

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Pulls::ByDigest => "by digest",
            Pulls::ByTag => "by tag",
        }
    }

    /// The others.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Pulls::ByDigest => Pulls::ByTag,
            Pulls::ByTag => Pulls::ByDigest,
        }
    }
}

impl<'c> MirrorRule<'c> {
    /// Which pulls it is for.
    pub fn pulls(&self) -> Pulls {
        if self.kind == MirrorKind::Tag { Pulls::ByTag } else { Pulls::ByDigest }
    }

    /// Whether it names a place other than the source; the operator leaves it out otherwise, and its policy with it.
    pub fn is_real(&self) -> bool {
        self.entry.mirrors().iter().any(|mirror| mirror.value != self.entry.source.value)
    }

    /// Whether a template has still to say some of its mirrors or its policy.
    pub fn is_open(&self) -> bool {
        self.entry.policy_is_open || self.entry.mirrors.as_ref().is_some_and(|list| list.open)
    }

    /// Its source.
    pub fn source(&self) -> &'c Spanned<String> {
        &self.entry.source
    }
}

impl<'c> MirroredSource<'c> {
    /// Its rules that name a place other than the source.
    pub fn real(&self) -> impl Iterator<Item = &MirrorRule<'c>> {
        self.rules.iter().filter(|rule| rule.is_real())
    }

    /// Whether there are mirrors for such pulls.
    pub fn serves(&self, pulls: Pulls) -> bool {
        self.real().any(|rule| rule.pulls() == pulls)
    }

    /// Where it is said that the source is never contacted, if that counts.
    pub fn never(&self) -> Option<Span> {
        let policies = self.real().filter_map(|rule| rule.entry.policy.as_ref());
        policies
            .filter(|policy| policy.value == SourcePolicy::NeverContactSource)
            .map(|policy| policy.span)
            .next()
    }

    /// Whether a template has still to say something of it.
    pub fn is_open(&self) -> bool {
        self.rules.iter().any(MirrorRule::is_open)
    }

    /// Where it is named first.
    pub fn span(&self) -> Span {
        self.real().next().unwrap_or(&self.rules[0]).entry.source.span
    }
}

impl<'c> MirroredSources<'c> {
    pub(super) fn of(cluster: &'c Cluster) -> Self {
        let mut by_name: BTreeMap<&str, MirroredSource<'_>> = BTreeMap::new();
        for (resource, set, entry) in cluster.mirror_entries() {
            let name = entry.source.value.as_str();
            let source = by_name.entry(name).or_insert_with(|| MirroredSource { name, rules: Vec::new() });
            source.rules.push(MirrorRule { resource, kind: set.kind, entry });
        }
        Self { by_name }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &MirroredSource<'c>> {
        self.by_name.values()
    }

    /// The one of this name, if it has mirrors.
    pub fn get(&self, name: &str) -> Option<&MirroredSource<'c>> {
        self.by_name.get(name).filter(|source| source.real().next().is_some())
    }

    /// The nearest with mirrors that `name` lies in, or is.
    pub fn covering(&self, name: &str) -> Option<&MirroredSource<'c>> {
        nesting::outer(name).find_map(|outer| self.get(&outer))
    }

    /// The nearest with mirrors that `name` lies in.
    pub fn around(&self, name: &str) -> Option<&MirroredSource<'c>> {
        nesting::outer(name).filter(|outer| outer != name).find_map(|outer| self.get(&outer))
    }
}
