//! An image stream from a registry that the import list leaves out.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::imports::{Import, ImportList};
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageStreamNotAllowed {}

impl Rule for ImageStreamNotAllowed {
    const META: Meta = Meta {
        id: "image-stream-not-allowed",
        summary: "an image stream from a registry that the import list refuses",
        category: Category::Workloads,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some(imports) = cluster.image().and_then(|(_, image)| ImportList::of(image)) else { return };
        for (workload, image) in cluster.workload_images().filter(|(_, image)| image.pull == Pull::Import) {
            let Some(import) = Import::of(&image.image.value, image.insecure) else { continue };
            if imports.admits(&import) {
                continue;
            }
            let (registry, kind) = (import.registry(), &workload.identity.kind);
            let other = imports.on_other_port(&import);
            let related = match other {
                Some((entry, port)) => (entry.span, format!("this allows only port {port}")),
                None => (imports.list.key, format!("this list leaves out `{registry}`")),
            };
            out.report(image.image.span, format!("`{}` is not allowed for import", image.image.value))
                .subject(registry)
                .related(related.0, related.1)
                .help(format!(
                    "add `{registry}` to `allowedRegistriesForImport`, or use an image from a registry \
                     on the list; the API server refuses the {kind} for all users (`registry \
                     \"{registry}\" not allowed by whitelist`), unless the object in the cluster \
                     already names this repository"
                ));
        }
    }
}
