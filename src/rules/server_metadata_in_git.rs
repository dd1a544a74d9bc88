//! Metadata that `oc get -o yaml` adds. With a `resourceVersion`, an object cannot even be created.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::Kind;
use crate::read::crd::metadata::OF_THE_SERVER;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerMetadataInGit {}

impl Rule for ServerMetadataInGit {
    const META: Meta = Meta {
        id: "server-metadata-in-git",
        summary: "metadata that the server sets",
        category: Category::Shape,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_DUMPS: bool = false;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let is_ours = resource.kind().is_some_and(Kind::configures_images);
            let Some(metadata) = resource.manifest.root().get("metadata").filter(|_| is_ours) else {
                continue;
            };
            // Generators write `creationTimestamp: null`, which has no effect.
            let set = |key: &&str| metadata.entry(key).filter(|entry| !entry.value.holds_nothing());
            let found: Vec<_> = OF_THE_SERVER.iter().filter_map(set).collect();
            let Some(first) = found.iter().min_by_key(|entry| entry.key.span()) else { continue };
            let names: Vec<_> = found.iter().map(|entry| format!("`{}`", entry.key.key_text())).collect();
            let keys: Vec<_> = found.iter().map(|entry| entry.key.span()).collect();
            let edits = resource.edit().remove_entries(&keys);
            let message = format!(
                "{} {} set by the server",
                names.join(", "),
                if names.len() == 1 { "is" } else { "are" }
            );
            let finding = out.report(first.key.span(), message);
            for name in names {
                finding.subject(name);
            }
            finding
                .help(
                    "remove it; the API server does not create an object with a `resourceVersion`, and \
                     each cluster has other values: tools that compare see a permanent difference",
                )
                .fix(Fix::safe("remove the server's metadata", edits));
        }
    }
}
