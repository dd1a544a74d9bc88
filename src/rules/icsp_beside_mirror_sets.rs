//! The old kind beside the new ones: the first patches of two releases refuse it, later ones merge both.

use crate::finding::{Effect, Findings};
use crate::icsp::{ReplacedBy, Replacements};
use crate::model::Cluster;
use crate::openshift::{MIRROR_SETS, Version, Versions};
use crate::read::crd::{Kind, MirrorKind};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IcspBesideMirrorSets {}

impl Rule for IcspBesideMirrorSets {
    const META: Meta = Meta {
        id: "icsp-beside-mirror-sets",
        summary: "ImageContentSourcePolicy beside the kinds that replace it",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &["deprecated-icsp"],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let version = cluster.version();
        // An older release does not have the new kinds, and a hosted cluster accepts neither; other rules report both.
        if version < MIRROR_SETS || cluster.is_hosted() {
            return;
        }
        let sets =
            |icsp| cluster.mirror_sets().filter(move |(_, set)| (set.kind == MirrorKind::Icsp) == icsp);
        let Some((other, set)) = sets(false).next() else { return };
        let name = Kind::Mirrors(set.kind).name();
        let refused = REFUSING.iter().any(|versions| versions.contains(version));
        let replacements = Replacements::of(cluster);
        for (resource, old) in sets(true).take(if refused { usize::MAX } else { 1 }) {
            let finding =
                out.report(resource.kind_span(), format!("`ImageContentSourcePolicy` beside `{name}`"));
            finding.related(other.kind_span(), "the new kind is here");
            if refused {
                finding.severity(Severity::Error).effect(Effect::Refused).help(format!(
                    "update to 4.13.27, 4.14.3 or later first, or change all of them at once; OpenShift \
                     {version} accepts only one of the two kinds: the API server refuses the second"
                ));
            } else {
                // The advice is the same as that of the rule about the deprecated kind.
                let then = match replacements.of_old(resource, old) {
                    ReplacedBy::Whole(_) => {
                        "remove this object after the rollout of the `ImageDigestMirrorSet` that has all \
                         its mirrors"
                    }
                    ReplacedBy::Empty(_) => {
                        "remove this empty object, since an `ImageDigestMirrorSet` has its name"
                    }
                    ReplacedBy::InPart(..) => {
                        "add the missing mirrors to the `ImageDigestMirrorSet` of the same name, and \
                         remove this object"
                    }
                    ReplacedBy::No => "convert the other objects to `ImageDigestMirrorSet`, too",
                };
                finding.help(format!(
                    "{then}, so that one kind has all mirrors; both kinds are in force, and the operator \
                     merges the mirrors of a source that both name"
                ));
            }
        }
    }
}

/// Lifted by openshift/kubernetes pull requests 1685, 1780 and 1798 and machine-config-operator 3898.
const REFUSING: [Versions; 2] = [
    Versions { since: Some(Version::first(4, 13)), before: Some(Version::exact(4, 13, 27)) },
    Versions { since: Some(Version::first(4, 14)), before: Some(Version::exact(4, 14, 3)) },
];
