//! The pattern of a mirror: the API server refuses an IDMS or ITMS that does not match it. An ICSP is refused only by the
//! Machine Config Operator, which then stops.

use super::mirror_names::report;
use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::scope::check_mirror;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidMirror {}

impl Rule for InvalidMirror {
    const META: Meta = Meta {
        id: "invalid-mirror",
        summary: "a mirror that is not a registry or repository",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set, entry) in cluster.mirror_entries() {
            let valid = entry.mirrors().iter().filter(|name| check_mirror(&name.value).is_none());
            // The list is a set, so a corrected name must not be in it already.
            let mut names: HashSet<String> = valid.map(|name| name.value.clone()).collect();
            for name in entry.mirrors() {
                let is_new = |repaired: &str| names.insert(repaired.to_owned());
                report("mirror", check_mirror, resource, set, name, is_new, out);
            }
        }
    }
}
