//! A mirror set without an entry mirrors nothing.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::openshift::MIRROR_SETS;
use crate::read::crd::{Kind, MirrorKind};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::Kind as Shape;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SkeletonMirrorSet {}

impl Rule for SkeletonMirrorSet {
    const META: Meta = Meta {
        id: "skeleton-mirror-set",
        summary: "a mirror set without entries",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set) in cluster.mirror_sets() {
            // An empty list in settings makes no object.
            if resource.made_by().is_some() {
                continue;
            }
            let Some(spec) = resource.manifest.root().get("spec") else { continue };
            let empty = set.entries.as_ref().is_none_or(|list| list.items.is_empty() && !list.open);
            // Entries under another key are lost, which another rule reports.
            let other = spec.entries().iter().any(|entry| entry.key.text() != set.kind.list_key());
            let known = set.kind == MirrorKind::Icsp || cluster.version() >= MIRROR_SETS;
            if !empty || other || !known || spec.kind() != Shape::Mapping {
                continue;
            }
            let kind = Kind::Mirrors(set.kind).name();
            out.report(resource.kind_span(), format!("this `{kind}` has no entries")).help(
                "add entries, or remove it; it mirrors nothing, but the Machine Config Operator writes \
                 `registries.conf` because of it",
            );
        }
    }
}
