//! An installation looks for its manifests only in the namespace of the object that names them.
//!
//! Source: stolostron/siteconfig `internal/controller/clusterinstance/validator.go`; openshift/assisted-service
//! `internal/controller/controllers/clusterdeployments_controller.go`.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MissingExtraManifest {}

impl Rule for MissingExtraManifest {
    const META: Meta = Meta {
        id: "missing-extra-manifest",
        summary: "a ConfigMap of manifests in another namespace than the installation that names it",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let own = resource.manifest.namespace();
            for stray in resource.strays() {
                let name = &stray.name.value;
                out.report(
                    stray.name.span,
                    format!("there is no ConfigMap `{name}` in the namespace `{own}`"),
                )
                .related(stray.there, format!("the ConfigMap is in the namespace `{}`", stray.namespace))
                .stands_alone()
                .help(format!(
                    "move or copy the ConfigMap to `{own}`; a {} looks for its manifests only in its \
                         own namespace, so the cluster is not installed",
                    resource.identity().kind
                ));
            }
        }
    }
}
