//! Five parameters of the old image policy configuration that look like settings, but cannot be set.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::schema::What;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NonConfigurableParameter {}

impl Rule for NonConfigurableParameter {
    const META: Meta = Meta {
        id: "non-configurable-parameter",
        summary: "a parameter that cannot be set",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, problem) in cluster.problems() {
            let What::Unknown { key, .. } = &problem.what else { continue };
            if !PARAMETERS.contains(&key.as_str()) || problem.field.starts_with("status") {
                continue;
            }
            let help = if key == "internalRegistryHostname" {
                "remove it; the operator of the image registry reports it in `status`; controllers lose \
                 the value, and `oc apply` refuses the object"
            } else {
                "remove it; the API does not have this field; controllers lose the value, and `oc apply` \
                 refuses the object"
            };
            let edit = resource.edit().remove_entry(problem.span);
            out.report(problem.span, format!("`{key}` cannot be configured"))
                .help(help)
                .field(&problem.field)
                .effect(Effect::Pruned)
                .fix(Fix::safe("remove the parameter", [edit]));
        }
    }
}

/// The parameters that the product documentation lists as not configurable, spelled as fields.
const PARAMETERS: [&str; 5] = [
    "disableScheduledImport",
    "maxImagesBulkImportedPerRepository",
    "maxScheduledImportsPerMinute",
    "scheduledImageImportMinimumIntervalSeconds",
    "internalRegistryHostname",
];
