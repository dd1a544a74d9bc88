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

/// A source with all its mirror rules.
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

/// The kind of pulls that a mirror rule is for.
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

    /// The other kind.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Pulls::ByDigest => Pulls::ByTag,
            Pulls::ByTag => Pulls::ByDigest,
        }
    }
}

impl<'c> MirrorRule<'c> {
    /// The kind of pulls that it is for.
    pub fn pulls(&self) -> Pulls {
        if self.kind == MirrorKind::Tag { Pulls::ByTag } else { Pulls::ByDigest }
    }

    /// Whether it has a mirror other than the source. Otherwise, the operator leaves it out, together with its policy.
    pub fn is_real(&self) -> bool {
        self.entry.mirrors().iter().any(|mirror| mirror.value != self.entry.source.value)
    }

    /// Whether a template still has to fill in some of its mirrors, or its policy.
    pub fn is_open(&self) -> bool {
        self.entry.policy_is_open || self.entry.mirrors.as_ref().is_some_and(|list| list.open)
    }

    /// Its source.
    pub fn source(&self) -> &'c Spanned<String> {
        &self.entry.source
    }
}

impl<'c> MirroredSource<'c> {
    /// Its rules with a mirror other than the source.
    pub fn real(&self) -> impl Iterator<Item = &MirrorRule<'c>> {
        self.rules.iter().filter(|rule| rule.is_real())
    }

    /// Whether there are mirrors for such pulls.
    pub fn serves(&self, pulls: Pulls) -> bool {
        self.real().any(|rule| rule.pulls() == pulls)
    }

    /// The policy by which the source is never contacted, if it takes effect.
    pub fn never(&self) -> Option<Span> {
        let policies = self.real().filter_map(|rule| rule.entry.policy.as_ref());
        policies
            .filter(|policy| policy.value == SourcePolicy::NeverContactSource)
            .map(|policy| policy.span)
            .next()
    }

    /// Whether a template still has to fill in a part of it.
    pub fn is_open(&self) -> bool {
        self.rules.iter().any(MirrorRule::is_open)
    }

    /// The first place with its name.
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

    /// All sources.
    pub fn iter(&self) -> impl Iterator<Item = &MirroredSource<'c>> {
        self.by_name.values()
    }

    /// The source with this name, if it has mirrors.
    pub fn get(&self, name: &str) -> Option<&MirroredSource<'c>> {
        self.by_name.get(name).filter(|source| source.real().next().is_some())
    }

    /// The nearest source with mirrors that contains or equals `name`.
    pub fn covering(&self, name: &str) -> Option<&MirroredSource<'c>> {
        nesting::outer(name).find_map(|outer| self.get(&outer))
    }

    /// The nearest source with mirrors that contains `name`.
    pub fn around(&self, name: &str) -> Option<&MirroredSource<'c>> {
        nesting::outer(name).filter(|outer| outer != name).find_map(|outer| self.get(&outer))
    }
}
