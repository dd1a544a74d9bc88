//! Operators write `status`. The API server drops a copy in Git, but tools may report it as a difference.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::Kind;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StatusInGit {}

impl Rule for StatusInGit {
    const META: Meta = Meta {
        id: "status-in-git",
        summary: "observed values in Git",
        category: Category::Shape,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_DUMPS: bool = false;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let is_ours = resource.kind().is_some_and(Kind::configures_images);
            let Some(entry) = resource.manifest.root().entry("status").filter(|_| is_ours) else { continue };
            // Tools write an empty `status: {}` into every file; it contains nothing that was observed.
            if entry.value.holds_nothing() {
                continue;
            }
            let edit = resource.edit().remove_entry(entry.key.span());
            out.report(entry.key.span(), "`status` holds what the cluster observed")
                .help(
                    "remove it; the API server drops it, and tools that compare the cluster with Git may see a permanent difference",
                )
                .fix(Fix::safe("remove `status`", [edit]));
        }
    }
}
