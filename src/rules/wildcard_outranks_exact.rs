//! The longest match wins, and of two matches of the same length the wildcard.

use crate::finding::Findings;
use crate::node::RegistryEntry;
use crate::node::lookup::Registries;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WildcardOutranksExact {}

impl Rule for WildcardOutranksExact {
    const META: Meta = Meta {
        id: "wildcard-outranks-exact",
        summary: "a wildcard that outranks the entry of a host",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some(files) = view.files() else { return };
        let Ok(registries) = Registries::load(&files.registries_conf, None) else { return };
        for entry in files.registries_conf.entries.iter().filter(|entry| entry.prefix.is_empty()) {
            let Some(winner) = registries.find(&entry.location) else { continue };
            if !winner.prefix.starts_with("*.") || says_the_same(winner.entry, entry) {
                continue;
            }
            let Some(&span) = entry.spans.first() else { continue };
            let finding =
                out.report(span, format!("nodes use `{}` instead of `{}`", winner.prefix, entry.location));
            if let Some(&wildcard) = winner.entry.spans.first() {
                finding.related(wildcard, "the wildcard is as long as the name, and wins");
            }
            finding.help(
                "name the repositories below the host, or write the other hosts instead of the wildcard; \
                 of all entries that match, a node uses the longest, and of equally long entries the \
                 wildcard: the entry of the host does not count",
            );
        }
    }
}

fn says_the_same(a: &RegistryEntry, b: &RegistryEntry) -> bool {
    let mirrors = |entry: &RegistryEntry| -> Vec<_> {
        entry
            .mirrors
            .iter()
            .map(|mirror| (mirror.location.clone(), mirror.pull_from_mirror.as_str()))
            .collect()
    };
    a.blocked.is_set() == b.blocked.is_set()
        && a.insecure.is_set() == b.insecure.is_set()
        && mirrors(a) == mirrors(b)
}
