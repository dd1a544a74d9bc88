//! An empty list differs from a missing one.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::{Resource, named_lists};
use crate::openshift::EXCLUSIVE_LISTS;
use crate::read::crd::RegistrySources;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EmptyRegistryList {}

impl Rule for EmptyRegistryList {
    const META: Meta = Meta {
        id: "empty-registry-list",
        summary: "a registry list without entries",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(sources) = &image.registry_sources else { continue };
            // The API server refuses the two lists together, which another rule reports.
            let refused = sources.allowed.is_some()
                && sources.blocked.is_some()
                && cluster.version() >= EXCLUSIVE_LISTS;
            let empty: Vec<_> = named_lists(image)
                .into_iter()
                .filter(|(_, list)| list.items.is_empty() && !list.open)
                .filter(|(name, _)| !refused || *name == "insecureRegistries")
                .collect();
            let is_all = empty.len() > 1 && empty.len() == fields(resource, sources);
            for (name, list) in &empty {
                let help = match *name {
                    "insecureRegistries" => {
                        "remove the key; an empty list has an effect: the Machine Config Operator writes \
                         `registries.conf` on every node because of it"
                    }
                    "blockedRegistries" => {
                        "remove the key; it blocks nothing, but it counts as set: from OpenShift 4.18 on \
                         the API server refuses `allowedRegistries` beside it"
                    }
                    _ => {
                        "list the allowed registries, or remove the key; an empty list allows every \
                         registry, but it counts as set: from OpenShift 4.18 on the API server refuses \
                         `blockedRegistries` beside it"
                    }
                };
                let edit = resource.edit();
                let fix = if is_all {
                    Fix::safe("remove `registrySources`", [edit.remove_entry(sources.key)])
                        .map(Fix::changes_nodes)
                } else {
                    let fix = Fix::safe(format!("remove `{name}`"), [edit.remove_entry(list.key)]);
                    // Only for this list does the operator write a file even if the list is empty.
                    if *name == "insecureRegistries" { fix.map(Fix::changes_nodes) } else { fix }
                };
                out.report(list.key, format!("`{name}` is empty")).help(help).fix(fix);
            }
        }
    }
}

/// The number of keys in `registrySources`.
fn fields(resource: &Resource, sources: &RegistrySources) -> usize {
    resource.edit().find(sources.span).map_or(0, |map| map.entries().len())
}
