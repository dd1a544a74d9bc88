//! Nodes pull through a mirror that is not allowed, but refuse pods, builds and image streams that name the mirror.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::allowlist::Allowlist;
use crate::model::hosts::is_docker_hub_alias;
use crate::model::scope::{check_mirror, host};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorRegistryNotAllowed {}

impl Rule for MirrorRegistryNotAllowed {
    const META: Meta = Meta {
        id: "mirror-registry-not-allowed",
        summary: "a mirror registry that the allowlist refuses",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some((resource, image)) = cluster.image() else { return };
        let Some(allowed) = Allowlist::of(image) else { return };
        let list = allowed.list;
        let mut seen: HashSet<&str> = HashSet::new();
        for mirror in cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors()) {
            let registry = host(&mirror.value);
            let fine = check_mirror(&mirror.value).is_some()
                || allowed.covers(&mirror.value)
                || allowed.has_part_of(registry);
            if fine || !seen.insert(registry) {
                continue;
            }
            // A list never contains an alias of Docker Hub.
            let edit =
                resource.edit().append_item(list.span, registry).filter(|_| !is_docker_hub_alias(registry));
            let finding = out
                .report(mirror.span, format!("mirror registry `{registry}` is not allowed"))
                .subject(registry)
                .related(list.key, "this list does not cover it")
                .help(
                    "allow the registry; pulls through the mirror work, since only the name in the pod has \
                     to be allowed, but nodes refuse pods, builds and image streams that name the mirror",
                )
                .fix(Fix::widening(format!("allow `{registry}`"), [edit]));
            if let Some(entry) = allowed.of_other_port(registry) {
                finding.related(entry.span, "this entry allows the same host with another port");
            }
        }
    }
}
