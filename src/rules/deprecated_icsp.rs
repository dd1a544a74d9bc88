//! ICSP is deprecated since OpenShift 4.13; an `ImageDigestMirrorSet` has the same effect.

use crate::finding::Findings;
use crate::icsp::{ReplacedBy, Replacements};
use crate::openshift::{MIRROR_SETS, Version};
use crate::read::crd::MirrorKind;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;
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

    const IS_FOR_TEMPLATES: bool = true;

    const ASKS_FOR_CONVERSIONS: bool = true;

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        // Before 4.13, there is no other kind.
        if cluster.version() < MIRROR_SETS {
            return;
        }
        let replacements = Replacements::of(cluster);
        for (resource, set) in cluster.mirror_sets().filter(|(_, set)| set.kind == MirrorKind::Icsp) {
            let finding = out.report(resource.kind_span(), "`ImageContentSourcePolicy` is deprecated");
            if is_alone(cluster.version()) {
                finding.help(
                    "update to 4.13.27 or 4.14.3 before you replace it; it is deprecated since OpenShift \
                     4.13, but this patch release accepts no ImageDigestMirrorSet beside it",
                );
                continue;
            }
            if cluster.is_hosted() && !resource.is_of_node_pool() {
                finding.help(
                    "write its entries under `spec.imageContentSources` of the HostedCluster, and remove \
                     it; it is deprecated since OpenShift 4.13, and a hosted cluster accepts no mirror \
                     sets of users",
                );
                continue;
            }
            match replacements.of_old(resource, set) {
                ReplacedBy::Whole(new) => {
                    finding.stands_alone().related(new.kind_span(), "this has its mirrors").help(
                        "remove it once the nodes have the ImageDigestMirrorSet with all its mirrors, which is \
                         here already; it is deprecated since OpenShift 4.13",
                    );
                }
                ReplacedBy::Empty(new) => {
                    finding
                        .stands_alone()
                        .related(new.kind_span(), "the ImageDigestMirrorSet of this name")
                        .help(
                            "remove it; it is deprecated since OpenShift 4.13 and has no mirrors, and an \
                             ImageDigestMirrorSet already has its name",
                        );
                }
                ReplacedBy::InPart(namesake, mirror) => {
                    finding
                        .stands_alone()
                        .related(namesake.kind_span(), "the ImageDigestMirrorSet of this name")
                        .related(mirror, "this mirror is not in it")
                        .help(
                            "add the missing mirrors to the ImageDigestMirrorSet of the same name, and \
                             then remove this object; it is deprecated since OpenShift 4.13",
                        );
                }
                ReplacedBy::No => {
                    let conversion = view.conversion(resource);
                    let mut help = String::from(
                        "write an ImageDigestMirrorSet with the same entries, and apply it before the old object is removed; \
                         the nodes get the same `registries.conf`, so none is drained; the kind is deprecated since OpenShift 4.13",
                    );
                    if let Err(Some(why)) = &conversion {
                        let _ = write!(
                            help,
                            "; no fix is offered, since {why}: also change by hand what belongs to it"
                        );
                    }
                    if let Some(place) = view.mention(resource) {
                        finding.related(place, "this names the object by its old kind");
                        help += "; also change the texts that name it by its old kind";
                    }
                    finding.help(help).fix(conversion.ok());
                }
            }
        }
    }
}

/// Whether the release refuses the old kind beside the new ones (openshift/kubernetes PRs 1780 and 1798,
/// openshift/machine-config-operator PR 3898).
fn is_alone(version: Version) -> bool {
    let first_with_both = |minor, patch| Version::first(4, minor)..Version::exact(4, minor, patch);
    first_with_both(13, 27).contains(&version) || first_with_both(14, 3).contains(&version)
}
