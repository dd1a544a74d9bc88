//! Pull secrets of a pod are for the registry that it names, not for its mirrors.

use crate::finding::Findings;
use crate::pull::Verdict;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::view::View;
use crate::workload::Pull;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProjectPullSecret {}

impl Rule for ProjectPullSecret {
    const META: Meta = Meta {
        id: "project-pull-secret",
        summary: "pull secrets of a pod whose image is mirrored",
        category: Category::Workloads,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/project-pull-secret.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        for asked in view.asked().filter(|asked| matches!(asked.image.pull, Pull::Node | Pull::NodeByDigest))
        {
            let (Some(secrets), Some(resolution)) = (&asked.image.pull_secrets, asked.resolution()) else {
                continue;
            };
            let refused =
                resolution.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected);
            let mut mirrors = resolution.reachable().filter(|source| source.pull_from_mirror.is_some());
            let mirror = mirrors.next().and_then(|mirror| mirror.spans.first()).filter(|_| !refused);
            let (Some(mirror), Some(source)) = (mirror, &resolution.matched_prefix) else { continue };
            out.report(secrets.span, format!("these pull secrets are not for the mirrors of `{source}`"))
                .subject(source)
                .related(*mirror, "nodes ask this mirror first")
                .help(
                    "mirrors are asked with the credentials of the global pull secret, `pull-secret` in `openshift-config`, \
                     alone; put them there",
                );
        }
    }
}
