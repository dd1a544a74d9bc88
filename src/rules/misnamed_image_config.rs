//! The image configuration is the `Image` named `cluster`. The admission plugin refuses every other name.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::is_placeholder;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::Kind as Shape;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MisnamedImageConfig {}

impl Rule for MisnamedImageConfig {
    const META: Meta = Meta {
        id: "misnamed-image-config",
        summary: "an `Image` config that is not named `cluster`",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, _) in cluster.images() {
            let Some(metadata) = resource.manifest.root().get("metadata") else { continue };
            let named = metadata.entry("name").filter(|entry| !entry.value.is_null());
            let Some(entry) = named.or_else(|| metadata.entry("generateName")) else { continue };
            // The rules about shape report a value of another type.
            if entry.value.kind() != Shape::Scalar {
                continue;
            }
            let name = entry.value.text();
            let is_generated = named.is_none();
            if (name == "cluster" && !is_generated) || is_placeholder(name) {
                continue;
            }
            let message = if is_generated {
                "an `Image` config with a generated name".to_owned()
            } else {
                format!("an `Image` config named `{name}`")
            };
            // A second object with this name would replace the first.
            let is_taken = cluster.image().is_some();
            let edit = if is_generated || is_taken {
                None
            } else {
                resource.edit().set(entry.value.span(), "cluster")
            };
            let advice = if is_taken {
                "move its settings into the `Image` named `cluster`, and remove it"
            } else {
                "write `name: cluster`"
            };
            out.report(entry.value.span(), message)
                .about(resource.span())
                .help(format!(
                    "{advice}; the admission plugin of OpenShift refuses any other name, and no component \
                     would read the object"
                ))
                .fix(Fix::unsafe_("rename it to `cluster`", [edit]).map(Fix::changes_nodes));
        }
    }
}
