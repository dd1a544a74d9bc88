//! Signatures for images that no node may pull: the operator treats this as a mistake, and stops.

use crate::finding::{Effect, Findings};
use crate::node::{Stop, image_policies};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImagePolicyOutsideAllowlist {}

impl Rule for ImagePolicyOutsideAllowlist {
    const META: Meta = Meta {
        id: "image-policy-outside-allowlist",
        summary: "an image policy for a scope that is not allowed or is blocked",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let sources = view.cluster.image().and_then(|(_, image)| image.registry_sources.as_ref());
        let allowed = sources.and_then(|sources| sources.allowed.as_ref());
        for stop in image_policies::misplaced(view.cluster, &view.nodes().effective) {
            // If the policy comes with the release, a list is wrong, not the policy. Other rules report it.
            let Some((scope, span)) = stop.policy_scope().and_then(|scope| Some((scope, scope.span?))) else {
                continue;
            };
            let (message, related, advice) = match &stop {
                Stop::PolicyOutsideAllowed { allowed: list, .. } => {
                    // A template may add what is missing.
                    if allowed.is_some_and(|list| list.open) {
                        continue;
                    }
                    let message = format!("`{}` needs signatures but is not allowed", scope.name);
                    (
                        message,
                        list.first().map(|span| (*span, "this list does not cover it")),
                        "allow the scope",
                    )
                }
                Stop::PolicyInsideBlocked { blocked, .. } => {
                    let message = format!("`{}` needs signatures but is blocked", scope.name);
                    (message, Some((*blocked, "it is blocked here")), "unblock the scope")
                }
                _ => continue,
            };
            let finding = out.report(span, message);
            if let Some((span, why)) = related {
                finding.related(span, why);
            }
            finding.effect(Effect::Freezes).help(format!(
                "{advice}, or remove it from the policy; the Machine Config Operator stops at this: no \
                 change of image configuration reaches any node, and only its log says so"
            ));
        }
    }
}
