//! Required fields: without them, the API server refuses the object. It accepts an entry without `domainName`, but the entry
//! allows nothing.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::model::Standing;
use crate::read::crd::schema::What;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MissingField {}

impl Rule for MissingField {
    const META: Meta = Meta {
        id: "missing-field",
        summary: "a required field is missing",
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
            let What::Missing { name } = problem.what else { continue };
            let finding = out.report(problem.span, format!("`{name}` is missing"));
            finding.field(&problem.field).effect(Effect::Refused);
            // Nobody forgets a whole `spec`. If the file is not applied as it is, something else adds it.
            if name == "spec"
                && cluster.standing == Standing::Guessed
                && resource.manifest.root().get("spec").is_none_or(Node::is_absent)
            {
                finding.severity(Severity::Note).help(
                    "add `spec`, unless a patch or a generator adds it; without `spec`, the API server \
                     refuses the object",
                );
            } else {
                let field = resource.written_field(&problem.field);
                finding.help(format!("add `{field}`; {}", resource.refusal()));
            }
        }
        for (_, image) in cluster.images() {
            for location in image.allowed_registries_for_import.iter().flat_map(|list| &list.items) {
                if location.has_domain_name {
                    continue;
                }
                out.report(location.span, "this entry has no `domainName`")
                    .help(
                        "add `domainName`, or remove the entry; the API server accepts the entry, which \
                         allows nothing",
                    )
                    .severity(Severity::Warning);
            }
        }
    }
}
