//! ICSP is deprecated since OpenShift 4.13; an `ImageDigestMirrorSet` says the same.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::Resource;
use crate::openshift::{MIRROR_SETS, Version};
use crate::read::crd::{MirrorKind, MirrorSet};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write;

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
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        // Before 4.13 there was nothing else.
        if cluster.version() < MIRROR_SETS {
            return;
        }
        let replacements = Replacements::of(cluster);
        for (resource, set) in cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Icsp) {
            let finding = out.report(kind_span(resource), "`ImageContentSourcePolicy` is deprecated");
            if is_alone(cluster.version()) {
                finding.help(
                    "update to 4.13.27 or 4.14.3 before you replace it; it is deprecated since OpenShift 4.13, \
                     and this patch release takes no ImageDigestMirrorSet beside it",
                );
                continue;
            }
            if cluster.is_hosted() && !resource.is_of_node_pool() {
                finding.help(
                    "write its entries under `spec.imageContentSources` of the HostedCluster, and remove it; it is deprecated \
                     since OpenShift 4.13, and a hosted cluster takes no mirror sets of users",
                );
                continue;
            }
            match replacements.of_old(resource, set) {
                Replaced::Whole(new) => {
                    finding.stands_alone().related(kind_span(new), "this has its mirrors").help(
                        "remove it once the nodes have the ImageDigestMirrorSet with all its mirrors, which is \
                         here already; it is deprecated since OpenShift 4.13",
                    );
                }
                Replaced::Empty(new) => {
                    finding
                        .stands_alone()
                        .related(kind_span(new), "the ImageDigestMirrorSet of this name")
                        .help(
                            "remove it; it is deprecated since OpenShift 4.13 and has no mirrors, and an \
                             ImageDigestMirrorSet has its name already",
                        );
                }
                Replaced::InPart(namesake, mirror) => {
                    finding
                        .stands_alone()
                        .related(kind_span(namesake), "the ImageDigestMirrorSet of this name")
                        .related(mirror, "this mirror is not in it")
                        .help(
                            "add its mirrors to the ImageDigestMirrorSet of its name, which lacks some of \
                             them, before you remove this one; it is deprecated since OpenShift 4.13",
                        );
                }
                Replaced::No => {
                    let successor = resource.successor();
                    let mut help = String::from(
                        "write an ImageDigestMirrorSet with the same entries; it makes the same `registries.conf`, so no node \
                         is drained if it is there before the ImageContentSourcePolicy goes, which is deprecated since \
                         OpenShift 4.13",
                    );
                    if let Err(Some(why)) = &successor {
                        let _ = write!(
                            help,
                            "; no fix is offered, since {why}: change what belongs to it by hand, too"
                        );
                    }
                    if let Some(place) = resource.mention() {
                        finding.related(place, "this calls it by its old kind");
                        help += "; what calls it by its old kind has to change with it";
                    }
                    finding.help(help).fix(successor.ok());
                }
            }
        }
    }
}

/// What the objects of the new kind have of the old ones.
pub(super) struct Replacements<'c> {
    by_name: HashMap<&'c str, &'c Resource>,
    mirrored: HashMap<(&'c str, &'c str), &'c Resource>,
}

/// What of an old object is in new ones.
pub(super) enum Replaced<'c> {
    /// All its mirrors.
    Whole(&'c Resource),
    /// It has no mirrors, and this has its name.
    Empty(&'c Resource),
    /// This has its name, but not the mirror there.
    InPart(&'c Resource, Span),
    /// Nothing, or something under another name.
    No,
}

impl<'c> Replacements<'c> {
    pub(super) fn of(cluster: &'c Cluster) -> Self {
        let new = || cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Digest);
        let by_name = new().map(|(resource, _)| (resource.name(), resource)).collect();
        let mirrored = new()
            .flat_map(|(resource, set)| pairs(set).map(move |(s, m)| ((s, m.value.as_str()), resource)))
            .collect();
        Self { by_name, mirrored }
    }

    pub(super) fn of_old(&self, resource: &Resource, set: &MirrorSet) -> Replaced<'c> {
        let mut all =
            pairs(set).map(|(source, mirror)| (mirror, self.mirrored.get(&(source, mirror.value.as_str()))));
        let missing = all.clone().find(|(_, new)| new.is_none());
        let new = all.find_map(|(_, new)| new);
        match (missing, new, self.by_name.get(resource.name())) {
            (None, Some(new), _) => Replaced::Whole(new),
            (None, None, Some(namesake)) => Replaced::Empty(namesake),
            (Some((mirror, _)), _, Some(namesake)) => Replaced::InPart(namesake, mirror.span),
            (_, _, None) => Replaced::No,
        }
    }
}

/// Every source with each of its mirrors.
fn pairs(set: &MirrorSet) -> impl Iterator<Item = (&str, &Spanned<String>)> + Clone {
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
