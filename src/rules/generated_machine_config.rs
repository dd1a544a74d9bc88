//! A `MachineConfig` that the Machine Config Operator wrote, kept in the repository.
//!
//! Source: openshift/machine-config-operator `pkg/controller/{render,template,container-runtime-config}` (the names).

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::Typed;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GeneratedMachineConfig {}

impl Rule for GeneratedMachineConfig {
    const META: Meta = Meta {
        id: "generated-machine-config",
        summary: "a MachineConfig that the operator wrote, kept in Git",
        category: Category::Trust,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_DUMPS: bool = false;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::MachineConfig(config) = &resource.typed else { continue };
            if !config.is_generated() {
                continue;
            }
            let name = resource.manifest.root().at(&["metadata", "name"]);
            let span = name.map_or_else(|| resource.kind_span(), crate::yaml::Node::span);
            let message =
                format!("`{}` is a MachineConfig that the Machine Config Operator writes", config.name);
            out.report(span, message).stands_alone().help(
                "remove it from the repository; the operator makes it from the configuration of the \
                 cluster and from other MachineConfigs, and overwrites it, so no other rule checks it",
            );
        }
    }
}
