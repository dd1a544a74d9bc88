//! An image whose name the policy of the nodes refuses.

use crate::finding::Findings;
use crate::model::allowlist::allowlist;
use crate::model::scope::{ScopeSet, hostname};
use crate::pull::Verdict;
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageNotAllowed {}

impl Rule for ImageNotAllowed {
    const META: Meta = Meta {
        id: "image-not-allowed",
        summary: "an image that the cluster does not let run",
        category: Category::Workloads,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let allowed = view.cluster.image().and_then(|(_, image)| allowlist(image));
        let entries = ScopeSet::new(allowed.into_iter().flat_map(|list| &list.items));
        for asked in view.asked_of_policy().filter(|asked| asked.image.pull != Pull::Import) {
            let Some(resolution) = asked.resolution() else { continue };
            let policy = resolution.policy.as_ref().filter(|policy| policy.verdict == Verdict::Rejected);
            let Some(policy) = policy else { continue };
            let image = &asked.image.image;
            let who = match asked.image.pull {
                Pull::Build => "a build has the policy of the nodes, and it",
                Pull::Catalogd => "catalogd has the policy of its node, and it",
                _ => "the policy on the nodes",
            };
            if policy.scope.is_some() {
                let Some(blocked) = policy.spans.first() else { continue };
                // A scope with a tag or a digest does not decide about the next version of the image.
                let whole = policy.scope.as_ref() == Some(&resolution.normalized);
                let subject = if whole { &resolution.normalized } else { &resolution.repository };
                out.report(image.span, format!("`{}` is blocked", image.value))
                    .subject(subject)
                    .related(*blocked, "it is blocked here")
                    .help(format!(
                        "use an image from another registry; {who} refuses the name, and no mirror helps"
                    ));
                continue;
            }
            // Another rule reports a blocked release that makes nodes refuse all other images.
            let Some(allowed) = allowed else { continue };
            let finding = out
                .report(image.span, format!("`{}` is not allowed", image.value))
                .subject(&resolution.repository)
                .related(allowed.key, "this list does not cover it")
                .help(format!(
                    "allow its registry or repository, or use an image from an allowed registry; {who} \
                     refuses every name that is not on the list, and looks at the name in the workload, \
                     not at the name of a mirror"
                ));
            let host = image.value.split('/').next().unwrap_or_default();
            if let Some(portless) = entries.get(hostname(host)).filter(|_| host.contains(':')) {
                finding.related(portless.span, "without the port this is another name");
            }
        }
    }
}
