//! `/etc/containers/registries.conf`: the entries that are made from mirror sets and registry lists.
//!
//! The steps are those of `EditRegistriesConfig` in openshift/runtime-utils `pkg/registries/registries.go`, which the MCO
//! vendors. The original walks all entries for every scope; this code looks up the parents of every entry in a map.

use super::merge::merge;
use super::nesting;
use super::stop::Stop;
use super::toml;
use super::{FileOrigin, TEMPLATE_SEARCH};
use crate::read::crd::MirrorEntry;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, HashMap};

/// The file, structured.
#[derive(Clone, Debug)]
pub struct RegistriesConf {
    /// Whether the MCO writes the file, or it is the unchanged template.
    pub from: FileOrigin,
    /// The entries, in the order of the file.
    pub entries: Vec<RegistryEntry>,
}

/// A `[[registry]]`.
#[derive(Clone, Debug, Default)]
pub struct RegistryEntry {
    /// `prefix`: set for wildcards only.
    pub prefix: String,
    /// `location`: not set for wildcards.
    pub location: String,
    /// `insecure`, with the scopes that set it.
    pub insecure: Flag,
    /// `blocked`, with the scopes or policies that set it.
    pub blocked: Flag,
    /// The mirrors, in the order in which nodes try them.
    pub mirrors: Vec<Mirror>,
    /// The sources and scopes from which the entry is made, in the order of the steps.
    pub spans: Vec<Span>,
}

/// A `[[registry.mirror]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// `location`
    pub location: String,
    /// `pull-from-mirror`
    pub pull_from_mirror: PullFromMirror,
    /// `insecure`, with the scopes that set it.
    pub insecure: Flag,
    /// The mirrors in manifests from which it is made.
    pub spans: Vec<Span>,
}

/// The pulls that use a mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullFromMirror {
    /// Pulls by digest.
    DigestOnly,
    /// Pulls by tag.
    TagOnly,
    /// All pulls. The operator writes no such mirror, but people do.
    All,
}

impl PullFromMirror {
    /// The value in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            PullFromMirror::DigestOnly => "digest-only",
            PullFromMirror::TagOnly => "tag-only",
            PullFromMirror::All => "all",
        }
    }
}

/// A flag, with the texts that set it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flag {
    /// The texts that set it; empty if it is not set.
    pub spans: Vec<Span>,
}

impl Flag {
    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        !self.spans.is_empty()
    }
}

impl RegistryEntry {
    /// The name that image names are compared with, before the runtime trims it: the prefix, or else the location.
    pub fn scope(&self) -> &str {
        if self.prefix.is_empty() { &self.location } else { &self.prefix }
    }
}

impl RegistriesConf {
    /// The file of a node without configuration (MCO `templates/*/01-*-container-runtime/_base/files`).
    pub(super) fn template() -> Self {
        Self { from: FileOrigin::Template, entries: Vec::new() }
    }

    /// The text of the file, as the MCO's encoder writes it.
    pub fn to_toml(&self) -> String {
        if self.from == FileOrigin::Template {
            return "unqualified-search-registries = ['registry.access.redhat.com', 'docker.io']\n".into();
        }
        let mut text = toml::head(TEMPLATE_SEARCH);
        for entry in &self.entries {
            toml::entry(&mut text, entry);
        }
        text
    }
}

/// The input of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'r> {
    pub(super) insecure: &'r [Spanned<String>],
    pub(super) blocked: &'r [Spanned<String>],
    /// The entries of all `ImageDigestMirrorSet`s, then those of all `ImageContentSourcePolicy`s.
    pub(super) digest: &'r [&'r MirrorEntry],
    /// The entries of all `ImageTagMirrorSet`s.
    pub(super) tag: &'r [&'r MirrorEntry],
}

/// Makes the entries. The input is already checked.
pub(super) fn build(input: Input<'_>) -> Result<RegistriesConf, Stop> {
    let digest = merge(input.digest, PullFromMirror::DigestOnly);
    let tag = merge(input.tag, PullFromMirror::TagOnly);
    let mut table = Table::default();
    let mut sources = Vec::with_capacity(digest.len() + tag.len());
    for merged in digest.into_iter().chain(tag) {
        let index = table.ensure(merged.source);
        let entry = &mut table.entries[index];
        entry.spans.extend(merged.spans);
        entry.blocked.spans.extend(merged.never);
        entry.mirrors.extend(merged.mirrors);
        sources.push(merged.source);
    }
    for scope in input.blocked {
        let index = table.ensure(&scope.value);
        table.entries[index].spans.push(scope.span);
    }
    for scope in input.insecure {
        let index = table.ensure(&scope.value);
        table.entries[index].spans.push(scope.span);
    }
    let insecure = Scopes::new(input.insecure);
    let blocked = Scopes::new(input.blocked);
    for entry in &mut table.entries {
        entry.insecure.spans = insecure.covering(entry.scope());
        entry.blocked.spans.extend(blocked.covering(entry.scope()));
        for mirror in &mut entry.mirrors {
            mirror.insecure.spans = insecure.covering(&mirror.location);
        }
    }
    table.inherit(&sources)?;
    Ok(RegistriesConf { from: FileOrigin::Generated, entries: table.entries })
}

/// Each copy of a mirror takes more than 40 bytes of a file, and the `MachineConfig` with the file is at most 3 MiB long.
const MAX_COPIES: usize = 200_000;

#[derive(Default)]
struct Table {
    entries: Vec<RegistryEntry>,
    by_scope: HashMap<String, usize>,
}

impl Table {
    fn ensure(&mut self, scope: &str) -> usize {
        if let Some(&index) = self.by_scope.get(scope) {
            return index;
        }
        let mut entry = RegistryEntry::default();
        if scope.starts_with("*.") {
            scope.clone_into(&mut entry.prefix);
        } else {
            scope.clone_into(&mut entry.location);
        }
        self.entries.push(entry);
        self.by_scope.insert(scope.to_owned(), self.entries.len() - 1);
        self.entries.len() - 1
    }

    /// The runtime uses only the longest match, so an entry without mirrors gets those of the mirrored source around it.
    /// `sources` are in the order in which the MCO copies their mirrors: the first one wins.
    fn inherit(&mut self, sources: &[&str]) -> Result<(), Stop> {
        let mut rank: HashMap<&str, usize> = HashMap::new();
        for (index, source) in sources.iter().enumerate() {
            rank.entry(source).or_insert(index);
        }
        let mut heirs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.mirrors.is_empty()) {
            let scope = entry.scope();
            let giver = nesting::outer(scope).filter(|outer| outer != scope);
            if let Some(giver) = giver.filter_map(|outer| rank.get(&*outer)).min() {
                heirs.entry(*giver).or_default().push(index);
            }
        }
        let mut copies = 0_usize;
        for (giver, heirs) in heirs {
            let source = sources[giver];
            let from = self.by_scope[source];
            if source.starts_with("*.") {
                return Err(Stop::NestedInWildcard {
                    source: Spanned::new(source.to_owned(), self.entries[from].spans[0]),
                    nested: heirs
                        .iter()
                        .map(|&heir| &self.entries[heir])
                        .filter_map(|heir| Some(Spanned::new(heir.scope().to_owned(), *heir.spans.first()?)))
                        .collect(),
                });
            }
            let mirrors = self.entries[from].mirrors.clone();
            copies = copies.saturating_add(mirrors.len().saturating_mul(heirs.len()));
            if copies > MAX_COPIES {
                let span = self.entries[from].spans[0];
                return Err(Stop::TooLarge { source: Spanned::new(source.to_owned(), span) });
            }
            for heir in heirs {
                let heir = &mut self.entries[heir];
                let rest = heir.scope()[source.len()..].to_owned();
                heir.mirrors.clone_from(&mirrors);
                for mirror in &mut heir.mirrors {
                    mirror.location.push_str(&rest);
                }
            }
        }
        Ok(())
    }
}

/// A registry list, indexed to find the scopes that cover a name.
struct Scopes<'r> {
    by_value: HashMap<&'r str, Vec<Span>>,
}

impl<'r> Scopes<'r> {
    fn new(list: &'r [Spanned<String>]) -> Self {
        let mut by_value: HashMap<&str, Vec<Span>> = HashMap::new();
        for scope in list {
            by_value.entry(&scope.value).or_default().push(scope.span);
        }
        Self { by_value }
    }

    /// The nearest scope first.
    fn covering(&self, name: &str) -> Vec<Span> {
        if self.by_value.is_empty() {
            return Vec::new();
        }
        nesting::outer(name).filter_map(|outer| self.by_value.get(&*outer)).flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::crd::List;
    use crate::source::FileId;

    #[test]
    fn copies_of_mirrors_are_bounded_by_what_an_object_can_hold() {
        let name = |text: String| Spanned::new(text, Span::new(FileId(0), 0, 1));
        let mirrors: Vec<_> = (0..1_000).map(|number| name(format!("m{number}.example.com/r"))).collect();
        let span = Span::new(FileId(0), 0, 1);
        let entry = MirrorEntry {
            span,
            source: name("q.io".into()),
            mirrors: Some(List { key: span, span, items: mirrors, open: false }),
            policy: None,
            policy_is_open: false,
        };
        let scopes =
            |count: usize| -> Vec<_> { (0..count).map(|number| name(format!("q.io/r{number}"))).collect() };
        let made = |blocked: &[Spanned<String>]| {
            build(Input { insecure: &[], blocked, digest: &[&entry], tag: &[] })
                .map(|conf| conf.entries.len())
        };
        assert_eq!(made(&scopes(200)), Ok(201));
        assert!(matches!(made(&scopes(201)), Err(Stop::TooLarge { source }) if source.value == "q.io"));
    }
}
