//! The operator looks up the mirrors of every scope that needs signatures. If it cannot, it stops.

use crate::finding::{Effect, Findings};
use crate::node::{PolicyOwner, Stop};
use crate::openshift::ReleaseScope;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnresolvableImagePolicyScope {}

impl Rule for UnresolvableImagePolicyScope {
    const META: Meta = Meta {
        id: "unresolvable-image-policy-scope",
        summary: "an image policy for a scope whose mirrors cannot be determined",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        match &view.nodes().files {
            Err(Stop::SignatureScope { scope, entry, why }) => {
                // No file contains a scope of the release's own policy, but one contains its mirrors.
                let Some(span) = scope.span.or_else(|| entry.first().copied()) else { return };
                let finding =
                    out.report(span, format!("the mirrors of `{}` cannot be determined", scope.name));
                let advice = if scope.owner == PolicyOwner::Release {
                    "write its mirrors as full names, with a registry that has a dot or a port"
                } else {
                    "name the repositories of the scope one by one, or remove the entry that makes the \
                     name invalid"
                };
                if let Some(source) =
                    view.sources().covering(&scope.name).filter(|source| source.span() != span)
                {
                    finding.related(source.span(), "it is mirrored here");
                }
                let stops = match scope.owner {
                    PolicyOwner::Release => stops(view),
                    _ => "the Machine Config Operator stops at this".to_owned(),
                };
                finding.effect(Effect::Freezes).help(format!("{advice}; {stops} ({why}): {CONSEQUENCE}"));
            }
            // Another rule reports schemes.
            Err(Stop::Unloadable(error)) if !error.has_scheme() => {
                let Some(span) = error.spans.first() else { return };
                let finding = out.report(*span, "the mirrors of image policies cannot be determined");
                for other in error.spans.iter().skip(1) {
                    finding.related(*other, "this contradicts it");
                }
                finding.effect(Effect::Freezes).help(format!(
                    "write the name once, without a slash at the end; {} ({}): {CONSEQUENCE}",
                    stops(view),
                    error.why
                ));
            }
            _ => {}
        }
    }
}

const CONSEQUENCE: &str = "no change of image configuration reaches any node, and only its log says so";

/// Why the operator looks up the mirrors.
fn stops(view: &ClusterView<'_>) -> String {
    let scopes: Vec<_> = view.cluster.release_scopes().iter().collect();
    if scopes.is_empty() {
        "the Machine Config Operator stops at this".to_owned()
    } else {
        let policy = ReleaseScope::policy_of(&scopes);
        format!("the Machine Config Operator looks up the mirrors of the scopes of {policy}, and stops")
    }
}
