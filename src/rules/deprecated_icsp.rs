//! ICSP is deprecated since OpenShift 4.13; an `ImageDigestMirrorSet` says the same.

use crate::crd::{MirrorKind, MirrorSet};
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::Resource;
use crate::openshift::MIRROR_SETS;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::yaml::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeprecatedIcsp {}

impl Rule for DeprecatedIcsp {
    const META: Meta = Meta {
        id: "deprecated-icsp",
        summary: "a deprecated ImageContentSourcePolicy",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/deprecated-icsp.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        // Before 4.13 there was nothing else.
        if cluster.version() < MIRROR_SETS {
            return;
        }
        for (resource, set) in cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Icsp) {
            let kind = resource.manifest.root().entry("kind");
            let span = kind.map_or_else(|| resource.span(), |entry| entry.value.span());
            out.report(span, "ImageContentSourcePolicy is deprecated")
                .help(
                    "it is deprecated since OpenShift 4.13 and will be removed; an ImageDigestMirrorSet with the same \
                     entries gives the same `registries.conf`, so no node is drained",
                )
                .fix(to_digest_mirror_set(resource, set));
        }
    }
}

/// The same object as an `ImageDigestMirrorSet`, in place.
fn to_digest_mirror_set(resource: &Resource, set: &MirrorSet) -> Option<Fix> {
    let root = resource.manifest.root();
    let edit = resource.edit();
    let value = |key: &str| root.get(key).map(Node::span);
    let mut edits = vec![
        edit.set(value("apiVersion")?, "config.openshift.io/v1"),
        edit.set(value("kind")?, "ImageDigestMirrorSet"),
    ];
    if let Some(list) = root.get("spec").and_then(|spec| spec.entry(set.kind.list_key())) {
        edits.push(Some(edit.rename(list.key.span(), MirrorKind::Digest.list_key())));
    }
    if let Some(status) = root.entry("status") {
        edits.push(edit.remove_entry(status.key.span()));
    }
    let metadata = root.get("metadata");
    for field in ["uid", "resourceVersion", "generation", "selfLink", "creationTimestamp", "managedFields"] {
        if let Some(entry) = metadata.and_then(|metadata| metadata.entry(field)) {
            edits.push(edit.remove_entry(entry.key.span()));
        }
    }
    Fix::safe("make it an ImageDigestMirrorSet", edits)
}
