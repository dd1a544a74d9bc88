//! An image that may run, but that nodes cannot pull from any place.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::pull::{Resolution, ResolveError, Verdict};
use crate::read::workload::Pull;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageUnreachable {}

impl Rule for ImageUnreachable {
    const META: Meta = Meta {
        id: "image-unreachable",
        summary: "an image that nodes cannot pull from any place",
        category: Category::Workloads,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        if !view.nodes().is_whole() {
            return;
        }
        for asked in view.asked().filter(|asked| !asked.answer.is_short) {
            let image = &asked.image.image;
            let by_name = asked.image.is_pulled_as_written();
            let Some(resolution) = asked.answer.resolutions.first().filter(|_| by_name) else { continue };
            let Some(why) = why(resolution, view.cluster) else { continue };
            let message = format!("`{}` cannot be pulled from anywhere", image.value);
            let finding = out.report(image.span, message).subject(&resolution.repository);
            finding.help(if asked.image.pull == Pull::Catalogd {
                why.help.replace("pods with it stay in ImagePullBackOff", "the catalog is not served")
            } else {
                why.help
            });
            for (span, text) in why.related {
                finding.related(span, text);
            }
        }
    }
}

/// Why a node does not get an image.
struct Why {
    related: Vec<(Span, String)>,
    help: String,
}

fn why(resolution: &Resolution, cluster: &Cluster) -> Option<Why> {
    if let Some(ResolveError::Rewrite(_)) = resolution.error {
        let text = || "the mirrors of this source give an invalid name".to_owned();
        let related = resolution.matched_spans.first().map(|span| (*span, text())).into_iter().collect();
        let help = "write the registry with its port as a separate source; the whole lookup fails, so \
                    nodes do not ask the source either";
        return Some(Why { related, help: help.to_owned() });
    }
    let refused = resolution.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected);
    if resolution.error.is_some() || refused || resolution.reachable().next().is_some() {
        return None;
    }
    let mut related: Vec<(Span, String)> = Vec::new();
    for source in &resolution.sources {
        let blocker = source.blocked_by.as_ref().and_then(|blocker| blocker.spans.first());
        if let Some(span) = blocker.filter(|span| related.iter().all(|(other, _)| other != *span)) {
            related.push((*span, format!("this makes nodes skip `{}`", source.location)));
        }
    }
    let passed_over = resolution.passed_over.first();
    related.extend(
        passed_over.and_then(|mirror| {
            Some((*mirror.spans.first()?, "nodes do not ask it for such pulls".to_owned()))
        }),
    );
    let by_digest = resolution.requested.contains('@');
    let help = match (passed_over.is_some(), by_digest) {
        (true, false) => {
            let instead = if cluster.takes_tag_mirrors() {
                "give the source an ImageTagMirrorSet, too"
            } else {
                "use the name of the image at the mirror, since this cluster accepts no mirrors for tags"
            };
            format!(
                "name the image by its digest, or {instead}; its mirrors serve only pulls by digest, and \
                 nodes do not ask the source"
            )
        }
        (true, true) => format!(
            "give the source {}, too; its mirrors serve only pulls by tag, and nodes do not ask the source",
            cluster.digest_mirrors()
        ),
        (false, _) => {
            "unblock one of these places, or add a mirror that is not blocked; pods with it stay in ImagePullBackOff".to_owned()
        }
    };
    Some(Why { related, help })
}
