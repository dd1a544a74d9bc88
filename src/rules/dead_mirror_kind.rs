//! Mirrors in a kind that no component reads.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::Neighbour;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeadMirrorKind {}

impl Rule for DeadMirrorKind {
    const META: Meta = Meta {
        id: "dead-mirror-kind",
        summary: "mirrors in an ImageContentPolicy, which nothing reads",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, neighbour) in cluster.neighbours() {
            let Neighbour::ContentPolicy { has_tags } = neighbour else { continue };
            let by_tag = match (has_tags, cluster.takes_tag_mirrors()) {
                (false, _) => "",
                (true, true) => ", and an ImageTagMirrorSet for the entries with `allowMirrorByTags`",
                (true, false) => "; the cluster does not accept mirrors for pulls by tag",
            };
            out.report(resource.kind_span(), "no component reads an `ImageContentPolicy`").help(format!(
                "write {}{by_tag}; OpenShift installs this kind, but the Machine Config Operator does not \
                 read it: no node gets these mirrors",
                cluster.digest_mirrors()
            ));
        }
    }
}
