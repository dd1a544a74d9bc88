//! Kubernetes requires a certain form of names, labels, annotations, finalizers and owners in every object.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::read::crd::schema::What;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidMetadata {}

impl Rule for InvalidMetadata {
    const META: Meta = Meta {
        id: "invalid-metadata",
        summary: "metadata that the API server refuses",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &["misnamed-image-config"],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (_, problem) in cluster.problems() {
            let What::Metadata { value, rule } = &problem.what else { continue };
            out.report(problem.span, format!("`{value}` is not valid in `{}`", problem.field))
                .help(format!("write {rule}; the API server refuses the object"))
                .field(&problem.field)
                .effect(Effect::Refused);
        }
    }
}
