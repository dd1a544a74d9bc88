//! The operator looks up the mirrors of every scope with signatures; where it cannot, it stops.

use crate::finding::Effect;
use crate::finding::Findings;
use crate::node::Stop;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnresolvableImagePolicyScope {}

impl Rule for UnresolvableImagePolicyScope {
    const META: Meta = Meta {
        id: "unresolvable-image-policy-scope",
        summary: "an image policy for a scope whose mirrors cannot be told",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/unresolvable-image-policy-scope.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let Err(Stop::SignatureScope { scope, why }) = &view.nodes().files else { return };
        let finding = out.report(scope.span, format!("the mirrors of `{}` cannot be told", scope.value));
        if let Some(source) = view.sources().covering(&scope.value) {
            finding.related(source.span(), "it is mirrored here");
        }
        finding.effect(Effect::Freezes).help(format!(
            "the Machine Config Operator stops at it ({why}): no change of image configuration reaches any node, and only its \
             log says so; name the repositories of the scope one by one, or remove what keeps it from being read"
        ));
    }
}
