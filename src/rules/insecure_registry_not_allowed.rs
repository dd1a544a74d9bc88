//! `insecureRegistries` says how to talk to a registry, not that it may be talked to.

use super::payload_registry_not_allowed::allowlist;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::scope::{Parents, ScopeSet, check_source, hostname};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureRegistryNotAllowed {}

impl Rule for InsecureRegistryNotAllowed {
    const META: Meta = Meta {
        id: "insecure-registry-not-allowed",
        summary: "an insecure registry that the allowlist forgot",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/insecure-registry-not-allowed.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(allowed) = allowlist(image) else { continue };
            let insecure = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref());
            let set = ScopeSet::new(&allowed.items);
            // What `registries.conf` finds by the entry: names below it that are allowed, also with a port, and mirrors,
            // which are contacted under the name of their source.
            let below = Parents::new(&allowed.items);
            let hosts: HashSet<&str> = allowed.items.iter().map(|entry| hostname(&entry.value)).collect();
            let mirrors = Parents::new(cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors()));
            for entry in insecure.iter().flat_map(|list| &list.items) {
                if check_source(&entry.value).is_some() || set.covering(&entry.value).is_some() {
                    continue;
                }
                let name = entry.value.as_str();
                if below.lie_in(name) || hosts.contains(name) || mirrors.lie_in(name) {
                    continue;
                }
                let edit = resource.edit().append_item(allowed.span, &entry.value);
                out.report(entry.span, format!("`{}` is insecure but not allowed", entry.value))
                    .related(allowed.key, "this list does not cover it")
                    .help(
                        "every image that names it is refused, and no mirror here needs it, so its TLS setting does \
                         nothing; allow it, or remove it here",
                    )
                    .fix(Fix::safe(format!("allow `{}`", entry.value), [edit]));
            }
        }
    }
}
