//! `containerRuntimeSearchRegistries` with public registries: the one global pull secret is offered to each of them.

use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::scope::hostname;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CredentialExposingSearch {
    /// Hosts of registries that are public; the list replaces the rule's own.
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
        since: "0.1.0",
        page: include_str!("../../rules/credential-exposing-search.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref())
            else {
                continue;
            };
            let is_public =
                |name: &str| self.public.iter().any(|public| public.eq_ignore_ascii_case(hostname(name)));
            let public: Vec<_> = list.items.iter().filter(|entry| is_public(&entry.value)).collect();
            let Some((first, others)) = public.split_first() else { continue };
            let all = public.len() == list.items.len() && !list.open;
            let edits: Vec<_> = if all {
                vec![resource.edit().remove_entry(list.key)]
            } else {
                public.iter().map(|entry| resource.edit().remove_item(entry.span)).collect()
            };
            let names: Vec<String> = public.iter().map(|entry| format!("`{}`", entry.value)).collect();
            let message = match names.as_slice() {
                [only] => format!("{only} is public and searched for short names"),
                [one, other] => format!("{one} and {other} are public and searched for short names"),
                [one, rest @ ..] => {
                    format!(
                        "{one} and {} more registries are public and searched for short names",
                        rest.len()
                    )
                }
                [] => continue,
            };
            let more = if others.is_empty() {
                ""
            } else {
                " Each of them learns what the others should not: every short name is tried at all of them in turn."
            };
            let finding = out
                .report(first.span, message)
                .help(format!(
                    "a short name sends the cluster's one global pull secret to each registry of this list, and whoever \
                     registers the name there first serves the image.{more} Write full image names in pod specs and keep \
                     private registries alone in this list"
                ))
                .fix(Fix::unsafe_(if all { "remove the search list" } else { "remove the public registries" }, edits));
            for other in others {
                finding.related(other.span, format!("`{}` is public too", other.value));
            }
        }
    }
}

impl Default for CredentialExposingSearch {
    fn default() -> Self {
        Self { public: PUBLIC.iter().map(ToString::to_string).collect() }
    }
}

/// Registries that anybody can pull from or push to.
const PUBLIC: [&str; 17] = [
    "registry.redhat.io",
    "registry.access.redhat.com",
    "registry.connect.redhat.com",
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "k8s.gcr.io",
    "registry.k8s.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "registry.gitlab.com",
    "nvcr.io",
    "icr.io",
    "registry.fedoraproject.org",
];
