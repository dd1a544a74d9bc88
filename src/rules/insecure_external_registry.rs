//! Without verified TLS, a registry is only as trustworthy as the network between. Outside of the own network, nobody
//! controls that.

use crate::finding::Findings;
use crate::model::hosts::{self, Reachable};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureExternalRegistry {
    /// Hosts that only your own network can reach; wildcards such as `*.corp.example.com` are allowed. With this list, every
    /// other name counts as external.
    internal: Vec<String>,
}

impl Rule for InsecureExternalRegistry {
    const META: Meta = Meta {
        id: "insecure-external-registry",
        summary: "a registry without verified TLS that is not known to be internal",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: Some("5.9"),
        yields_to: &["insecure-public-registry"],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        // The name alone does not show where the registry is.
        let is_known = !self.internal.is_empty();
        for (resource, image) in view.cluster.images() {
            for entry in view.insecure_in_use(resource, image) {
                let name = entry.value.as_str();
                if hosts::matching(&self.internal, name).is_some() {
                    continue;
                }
                let why = match hosts::reachable(name) {
                    Reachable::Inside => continue,
                    Reachable::Outside => "is an address of the internet",
                    Reachable::Unknown if is_known => "is not an internal registry",
                    Reachable::Unknown => "is not known to be internal",
                };
                let is_guess = hosts::reachable(name) == Reachable::Unknown && !is_known;
                let advice = if is_guess {
                    "; if only your own network reaches it, add it to the option `internal` of this rule"
                } else {
                    ""
                };
                let finding = out
                    .report(entry.span, format!("`{name}` {why}, and its TLS is not verified"))
                    .help(format!(
                        "give the registry a certificate, trust its authority with {}, and remove the \
                         entry{advice}; everybody on the network path can read the credentials of the nodes, and \
                         replace images that are pulled by tag",
                        view.cluster.trusted_cas()
                    ));
                if is_guess {
                    finding.severity(Severity::Note);
                }
            }
        }
    }
}
