//! The pattern of a source: the API server refuses an IDMS or ITMS that does not match it. An ICSP is refused only by the
//! Machine Config Operator, which then stops.

use super::mirror_names::report;
use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::scope::check_source;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidSource {}

impl Rule for InvalidSource {
    const META: Meta = Meta {
        id: "invalid-source",
        summary: "a source that is not a registry or repository",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set, entry) in cluster.mirror_entries() {
            report("source", check_source, resource, set, &entry.source, |_| true, out);
        }
    }
}
