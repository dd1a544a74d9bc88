//! Two policies for one source, in any objects: the Machine Config Operator stops.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::openshift::ICSP_POLICIES;
use crate::read::crd::{MirrorEntry, MirrorKind};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConflictingSourcePolicy {}

impl Rule for ConflictingSourcePolicy {
    const META: Meta = Meta {
        id: "conflicting-source-policy",
        summary: "two policies for one source",
        category: Category::Mirrors,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let without_icsp = cluster.version() < ICSP_POLICIES;
        let mut first: HashMap<&str, &MirrorEntry> = HashMap::new();
        for (_, set, entry) in cluster.mirror_entries() {
            let Some(policy) = entry.effective_policy() else { continue };
            if set.kind == MirrorKind::Icsp && without_icsp {
                continue;
            }
            let Some(other) = first.get(entry.source.value.as_str()) else {
                first.insert(&entry.source.value, entry);
                continue;
            };
            let Some(others) = other.effective_policy().filter(|others| *others != policy) else { continue };
            out.report(place(entry), format!("`{}` has two source policies", entry.source.value))
                .subject(&entry.source.value)
                .related(place(other), format!("the policy here is {}", others.as_str()))
                .help(
                    "write the same policy in all entries of the source (unset, and in an ICSP, it is \
                     AllowContactingSource); the Machine Config Operator stops at this: no change of image \
                     configuration reaches any node, and only its log says so",
                )
                .effect(Effect::Freezes);
        }
    }
}

/// The text of the policy, or of the source if there is no policy.
fn place(entry: &MirrorEntry) -> Span {
    entry.policy.as_ref().map_or(entry.source.span, |policy| policy.span)
}
