//! A public registry has a certificate that anybody can verify, but `insecureRegistries` turns this off.

use crate::finding::Findings;
use crate::model::hosts;
use crate::model::scope::covers;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecurePublicRegistry {
    /// Hosts of public registries; wildcards such as `*.gcr.io` are allowed. The list replaces the default of this rule.
    public: Vec<String>,
}

impl Rule for InsecurePublicRegistry {
    const META: Meta = Meta {
        id: "insecure-public-registry",
        summary: "a public registry without verified TLS",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: Some("5.9"),
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for entry in view.insecure_in_use(resource, image) {
                let name = entry.value.as_str();
                let Some(public) = public_in(&self.public, name) else { continue };
                let message = if hosts::matching(&self.public, name).is_none() {
                    format!("`{name}` is insecure, and contains the public registry `{public}`")
                } else {
                    format!("`{name}` is a public registry, and its TLS is not verified")
                };
                out.report(entry.span, message).help(format!(
                    "remove the entry, since public registries have valid certificates; everybody on the network path can read the credentials of the nodes, and replace images that are pulled by tag; \
                     for a proxy that intercepts TLS connections, trust its certificate authority with {} or \
                     the proxy's `trustedCA`",
                    view.cluster.trusted_cas()
                ));
            }
        }
    }
}

/// The public registry that an entry for `name` makes insecure.
pub(super) fn public_in<'p>(public: &'p [String], name: &str) -> Option<&'p str> {
    let scope = name.to_ascii_lowercase();
    let inside = || public.iter().find(|public| covers(&scope, &public.to_ascii_lowercase()));
    let around = hosts::matching(public, name);
    around.or_else(|| inside().filter(|_| name.starts_with("*.")).map(String::as_str))
}

impl Default for InsecurePublicRegistry {
    fn default() -> Self {
        Self { public: hosts::public() }
    }
}
