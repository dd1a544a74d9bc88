//! A blocked and mirrored release repository, with nothing else blocked, makes an allowlist: nodes accept that repository
//! and refuse all others.

use crate::finding::{Findings, Fix};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadLockout {}

impl Rule for PayloadLockout {
    const META: Meta = Meta {
        id: "payload-lockout",
        summary: "a blocked release repository that makes nodes refuse every other image",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((resource, image)) = view.cluster.image() else { return };
        let lists = &view.nodes().effective;
        let written = image.registry_sources.as_ref().and_then(|sources| sources.allowed.as_ref());
        let blocked = image.registry_sources.as_ref().and_then(|sources| sources.blocked.as_ref());
        let open = [written, blocked].into_iter().flatten().any(|list| list.open);
        // The operator allows the repository, so that the cluster can pull its release, and nothing else is blocked.
        let allows = written.is_none_or(|list| list.items.is_empty()) && lists.policy_blocked.is_empty();
        // If the release has an image policy for more than this repository, the operator stops instead.
        if open || !allows || !view.release_policy_stops().is_empty() {
            return;
        }
        for scope in &lists.allowed {
            // Two equal entries cannot be in two fixes.
            let edit = if lists.allowed.len() == 1 { resource.edit().remove_item(scope.span) } else { None };
            let finding = out
                .report(
                    scope.span,
                    format!("blocking only `{}` makes nodes refuse every other image", scope.value),
                )
                .help(
                    "remove the entry, and write `mirrorSourcePolicy: NeverContactSource` on its mirrors \
                     instead; since the release has a mirror, the Machine Config Operator allows its \
                     repository in `policy.json`, and with nothing else blocked the default becomes \
                     `reject`: no other image starts on any node, not even images of OpenShift",
                )
                .fix(Fix::unsafe_("remove the entry", [edit]).map(Fix::changes_nodes));
            if let Some(source) = view.sources().covering(&scope.value) {
                finding.related(source.span(), "its mirrors are set here");
            }
        }
    }
}
