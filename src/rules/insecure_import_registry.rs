//! `insecure: true` in the import list: port 80 instead of 443, and no verified TLS.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::hosts::{self, Reachable};
use crate::model::imports::{DomainFlaw, check_domain};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureImportRegistry {}

impl Rule for InsecureImportRegistry {
    const META: Meta = Meta {
        id: "insecure-import-registry",
        summary: "an entry of the import list with `insecure: true`",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: Some("5.9"),
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

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
                // Another rule reports a value that is not a host.
                let portless = name.filter(|name| {
                    !name.value.contains(':')
                        && check_domain(&name.value).is_none_or(|flaw| flaw == DomainFlaw::UpperCase)
                });
                if let Some(name) = portless {
                    out.report(insecure.span, format!("`{}` is allowed only on port 80", name.value))
                        .subject(&name.value)
                        .help(format!(
                            "remove `insecure`, or write `{0}:443`; an entry without a port means port 443, and with `insecure: \
                             true` port 80, so imports from `{0}` over TLS are refused",
                            name.value
                        ));
                    continue;
                }
                let whose = name.map_or_else(String::new, |name| format!(" from `{}`", name.value));
                let finding = out.report(insecure.span, format!("imports{whose} work without verified TLS")).help(
                    "give the registry a certificate, trust its authority with `additionalTrustedCA`, and \
                     remove `insecure`; without verified TLS, everybody on the network path can replace the \
                     imported image",
                );
                if let Some(name) = name {
                    finding.subject(&name.value);
                }
                // In an internal network the risk is lower.
                if name.is_some_and(|name| hosts::reachable(&name.value) == Reachable::Inside) {
                    finding.severity(Severity::Note);
                }
            }
        }
    }
}
