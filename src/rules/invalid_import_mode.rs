//! `imageStreamImportMode` accepts `Legacy`, `PreserveOriginal` and the empty string.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::schema::{What, nearest};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidImportMode {}

impl Rule for InvalidImportMode {
    const META: Meta = Meta {
        id: "invalid-import-mode",
        summary: "an `imageStreamImportMode` that does not exist",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, problem) in cluster.problems() {
            let What::NotInEnum { value, allowed } = &problem.what else { continue };
            if !problem.field.ends_with("imageStreamImportMode") {
                continue;
            }
            let near = nearest(value, allowed.iter().copied().filter(|mode| !mode.is_empty()));
            let edit = near.and_then(|near| resource.edit().set(problem.span, near));
            out.report(problem.span, format!("`{value}` is not an import mode"))
                .help(format!("write `Legacy` or `PreserveOriginal`; {}", resource.refusal()))
                .field(&problem.field)
                .effect(Effect::Refused)
                .fix(Fix::unsafe_("write the mode that was probably meant", [edit]));
        }
    }
}
