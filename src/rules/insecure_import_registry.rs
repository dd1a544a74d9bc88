//! `insecure: true` lets users import images over connections that nobody verifies.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::hosts::{self, Place};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureImportRegistry {}

impl Rule for InsecureImportRegistry {
    const META: Meta = Meta {
        id: "insecure-import-registry",
        summary: "imports that are allowed without verified TLS",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: Some("5.9"),
        since: "0.1.0",
        page: include_str!("../../rules/insecure-import-registry.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (_, image) in cluster.images() {
            for location in image.allowed_registries_for_import.iter().flat_map(|list| &list.items) {
                // An entry without a name allows nothing.
                let Some(insecure) = location.insecure.as_ref().filter(|insecure| insecure.value) else {
                    continue;
                };
                if !location.has_domain_name {
                    continue;
                }
                let name = location.domain_name.as_ref();
                let whose = name.map_or_else(String::new, |name| format!(" from `{}`", name.value));
                let finding = out.report(insecure.span, format!("imports{whose} need no verified TLS")).help(
                    "users may import images over connections that nobody verifies, so whoever is on the way can replace \
                     them; give the registry a certificate, trust its authority with `additionalTrustedCA`, and remove \
                     `insecure`",
                );
                if let Some(name) = name {
                    finding.subject(&name.value);
                }
                // Inside of one's own network it is the lesser evil.
                if name.is_some_and(|name| hosts::place(&name.value) == Place::Inside) {
                    finding.severity(Severity::Note);
                }
            }
        }
    }
}
