//! A source in its own list of mirrors: at the end it does nothing, elsewhere it changes the order.

use crate::crd::Policy;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SelfMirror {}

impl Rule for SelfMirror {
    const META: Meta = Meta {
        id: "self-mirror",
        summary: "a source among its own mirrors",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/self-mirror.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, _, entry) in cluster.mirror_entries() {
            if entry.effective_policy() == Policy::NeverContactSource {
                continue;
            }
            let last = entry.mirrors().len().wrapping_sub(1);
            for (index, mirror) in entry.mirrors().iter().enumerate() {
                if mirror.value != entry.source.value {
                    continue;
                }
                let effect = if index == last {
                    "the source is tried last in any case, so the entry does nothing; remove it"
                } else {
                    "the source is asked before the mirrors behind it, and once more at the end; remove it, or move the \
                     mirrors that matter in front of it"
                };
                let edit = resource.edit().remove_item(mirror.span);
                out.report(mirror.span, format!("`{}` mirrors itself", mirror.value))
                    .related(entry.source.span, "the source is set here")
                    .help(effect)
                    .fix(Fix::safe("remove the mirror", [edit]));
            }
        }
    }
}
