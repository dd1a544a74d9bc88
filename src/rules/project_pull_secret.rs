//! Nodes use the pull secrets of a pod for the registry in its image name, not for the mirrors of that registry.

use crate::finding::Findings;
use crate::model::reference::Reference;
use crate::model::scope::host;
use crate::openshift::CREDENTIAL_PROVIDER;
use crate::pull::Verdict;
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
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
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let provider = view.cluster.credential_provider();
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
            if provider.is_some_and(|provider| provider.covers(&resolution.repository)) {
                continue;
            }
            let host = host(&resolution.repository);
            // Some people name the registry that needs the credentials, which is the mirror.
            let misplaced = provider.and_then(|provider| {
                resolution.reachable().filter(|source| source.pull_from_mirror.is_some()).find_map(|source| {
                    let name = Reference::parse(&source.reference).ok()?;
                    provider.pattern_for(name.name()).cloned()
                })
            });
            let global = view.cluster.global_pull_secret();
            let help = if misplaced.is_some() {
                format!(
                    "write `{host}` under `matchImages`, which lists registries as pods name them, not their mirrors; until then, nodes use only the credentials of {global} for mirrors"
                )
            } else if view.cluster.has_credential_provider() {
                format!(
                    "put the credentials of the mirrors into {global}; or name `{host}` under `matchImages` of the \
                     CRIOCredentialProviderConfig `cluster`, from OpenShift {CREDENTIAL_PROVIDER} on: nodes then use the secrets of the pod's namespace for mirrors, too"
                )
            } else {
                format!("put the credentials of the mirrors into {global}; nodes use no others for mirrors")
            };
            let finding = out
                .report(
                    secrets.span,
                    format!("nodes do not use these pull secrets for the mirrors of `{source}`"),
                )
                .subject(source)
                .related(*mirror, "nodes ask this mirror first")
                .help(help);
            if let Some(pattern) = misplaced {
                finding.related(
                    pattern.span,
                    "this names the mirror, but nodes compare it with the name in the pod",
                );
            }
        }
    }
}
