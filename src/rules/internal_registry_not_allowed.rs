//! The allowlist applies to the registry inside the cluster, too.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::allowlist::Allowlist;
use crate::model::scope::hostname;
use crate::openshift::INTERNAL_REGISTRY;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InternalRegistryNotAllowed {}

impl Rule for InternalRegistryNotAllowed {
    const META: Meta = Meta {
        id: "internal-registry-not-allowed",
        summary: "an allowlist without the registry inside the cluster",
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
            let list = allowed.list;
            let observed = image.internal_registry_hostname.as_ref().filter(|name| !name.value.is_empty());
            let name = observed.map_or(INTERNAL_REGISTRY, |name| &name.value);
            if allowed.covers(name) {
                continue;
            }
            let portless = allowed.get(hostname(name));
            let edit = resource.edit().append_item(list.span, name);
            let finding = out
                .report(list.key, format!("`allowedRegistries` leaves out the internal registry `{name}`"))
                .help(format!(
                    "add `{name}`, with the port; pods cannot pull what builds push there, nor what image \
                     streams point to"
                ))
                .fix(Fix::widening(format!("add `{name}`"), [edit]));
            if let Some(entry) = portless {
                finding.related(entry.span, "without the port this is another name");
            }
            if let Some(observed) = observed {
                finding.related(observed.span, "the cluster reports this name");
            }
        }
    }
}
