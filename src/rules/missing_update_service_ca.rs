//! An update service that does not trust its registry, although the nodes do.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::scope::host;
use crate::model::trusted_ca::{UPDATE_SERVICE, registry};
use crate::read::crd::Neighbour;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MissingUpdateServiceCa {}

impl Rule for MissingUpdateServiceCa {
    const META: Meta = Meta {
        id: "missing-update-service-ca",
        summary: "an UpdateService without its key in the trusted certificates",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some((_, map)) = cluster.trusted_ca().and_then(|ca| ca.found) else { return };
        // The operator reads only `data`.
        if map.is_open
            || map.entries.iter().any(|entry| !entry.is_binary && entry.key.value == UPDATE_SERVICE)
        {
            return;
        }
        for (_, neighbour) in cluster.neighbours() {
            let Neighbour::UpdateService { releases: Some(releases) } = neighbour else { continue };
            let asked = host(&releases.value);
            // If nodes need no certificate for a registry, it may have one that everybody trusts.
            let Some(entry) = map.entries.iter().find(|entry| registry(&entry.key.value) == asked) else {
                continue;
            };
            out.report(releases.span, format!("the UpdateService has no certificate for `{asked}`"))
                .related(entry.key.span, "only nodes and imports read this key")
                .help(format!(
                    "add the key `{UPDATE_SERVICE}` with the same certificate to the ConfigMap; the \
                     service reads only this key: its condition is `RegistryCACertFound=False`, it cannot \
                     pull release images (`x509: certificate signed by unknown authority`), and clusters \
                     see no updates"
                ));
        }
    }
}
