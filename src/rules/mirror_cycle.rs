//! Registries that mirror each other: nodes try each of them once, and then stop.

use crate::finding::Findings;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Link, groups, links};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorCycle {}

impl Rule for MirrorCycle {
    const META: Meta = Meta {
        id: "mirror-cycle",
        summary: "sources that are mirrors of each other",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let links = links(view);
        let groups = groups(&links);
        let mut cycles: BTreeMap<usize, Vec<&Link<'_>>> = BTreeMap::new();
        for link in &links {
            if let Some(group) = groups.get(link.from).filter(|group| groups.get(link.to) == Some(group)) {
                cycles.entry(*group).or_default().push(link);
            }
        }
        for cycle in cycles.values() {
            let Some(first) = cycle.iter().min_by_key(|link| link.mirror.span) else { continue };
            let finding = out
                .report(first.mirror.span, format!("`{}` and `{}` mirror each other", first.from, first.to));
            for link in cycle {
                finding.subject(link.from);
            }
            if let Some(back) = cycle.iter().find(|link| link.from == first.to) {
                finding.related(back.mirror.span, "the way back starts here");
            }
            finding.help(
                "write the registry that holds the copies as a mirror of each source; a node tries the \
                 mirrors of the name in the pod, then this name, and stops: it does not find a copy that \
                 only a third registry holds",
            );
        }
    }
}
