//! `NeverContactSource` with the source among its mirrors contradicts itself, and the operator stops.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::SourcePolicy;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NeverContactedSelf {}

impl Rule for NeverContactedSelf {
    const META: Meta = Meta {
        id: "never-contacted-self",
        summary: "a source that is never contacted, but is its own mirror",
        category: Category::Mirrors,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, _, entry) in cluster.mirror_entries() {
            let Some(policy) = entry.policy.as_ref().filter(|p| p.value == SourcePolicy::NeverContactSource)
            else {
                continue;
            };
            let is_self = |mirror: &&Spanned<String>| mirror.value == entry.source.value;
            // Without any mirror, the operator leaves the entry out, and nodes contact the source.
            let alone = entry.mirrors().iter().all(|mirror| is_self(&mirror))
                && entry.mirrors.as_ref().is_some_and(|list| !list.open);
            for mirror in entry.mirrors().iter().filter(is_self) {
                let edit = if alone { None } else { resource.edit().remove_item(mirror.span) };
                out.report(
                    mirror.span,
                    format!("`{}` lists itself as a mirror under `NeverContactSource`", mirror.value),
                )
                .related(policy.span, "the policy is set here")
                .help(format!(
                    "{}; the Machine Config Operator stops at this: no change of image configuration \
                     reaches any node, and only its log says so",
                    if alone {
                        "name the registry that holds the copies, since a policy without a mirror does \
                         nothing"
                    } else {
                        "remove the mirror"
                    }
                ))
                .effect(Effect::Freezes)
                .fix(Fix::safe("remove the mirror", [edit]).map(Fix::changes_nodes));
            }
        }
    }
}
