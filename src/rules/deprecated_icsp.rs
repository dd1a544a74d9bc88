//! ICSP is deprecated since OpenShift 4.13; an `ImageDigestMirrorSet` says the same.

use super::server_metadata_in_git;
use crate::crd::{MirrorKind, MirrorSet};
use crate::finding::Findings;
use crate::fix::{Fix, Safety};
use crate::model::Cluster;
use crate::model::Resource;
use crate::openshift::{MIRROR_SETS, Version};
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

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
        let new = || cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Digest);
        let by_name: HashMap<&str, &Resource> =
            new().map(|(resource, _)| (resource.name(), resource)).collect();
        let mirrored: HashMap<(&str, &str), &Resource> = new()
            .flat_map(|(resource, set)| pairs(set).map(move |(s, m)| ((s, m.value.as_str()), resource)))
            .collect();
        for (resource, set) in cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Icsp) {
            let finding = out.report(kind_span(resource), "`ImageContentSourcePolicy` is deprecated");
            let missing =
                pairs(set).find(|(source, mirror)| !mirrored.contains_key(&(*source, mirror.value.as_str())));
            let successor =
                pairs(set).find_map(|(source, mirror)| mirrored.get(&(source, mirror.value.as_str())));
            if let (Some(successor), None) = (successor, missing) {
                finding.stands_alone().related(kind_span(successor), "this has its mirrors").help(
                    "it is deprecated since OpenShift 4.13; all its mirrors are in an ImageDigestMirrorSet already: once \
                     the nodes have that, remove this one",
                );
            } else if let (Some(namesake), Some((_, mirror))) = (by_name.get(resource.name()), missing) {
                finding
                    .stands_alone()
                    .related(kind_span(namesake), "the ImageDigestMirrorSet of this name")
                    .related(mirror.span, "this mirror is not in it")
                    .help(
                        "it is deprecated since OpenShift 4.13, and the ImageDigestMirrorSet of its name lacks some of its \
                         mirrors: add them there before you remove this one",
                    );
            } else if is_alone(cluster.version()) {
                finding.help(
                    "it is deprecated since OpenShift 4.13, but this patch release takes no ImageDigestMirrorSet beside \
                     it: update to 4.13.27 or 4.14.3 before you replace it",
                );
            } else {
                finding
                    .help(
                        "it is deprecated since OpenShift 4.13 and will be removed; an ImageDigestMirrorSet with the same \
                         entries makes the same `registries.conf`, so no node is drained if it is there before the \
                         ImageContentSourcePolicy goes",
                    )
                    .fix(to_digest_mirror_set(resource, set));
            }
        }
    }
}

/// Every source with each of its mirrors.
fn pairs(set: &MirrorSet) -> impl Iterator<Item = (&str, &Spanned<String>)> {
    set.entries()
        .iter()
        .flat_map(|entry| entry.mirrors().iter().map(|mirror| (entry.source.value.as_str(), mirror)))
}

fn kind_span(resource: &Resource) -> Span {
    let kind = resource.manifest.root().entry("kind");
    kind.map_or_else(|| resource.span(), |entry| entry.value.span())
}

/// Whether the release refuses the old kind beside the new ones (openshift/kubernetes PRs 1780 and 1798,
/// openshift/machine-config-operator PR 3898).
fn is_alone(version: Version) -> bool {
    let first_with_both = |minor, patch| Version::first(4, minor)..Version::exact(4, minor, patch);
    first_with_both(13, 27).contains(&version) || first_with_both(14, 3).contains(&version)
}

/// The same object as an `ImageDigestMirrorSet`, in place.
pub fn to_digest_mirror_set(resource: &Resource, set: &MirrorSet) -> Option<Fix> {
    let root = resource.manifest.root();
    let edit = resource.edit();
    let value = |key: &str| root.get(key).map(Node::span);
    let mut edits = vec![
        edit.set(value("apiVersion")?, "config.openshift.io/v1"),
        edit.set(value("kind")?, "ImageDigestMirrorSet"),
    ];
    let mut safety = Safety::Safe;
    if let Some(list) = root.get("spec").and_then(|spec| spec.entry(set.kind.list_key())) {
        edits.push(edit.rename(list.key.span(), MirrorKind::Digest.list_key()));
        // The old kind has no policy, and the server dropped it; in the new one it would come into force.
        if list.value.items().any(|entry| entry.entry("mirrorSourcePolicy").is_some()) {
            safety = Safety::Unsafe;
        }
    }
    // The new kind takes every mirror once.
    for entry in set.entries() {
        let mut seen = HashSet::new();
        let twice = entry.mirrors().iter().filter(|mirror| !seen.insert(mirror.value.as_str()));
        edits.extend(edit.remove_items(&twice.map(|mirror| mirror.span).collect::<Vec<_>>()));
    }
    if let Some(status) = root.entry("status") {
        edits.push(edit.remove_entry(status.key.span()));
    }
    let metadata = root.get("metadata");
    let entries = server_metadata_in_git::FIELDS.iter().filter_map(|field| metadata?.entry(field));
    let mut keys: Vec<Span> = entries.map(|entry| entry.key.span()).collect();
    // What `oc apply` once sent, which was of the old kind.
    let annotations = metadata.and_then(|metadata| metadata.entry("annotations"));
    if let Some((annotations, last)) =
        annotations.and_then(|entry| Some((entry, entry.value.entry(LAST_APPLIED)?)))
    {
        if annotations.value.raw_pairs().count() == 1 {
            keys.push(annotations.key.span());
        } else {
            edits.push(edit.remove_entry(last.key.span()));
        }
    }
    edits.extend(edit.remove_entries(&keys));
    let title = "make it an ImageDigestMirrorSet";
    if safety == Safety::Safe { Fix::safe(title, edits) } else { Fix::unsafe_(title, edits) }
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
