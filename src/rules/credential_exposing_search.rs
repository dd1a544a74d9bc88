//! `containerRuntimeSearchRegistries` with public registries: nodes offer the global pull secret to each of them.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::hosts;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CredentialExposingSearch {
    /// Hosts of public registries; wildcards such as `*.gcr.io` are allowed. The list replaces the default of this rule.
    public: Vec<String>,
}

impl Rule for CredentialExposingSearch {
    const META: Meta = Meta {
        id: "credential-exposing-search",
        summary: "a search list that offers the global pull secret to public registries",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: Some("7.5"),
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref())
            else {
                continue;
            };
            let is_public = |name: &str| hosts::matching(&self.public, name).is_some();
            let public: Vec<_> = list.items.iter().filter(|entry| is_public(&entry.value)).collect();
            let Some((first, others)) = public.split_first() else { continue };
            let all = public.len() == list.items.len() && !list.open;
            let fix = if all {
                Fix::unsafe_("remove the search list", [resource.edit().remove_entry(list.key)])
            } else {
                let spans: Vec<_> = public.iter().map(|entry| entry.span).collect();
                let edits = resource.edit().remove_items(&spans);
                let title = if others.is_empty() { "registry" } else { "registries" };
                Fix::unsafe_(format!("remove the public {title}"), edits)
            };
            let finding = out
                .report(first.span, message(&first.value, others))
                .help(format!(
                    "write full image names in pod specs, and keep only private registries in this list; \
                     nodes try a short name at every registry of this list with the credentials of the \
                     global pull secret{}, and run the image of the first registry that has the name",
                    if list.items.len() > 1 { ", each registry sees the names of all images" } else { "" }
                ))
                .fix(fix.map(Fix::changes_nodes));
            for entry in &public {
                finding.subject(&entry.value);
            }
            for other in others.iter().take(MOST_RELATED) {
                finding.related(other.span, format!("`{}` is public, too", other.value));
            }
        }
    }
}

/// More places do not help anybody.
const MOST_RELATED: usize = 20;

fn message(first: &str, others: &[&Spanned<String>]) -> String {
    match others {
        [] => format!("`{first}` is public, and short names are looked up there"),
        [other] => format!("`{first}` and `{}` are public, and short names are looked up there", other.value),
        others => format!(
            "`{first}` and {} more registries are public, and short names are looked up there",
            others.len()
        ),
    }
}

impl Default for CredentialExposingSearch {
    fn default() -> Self {
        Self { public: hosts::public() }
    }
}
