//! These kinds are cluster-scoped: the server removes `metadata.namespace`, so Git and cluster always differ.

use crate::finding::{Findings, Fix, listed};
use crate::model::{Cluster, Resource};
use crate::read::crd::Kind;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        // One line of a kustomization sets the namespace of many objects.
        let mut shared: BTreeMap<Span, Vec<&Resource>> = BTreeMap::new();
        for resource in cluster.resources() {
            let Some(kind) = resource.kind().filter(|kind| kind.configures_images()) else { continue };
            if !kind.is_cluster_scoped() {
                continue;
            }
            let namespace =
                resource.manifest.root().get("metadata").and_then(|metadata| metadata.entry("namespace"));
            let Some(entry) = namespace.filter(|entry| !entry.value.is_null()) else { continue };
            let span = entry.key.span();
            if span == entry.value.span() && span.file != resource.span().file {
                shared.entry(span).or_default().push(resource);
                continue;
            }
            let edit = resource.edit().remove_entry(span);
            out.report(span, message([kind.name()]))
                .about(resource.span())
                .help(format!("remove the line; {DROPPED}"))
                .fix(Fix::safe("remove the namespace", [edit]));
        }
        for (span, resources) in shared {
            let kinds: BTreeSet<_> =
                resources.iter().filter_map(|resource| resource.kind()).map(Kind::name).collect();
            out.report(span, message(kinds)).about(resources[0].span()).help(format!(
                "remove the line, and write the namespace in each object that needs it; kustomize adds it \
                 to every kind that it does not know as cluster-scoped; {DROPPED}"
            ));
        }
    }
}

const DROPPED: &str = "the API server drops the namespace, and tools that compare the cluster with Git see \
                       a permanent difference";

fn message<'k>(kinds: impl IntoIterator<Item = &'k str>) -> String {
    let kinds: Vec<_> = kinds.into_iter().collect();
    let are = if kinds.len() == 1 { "is cluster-scoped and has" } else { "are cluster-scoped and have" };
    format!("{} {are} no namespace", listed(kinds))
}
