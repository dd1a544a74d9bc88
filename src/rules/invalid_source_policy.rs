//! `mirrorSourcePolicy` accepts two values, and the empty string is not one of them.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::schema::{What, nearest};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidSourcePolicy {}

impl Rule for InvalidSourcePolicy {
    const META: Meta = Meta {
        id: "invalid-source-policy",
        summary: "a `mirrorSourcePolicy` that does not exist",
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
            if !problem.field.ends_with("mirrorSourcePolicy") {
                continue;
            }
            let near = nearest(value, allowed.iter().copied());
            let help = match near {
                Some(near) => format!("write `{near}`, if this is meant; {}", resource.refusal()),
                None => format!(
                    "write `AllowContactingSource` or `NeverContactSource`, or leave the field out, which \
                     allows it; {}",
                    resource.refusal()
                ),
            };
            let edit = near.and_then(|near| resource.edit().set(problem.span, near));
            let message = if value.is_empty() {
                "an empty string is not a source policy".to_owned()
            } else {
                format!("`{value}` is not a source policy")
            };
            out.report(problem.span, message).help(help).field(&problem.field).effect(Effect::Refused).fix(
                Fix::unsafe_("write the policy that was probably meant", [edit]).map(Fix::changes_nodes),
            );
        }
    }
}
