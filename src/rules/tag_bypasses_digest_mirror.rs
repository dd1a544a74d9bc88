//! Nodes do not use mirrors for digests when they pull by tag.

use crate::finding::Findings;
use crate::pull::Verdict;
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TagBypassesDigestMirror {}

impl Rule for TagBypassesDigestMirror {
    const META: Meta = Meta {
        id: "tag-bypasses-digest-mirror",
        summary: "a tag whose registry is mirrored for digests only",
        category: Category::Workloads,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        if !view.nodes().is_whole() {
            return;
        }
        let instead = if view.cluster.takes_tag_mirrors() {
            "give the source an ImageTagMirrorSet, too"
        } else {
            "use the name of the image at the mirror, since this cluster accepts no mirrors for tags"
        };
        for asked in view.asked() {
            let image = &asked.image.image;
            let who = match asked.image.pull {
                Pull::Node => "nodes pull",
                Pull::Catalogd => "catalogd, which has the files of its node, pulls",
                Pull::NodeByDigest | Pull::Build | Pull::Import => continue,
            };
            let Some(resolution) = asked.resolution().filter(|_| !image.value.contains('@')) else {
                continue;
            };
            let refused =
                resolution.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected);
            let [source] = resolution.sources.as_slice() else { continue };
            // If nodes do not contact the source either, another rule reports the image.
            if refused || source.blocked_by.is_some() || source.pull_from_mirror.is_some() {
                continue;
            }
            let mut mirrors =
                resolution.passed_over.iter().filter(|mirror| mirror.location != source.location);
            let Some(mirror) = mirrors.next().and_then(|mirror| mirror.spans.first()) else { continue };
            out.report(
                image.span,
                format!("`{}` is pulled by tag, but its mirrors serve only digests", image.value),
            )
            .subject(&resolution.repository)
            .related(*mirror, "nodes ask this mirror only for pulls by digest")
            .help(format!(
                "name the image by its digest, or {instead}; {who} it directly from `{}`, which fails \
                     in a disconnected network",
                source.location
            ));
        }
    }
}
