//! The runtime uses only the longest match: a source with any mirror of its own inherits none.

use crate::finding::Findings;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShadowedMirrors {}

impl Rule for ShadowedMirrors {
    const META: Meta = Meta {
        id: "shadowed-mirrors",
        summary: "a source whose mirrors hide those of the source around it",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let payload = view.cluster.payload();
        for source in
            view.sources().iter().filter(|source| !source.is_open() && source.real().next().is_some())
        {
            let Some(parent) = view.sources().around(source.name) else { continue };
            let hidden = |pulls: &Pulls| parent.serves(*pulls) && !source.serves(*pulls);
            for pulls in Pulls::BOTH.into_iter().filter(hidden) {
                let how = if pulls == Pulls::ByTag { "tag" } else { "digest" };
                let advice = match pulls {
                    Pulls::ByTag if !view.cluster.takes_tag_mirrors() => {
                        "name images by digest, since this cluster accepts no mirrors for tags".to_owned()
                    }
                    Pulls::ByTag => "add the mirrors for it in an ImageTagMirrorSet".to_owned(),
                    Pulls::ByDigest => format!("add the mirrors for it in {}", view.cluster.digest_mirrors()),
                };
                // The images of a release are pulled by digest, so mirrors for tags do not matter.
                if pulls == Pulls::ByTag && payload.repositories().any(|name| name == source.name) {
                    continue;
                }
                let Some(served) = parent.real().find(|rule| rule.pulls() == pulls) else { continue };
                out.report(
                    source.span(),
                    format!("`{}` has no mirrors for pulls by {how}, unlike `{}`", source.name, parent.name),
                )
                .related(served.source().span, "the mirrors of this source do not apply there")
                .help(format!(
                    "{advice}; a node uses only the nearest source, so pulls by {how} go directly to `{}`",
                    source.name
                ));
            }
        }
    }
}
