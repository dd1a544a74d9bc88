//! The API server takes a field of the wrong type for no one's mistake but the sender's: it refuses the object.

use crate::crd::schema::What;
use crate::finding::Effect;
use crate::finding::Findings;
use crate::model::Cluster;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WrongType {}

impl Rule for WrongType {
    const META: Meta = Meta {
        id: "wrong-type",
        summary: "a value of another type than the field's",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/wrong-type.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, problem) in cluster.problems() {
            let What::WrongType { expected, found } = problem.what else { continue };
            let node = resource.edit().find(problem.span);
            let text = node.filter(|node| node.is_plain() && !node.is_absent()).map(crate::yaml::Node::text);
            let refusal = resource.refusal();
            let field = resource.written_field(&problem.field);
            let help = match (expected, text) {
                ("string", Some(text)) if !node.is_some_and(crate::yaml::Node::is_null) => {
                    format!(
                        "{refusal}; without quotes YAML reads `{text}` as {}; write `\"{text}\"` if the text is meant",
                        article(found)
                    )
                }
                ("array", Some(text)) => {
                    format!("{refusal}; write a list: `- {text}`")
                }
                ("boolean", _) => {
                    format!("{refusal}; write `true` or `false` without quotes")
                }
                _ => format!("{refusal}; write {}", article(expected)),
            };
            out.report(
                problem.span,
                format!("`{field}` is {} where {} is due", article(found), article(expected)),
            )
            .help(help)
            .field(&problem.field)
            .effect(Effect::Refused);
        }
    }
}

/// A type by the name that YAML people use.
fn article(ty: &str) -> &'static str {
    match ty {
        "string" => "a string",
        "boolean" => "a boolean",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "a map",
        _ => "empty",
    }
}
