//! Of two equal keys, `oc` silently keeps the last one, and the first value is lost.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::duplicate_keys;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateKey {}

impl Rule for DuplicateKey {
    const META: Meta = Meta {
        id: "duplicate-key",
        summary: "the same key twice in a map",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_PIPELINES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            for (key, first) in duplicate_keys(resource.manifest.root()) {
                out.report(key.span(), format!("`{}` is set twice", key.key_text()))
                    .related(first.span(), "this value is lost")
                    .help("keep one; `oc` silently keeps the last value");
            }
        }
    }
}
