//! Nodes refuse a short name that they find in a registry outside of the allowlist, as they refuse the full name.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::allowlist::Allowlist;
use crate::model::hosts::is_docker_hub_alias;
use crate::model::scope::is_host;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchRegistryNotAllowed {}

impl Rule for SearchRegistryNotAllowed {
    const META: Meta = Meta {
        id: "search-registry-not-allowed",
        summary: "a search registry that the allowlist refuses",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(allowed) = Allowlist::of(image) else { continue };
            let search = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref());
            for entry in search.iter().flat_map(|list| &list.items) {
                if !is_host(&entry.value) || allowed.covers(&entry.value) {
                    continue;
                }
                // A part of it is allowed, so some short names work.
                if allowed.has_part_of(&entry.value) {
                    continue;
                }
                // A list never contains an alias of Docker Hub.
                let edit = resource
                    .edit()
                    .append_item(allowed.list.span, &entry.value)
                    .filter(|_| !is_docker_hub_alias(&entry.value));
                let finding = out
                    .report(entry.span, format!("`{}` is searched but not allowed", entry.value))
                    .related(allowed.list.key, "this list does not cover it")
                    .help(
                        "allow the registry, or remove it from the search list; nodes refuse every image \
                         that they find there",
                    )
                    .fix(Fix::widening(format!("allow `{}`", entry.value), [edit]));
                if let Some(other) = allowed.of_other_port(&entry.value) {
                    finding.related(other.span, "this entry allows the same host with another port");
                }
            }
        }
    }
}
