//! A field with a value of the wrong type: the API server refuses the object.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::read::crd::schema::{Type, What};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::{Kind as Shape, Node};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WrongType {}

impl Rule for WrongType {
    const META: Meta = Meta {
        id: "wrong-type",
        summary: "a value of the wrong type",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_PIPELINES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, problem) in cluster.problems() {
            let What::WrongType { expected, found, due, node } = problem.what else { continue };
            let refusal = resource.refusal();
            let field = resource.written_field(&problem.field);
            let node = resource.manifest.document().at(node);
            let advice = match expected {
                "object" => map(node, due),
                "array" => list(node),
                "boolean" => "write `true` or `false` without quotes".to_owned(),
                _ => string(node, resource.manifest.is_printed(problem.span)),
            };
            let help = format!("{advice}; {refusal}");
            out.report(
                problem.span,
                format!("`{field}` is {} instead of {}", article(found), article(expected)),
            )
            .help(help)
            .field(&problem.field)
            .effect(Effect::Refused);
        }
    }
}

/// How to write a map instead of another value.
fn map(node: Node<'_>, due: Option<&Type>) -> String {
    let keys: Vec<String> = node
        .items()
        .flat_map(|item| item.entries().into_iter().map(|entry| format!("`{}:`", entry.key.key_text())))
        .collect();
    let is_apart = keys.iter().collect::<BTreeSet<_>>().len() == keys.len();
    let (what, mark) = if node.is_flow() { ("brackets", "brackets") } else { ("dash", "dashes") };
    match (&keys[..], node.items().count()) {
        ([key, ..], 1) => return format!("write {key} without the {what}"),
        ([first, .., last], 2..) if is_apart => {
            return format!("write the keys {first} to {last} without the {mark}");
        }
        _ => {}
    }
    let fields = if let Some(Type::Map(fields)) = due { *fields } else { &[] };
    let value = scalar(node).unwrap_or("…");
    match fields.iter().find(|field| field.required).or(fields.first()) {
        Some(field) if fields.len() == 1 || field.required => {
            format!("write a map: `{}: {value}`", field.name)
        }
        Some(_) => {
            let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            format!("write a map with the fields that are meant, of {}", names.join(", "))
        }
        None => "write a map: `key: value`".to_owned(),
    }
}

/// How to write a list instead of another value.
fn list(node: Node<'_>) -> String {
    if let Some(text) = scalar(node) {
        return format!("write a list: `- {text}`");
    }
    let entries = node.entries();
    match &entries[..] {
        [only] if !matches!(&*only.key.key_text(), "source" | "domainName") => scalar(only.value)
            .map_or_else(|| "write a list".to_owned(), |text| format!("write a list: `- {text}`")),
        [first, ..] => {
            format!("write a list: `- {}: …`, with a dash before each entry", first.key.key_text())
        }
        [] => "write a list: `[]`, or remove the key".to_owned(),
    }
}

/// How to write a string instead of another value.
fn string(node: Node<'_>, is_printed: bool) -> String {
    if is_printed && node.kind() != Shape::Scalar {
        return "give the template one string for this place".to_owned();
    }
    if is_printed && !node.is_null() {
        return format!(
            "print the value with `quote` in the template, since YAML reads `{}` without quotes as {}",
            node.text(),
            article(node.type_name())
        );
    }
    if node.kind() == Shape::Scalar {
        let text = node.text();
        return if node.is_null() {
            "write a name, or remove the empty item".to_owned()
        } else {
            format!(
                "write `\"{text}\"` for the text, since YAML reads `{text}` without quotes as {}",
                article(node.type_name())
            )
        };
    }
    let only = node.items().next().filter(|_| node.items().count() == 1);
    if let Some(text) = only.and_then(scalar) {
        let what = if node.is_flow() { "brackets" } else { "dash" };
        return format!("write `{text}` without the {what}");
    }
    match &node.entries()[..] {
        [only] => match scalar(only.value) {
            // There is a blank between a host and its port.
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("write `{}:{port}` without the blank", only.key.key_text())
            }
            Some(text) => format!("write only `{text}`"),
            None => "write a string".to_owned(),
        },
        _ => "write a string".to_owned(),
    }
}

/// The text of a scalar that is not empty.
fn scalar(node: Node<'_>) -> Option<&str> {
    (node.kind() == Shape::Scalar && !node.is_null()).then(|| node.text())
}

/// The usual name of a type in YAML, with its article.
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
