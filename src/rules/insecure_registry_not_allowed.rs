//! `insecureRegistries` sets how nodes contact a registry, not whether they may.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::allowlist::Uses;
use crate::model::hosts;
use crate::model::scope::{check_source, host, hostname};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureRegistryNotAllowed {}

impl Rule for InsecureRegistryNotAllowed {
    const META: Meta = Meta {
        id: "insecure-registry-not-allowed",
        summary: "an insecure registry that the allowlist does not cover",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let uses = Uses::of(cluster, image);
            let Some(allowed) = &uses.allowed else { continue };
            let list = allowed.list;
            let insecure = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref());
            let public = hosts::public();
            for entry in insecure.iter().flat_map(|list| &list.items) {
                let is_covered = || allowed.covers(&entry.value);
                if check_source(&entry.value).is_some() || uses.has_use(&entry.value) || is_covered() {
                    continue;
                }
                let portless =
                    allowed.get(hostname(&entry.value)).filter(|_| host(&entry.value).contains(':'));
                // To allow it would turn off the verification of its TLS. And no image name has upper case in its registry.
                let is_public = hosts::matching(&public, &entry.value).is_some();
                let is_upper = host(&entry.value).bytes().any(|byte| byte.is_ascii_uppercase());
                let (advice, edit) = if is_public {
                    ("remove it here, since the certificate of a public registry can be verified", None)
                } else {
                    let edit = resource.edit().append_item(list.span, &entry.value);
                    (
                        "allow it, or remove it here",
                        edit.filter(|_| !is_upper && !hosts::is_docker_hub_alias(&entry.value)),
                    )
                };
                let finding = out
                    .report(entry.span, format!("`{}` is insecure but not allowed", entry.value))
                    .related(list.key, "this list does not cover it")
                    .help(format!(
                        "{advice}; nodes refuse every image that names it, and no mirror here needs it, so \
                         the entry has no effect"
                    ))
                    .fix(Fix::widening(format!("allow `{}`", entry.value), [edit]));
                if let Some(portless) = portless {
                    finding.related(portless.span, "without the port this is another name");
                }
            }
        }
    }
}
