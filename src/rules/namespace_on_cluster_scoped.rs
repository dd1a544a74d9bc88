//! These kinds are cluster-scoped: the server clears `metadata.namespace`, and Git and cluster differ for ever.

use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamespaceOnClusterScoped {}

impl Rule for NamespaceOnClusterScoped {
    const META: Meta = Meta {
        id: "namespace-on-cluster-scoped",
        summary: "a namespace on a kind that has none",
        category: Category::Shape,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
        page: include_str!("../../rules/namespace-on-cluster-scoped.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Some(kind) = resource.kind().filter(|kind| kind.configures_images()) else { continue };
            if !kind.is_cluster_scoped() {
                continue;
            }
            let namespace =
                resource.manifest.root().get("metadata").and_then(|metadata| metadata.entry("namespace"));
            let Some(entry) = namespace.filter(|entry| !entry.value.is_null()) else { continue };
            let edit = resource.edit().remove_entry(entry.key.span());
            out.report(entry.key.span(), format!("`{}` is cluster-scoped and has no namespace", kind.name()))
                .about(resource.span())
                .help(
                    "the API server drops the namespace, and tools that compare the cluster with Git see a difference \
                     for ever; remove the line",
                )
                .fix(Fix::safe("remove the namespace", [edit]));
        }
    }
}
