//! Nodes compare the name in the pod with `policy.json`, never the name of the mirror. So a source has to be allowed, too.

use crate::finding::{Findings, Fix};
use crate::model::allowlist::Allowlist;
use crate::model::hosts::is_docker_hub_alias;
use crate::model::needs::needs;
use crate::model::scope::{check_source, covers};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirroredSourceNotAllowed {}

impl Rule for MirroredSourceNotAllowed {
    const META: Meta = Meta {
        id: "mirrored-source-not-allowed",
        summary: "a mirrored source that the allowlist refuses",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((resource, image)) = view.cluster.image() else { return };
        let Some(allowed) = Allowlist::of(image) else { return };
        let list = allowed.list;
        // Another rule reports what OpenShift itself needs.
        let needs: HashSet<String> =
            needs(view.cluster, view.cluster.platform).into_iter().map(|need| need.name).collect();
        let holds_payload = |name: &str| view.cluster.payload().repositories().any(|need| covers(name, need));
        for source in view.sources().iter().filter(|source| source.real().next().is_some()) {
            let name = source.name;
            // A source with an alias of Docker Hub matches no image, whether it is allowed or not.
            if check_source(name).is_some()
                || is_docker_hub_alias(name)
                || allowed.covers(name)
                || allowed.has_part_of(name)
                || needs.contains(name)
                || holds_payload(name)
            {
                continue;
            }
            let edit = resource.edit().append_item(list.span, name);
            let finding = out
                .report(source.span(), format!("`{name}` is mirrored but not allowed"))
                .related(list.key, "this list does not cover it")
                .help(
                    "allow the source; a node compares the name in the pod with `policy.json`, so it \
                     refuses these images from every place",
                )
                .fix(Fix::widening(format!("allow `{name}`"), [edit]));
            if let Some(entry) = allowed.of_other_port(name) {
                finding.related(entry.span, "this entry allows the same host with another port");
            }
        }
    }
}
