//! Mirrors of mirrors are not used: if a mirror lacks an image, nodes do not try the mirrors of the mirror.

use crate::finding::Findings;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, groups, links};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorChain {}

impl Rule for MirrorChain {
    const META: Meta = Meta {
        id: "mirror-chain",
        summary: "a mirror that is itself a mirrored source",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let links = links(view);
        let groups = groups(&links);
        for link in
            links.iter().filter(|link| groups.get(link.from) != groups.get(link.to) || link.from == link.to)
        {
            out.report(
                link.mirror.span,
                format!("`{}` is also mirrored, but nodes do not ask its mirrors", link.mirror.value),
            )
            .related(link.target, "it is a source here")
            .help(format!(
                "list the mirrors of `{1}` here, too, if nodes should use them; for images of `{0}` a \
                     node asks only the mirrors of this entry and then the source, not the mirrors of \
                     `{1}`",
                link.from, link.to
            ));
        }
    }
}
