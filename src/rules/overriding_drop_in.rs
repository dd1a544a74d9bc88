//! A drop-in of a `MachineConfig` that changes pulls for which the cluster has image configuration.
//!
//! Source: containers/image `pkg/sysregistriesv2/system_registries_v2.go` (`updateWithConfigurationFrom`: the entry of a
//! later file replaces the one of the same prefix; `FindRegistry`: the longest prefix decides).

use crate::finding::Findings;
use crate::node::lookup::Registries;
use crate::node::pools::{NodeRegistries, nodes_of};
use crate::node::{Mirror, RegistryEntry};
use crate::read::crd::Spot;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OverridingDropIn {}

/// At most so many of the replaced texts are shown.
const POINTED: usize = 4;

impl Rule for OverridingDropIn {
    const META: Meta = Meta {
        id: "overriding-drop-in",
        summary: "a drop-in of a MachineConfig that replaces the settings of mirror sets or the Image for \
                  a registry",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some(files) = view.files() else { return };
        let pools = &view.nodes().pools.all;
        if pools.is_empty() {
            return;
        }
        let Ok(operators) = Registries::load(&files.registries_conf, files.search_registries.as_ref()) else {
            return;
        };
        let mut winners: BTreeMap<(Span, usize), (Winner<'_>, Vec<&str>)> = BTreeMap::new();
        // If a pool has its own `registries.conf`, nothing of the operator's file counts anyway.
        for pool in pools.iter().filter(|pool| pool.registries_conf.is_none() && pool.load_error().is_none())
        {
            let mut by_prefix = BTreeMap::new();
            for file in &pool.drop_ins {
                for (number, (entry, spot)) in file.loaded().iter().flat_map(|file| &file.entries).enumerate()
                {
                    let key = (file.path.span, number);
                    by_prefix.insert(&entry.prefix, (key, Winner { file, entry, spot: *spot }));
                }
            }
            for (key, winner) in by_prefix.into_values() {
                winners.entry(key).or_insert((winner, Vec::new())).1.push(&pool.name);
            }
        }
        for (winner, pools) in winners.values() {
            winner.check(&operators, &nodes_of(pools), out);
        }
    }
}

/// The entry that the runtime uses for its prefix.
struct Winner<'n> {
    file: &'n NodeRegistries,
    entry: &'n RegistryEntry,
    spot: Spot,
}

impl Winner<'_> {
    fn check(&self, operators: &Registries<'_>, nodes: &str, out: &mut Findings) {
        let prefix = self.entry.prefix.as_str();
        let name = format!("`{}`{}", self.file.name(), self.spot.in_file());
        let (old, message, severity) = if let Some(old) = operators.get(prefix) {
            if is_same(old.entry, self.entry, "") {
                return;
            }
            let what =
                match (old.entry.mirrors.is_empty(), old.entry.blocked.is_set(), self.entry.blocked.is_set())
                {
                    (false, true, false) => format!("replaces the mirrors of `{prefix}` and unblocks it"),
                    (false, ..) => format!("replaces the mirrors of `{prefix}`"),
                    (true, true, false) => format!("unblocks `{prefix}`"),
                    (true, ..) => format!("replaces the entry of `{prefix}`"),
                };
            (old.entry, format!("{name} {what} on {nodes}"), Severity::Warning)
        } else if let Some(old) = operators.find(prefix) {
            let outer = old.prefix;
            let rest = prefix.strip_prefix(outer).unwrap_or_default();
            if old.entry.mirrors.is_empty() && !old.entry.blocked.is_set()
                || is_same(old.entry, self.entry, rest)
            {
                return;
            }
            let what = if old.entry.mirrors.is_empty() {
                format!("replaces the entry of the blocked `{outer}` for `{prefix}`")
            } else {
                format!("makes pulls of `{prefix}` bypass the mirrors of `{outer}`")
            };
            (old.entry, format!("{name} {what} on {nodes}"), Severity::Note)
        } else {
            return;
        };
        let finding = out.report(self.spot.span, message);
        finding.severity(severity).subject(self.file.name()).subject(prefix);
        for span in old.spans.iter().take(POINTED) {
            finding.related(*span, format!("this does not count for `{prefix}` on {nodes}"));
        }
        if !self.entry.blocked.is_set() {
            let blocked = old.blocked.spans.iter().filter(|span| !old.spans.contains(span));
            for span in blocked.take(POINTED) {
                finding.related(*span, format!("`{prefix}` is still contacted on {nodes}"));
            }
        }
        finding.help(
            "write these mirrors in an ImageDigestMirrorSet or ImageTagMirrorSet and remove the \
             `[[registry]]`; the runtime uses only the entry with the longest prefix, and of equal \
             prefixes the entry of the last file; no condition says so",
        );
    }
}

/// Whether an entry has the same effect as the operator's entry around it; `rest` is the part of the name behind the
/// operator's prefix.
fn is_same(old: &RegistryEntry, new: &RegistryEntry, rest: &str) -> bool {
    let same = |(a, b): (&Mirror, &Mirror)| {
        format!("{}{rest}", a.location) == b.location
            && a.pull_from_mirror == b.pull_from_mirror
            && a.insecure.is_set() == b.insecure.is_set()
    };
    let is_renamed = !new.location.is_empty() && new.location != new.prefix;
    !is_renamed
        && old.mirrors.len() == new.mirrors.len()
        && old.mirrors.iter().zip(&new.mirrors).all(same)
        && old.blocked.is_set() == new.blocked.is_set()
        && old.insecure.is_set() == new.insecure.is_set()
}
