//! The server drops a field that the schema lacks, so its setting has no effect.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::schema::What;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnknownField {}

impl Rule for UnknownField {
    const META: Meta = Meta {
        id: "unknown-field",
        summary: "a field that is not in the schema",
        category: Category::Shape,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &["non-configurable-parameter", "wrong-type"],
        since: "0.1.0",
    };

    const IS_FOR_PIPELINES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, problem) in cluster.problems() {
            let What::Unknown { key, meant, beside } = &problem.what else { continue };
            let parent = problem.field.rsplit_once('.').map_or("", |(parent, _)| parent);
            let kind = &resource.identity().kind;
            let message = match parent {
                "" => format!("`{kind}` has no field `{key}`"),
                // The settings from which an `Image` is made.
                "spec" if resource.made_by().is_some() => {
                    format!("`configuration.image` has no field `{key}`")
                }
                _ => format!("`{}` has no field `{key}`", resource.written_field(parent)),
            };
            let dropped = "`oc apply` refuses the object; a controller or `--validate=false` silently \
                           drops the field";
            let sibling = meant.as_deref().and_then(|meant| {
                let (path, name) = meant.rsplit_once('.').unwrap_or(("", meant));
                (path == parent).then_some(name)
            });
            let help = match (problem.versions.before, meant.as_deref(), sibling) {
                (Some(since), ..) => {
                    format!(
                        "remove it until the cluster has OpenShift {since}, which adds the field; on older \
                         releases, {dropped}"
                    )
                }
                (_, _, Some(name)) if resource.edit().has_beside(problem.span, name) => {
                    format!("remove it, or move what it says to `{name}`, which is here already; {dropped}")
                }
                (_, _, Some(name)) => format!("write `{name}`, if that is meant; {dropped}"),
                (_, Some(meant), None) => match meant.rsplit_once('.') {
                    Some((under, name)) if name == key => {
                        format!("write it under `{under}`; {dropped}")
                    }
                    Some((under, name)) => {
                        format!("write `{name}` under `{under}`, if that is meant; {dropped}")
                    }
                    None => format!("write `{meant}`, if that is meant; {dropped}"),
                },
                (_, None, _) if beside.is_empty() => format!("remove it; {dropped}"),
                (_, None, _) => format!(
                    "write one of the fields here, which are {}, or remove it; {dropped}",
                    beside.join(", ")
                ),
            };
            // The new name must not be there already.
            let name = sibling.filter(|name| !resource.edit().has_beside(problem.span, name));
            let edit = name.and_then(|name| resource.edit().rename(problem.span, name));
            out.report(problem.span, message)
                .help(help)
                .field(&problem.field)
                .effect(Effect::Pruned)
                .fix(Fix::unsafe_("rename the field", [edit]).map(Fix::changes_nodes));
        }
    }
}
