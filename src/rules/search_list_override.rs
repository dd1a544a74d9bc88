//! `containerRuntimeSearchRegistries` replaces the default list of nodes, applies only to pods, and each change of it costs
//! a reboot.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchListOverride {}

impl Rule for SearchListOverride {
    const META: Meta = Meta {
        id: "search-list-override",
        summary: "a custom search list",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Strict,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (_, image) in cluster.images() {
            let search = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref());
            // The API server refuses an empty list, which another rule reports.
            let Some(list) = search.filter(|list| !list.items.is_empty() || list.open) else { continue };
            out.report(list.key, "this list replaces the default search list of the nodes").help(
                "write full image names in pod specs, and remove the list; nodes search only the \
                 registries of the list, builds and image streams do not read it, and every change of it \
                 drains and reboots all nodes",
            );
        }
    }
}
