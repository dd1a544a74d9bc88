//! Certificates in the configuration of builds, where no component reads them.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::Neighbour;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdleBuildCa {}

impl Rule for IdleBuildCa {
    const META: Meta = Meta {
        id: "idle-build-ca",
        summary: "certificates in the configuration of builds, which does not use them",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, neighbour) in cluster.neighbours() {
            let Neighbour::BuildDefaults { trusted_ca: Some(key) } = neighbour else { continue };
            if resource.name() != "cluster" {
                continue;
            }
            out.report(*key, "`additionalTrustedCA` of `Build` does nothing").help(format!(
                "name the ConfigMap in {}; builds trust the certificates of that field, and no component \
                 reads this one",
                if cluster.is_hosted() {
                    "`spec.configuration.image.additionalTrustedCA` of the HostedCluster"
                } else {
                    "`spec.additionalTrustedCA` of the Image `cluster`"
                }
            ));
        }
    }
}
