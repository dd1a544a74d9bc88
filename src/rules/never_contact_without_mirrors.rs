//! `NeverContactSource` in an entry without mirrors: the operator leaves the entry out, and nothing is blocked.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::SourcePolicy;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NeverContactWithoutMirrors {}

impl Rule for NeverContactWithoutMirrors {
    const META: Meta = Meta {
        id: "never-contact-without-mirrors",
        summary: "a policy that is ignored, since its source has no mirrors",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, _, entry) in cluster.mirror_entries() {
            let Some(policy) = entry.policy.as_ref().filter(|p| p.value == SourcePolicy::NeverContactSource)
            else {
                continue;
            };
            if !entry.mirrors().is_empty() || entry.mirrors.as_ref().is_some_and(|list| list.open) {
                continue;
            }
            let edit = resource.edit().remove_item(entry.span);
            out.report(
                policy.span,
                format!("`{}` has no mirrors, so nodes still contact it", entry.source.value),
            )
            .subject(&entry.source.value)
            .related(entry.source.span, "the source is set here")
            .help(
                "name a mirror, or add the source to `blockedRegistries`; the operator leaves out an entry \
                 without mirrors, and its policy only counts if it contradicts another entry of this \
                 source",
            )
            .fix(Fix::unsafe_("remove the entry", [edit]));
        }
    }
}
