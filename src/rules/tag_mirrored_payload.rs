//! Nodes always pull a release by digest, so they never use mirrors for tags.

use crate::finding::Findings;
use crate::openshift::is_release_content;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TagMirroredPayload {}

impl Rule for TagMirroredPayload {
    const META: Meta = Meta {
        id: "tag-mirrored-payload",
        summary: "releases mirrored for pulls by tag only",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for source in view.sources().iter().filter(|source| !source.is_open()) {
            let release = is_release_content(source.name) || source.name == view.cluster.release_repository;
            if !release || !source.serves(Pulls::ByTag) || source.serves(Pulls::ByDigest) {
                continue;
            }
            out.report(
                source.span(),
                format!("`{}` is pulled by digest, but mirrored only by tag", source.name),
            )
            .help(format!(
                "write {}; nodes and updates pull releases and their images by digest, so they never ask \
                 these mirrors",
                view.cluster.digest_mirrors()
            ));
        }
    }
}
