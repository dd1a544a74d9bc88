//! A scope in a mirrored wildcard would have to inherit its mirrors. The operator cannot do this, and stops.

use crate::finding::{Effect, Findings};
use crate::node::Stop;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WildcardSourceWithNestedScope {}

impl Rule for WildcardSourceWithNestedScope {
    const META: Meta = Meta {
        id: "wildcard-source-with-nested-scope",
        summary: "an insecure or blocked registry inside a mirrored wildcard",
        category: Category::Mirrors,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Err(Stop::NestedInWildcard { source, nested }) = &view.nodes().files else { return };
        for scope in nested {
            out.report(
                scope.span,
                format!("`{}` lies in the mirrored wildcard `{}`", scope.value, source.value),
            )
            .related(source.span, "the wildcard has mirrors here")
            .help(format!(
                "write separate mirrors for `{}`, or name hosts instead of the wildcard; the Machine \
                 Config Operator cannot copy the mirrors of a wildcard, and stops with an internal error: \
                 no change of image configuration reaches any node, and only its log says so",
                scope.value
            ))
            .effect(Effect::Freezes);
        }
    }
}
