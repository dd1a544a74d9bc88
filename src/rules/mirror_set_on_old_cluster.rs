//! `ImageDigestMirrorSet` and `ImageTagMirrorSet` exist from OpenShift 4.13 on.

use crate::finding::{Effect, Findings};
use crate::model::Cluster;
use crate::openshift::MIRROR_SETS;
use crate::read::crd::{Kind, MirrorKind};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorSetOnOldCluster {}

impl Rule for MirrorSetOnOldCluster {
    const META: Meta = Meta {
        id: "mirror-set-on-old-cluster",
        summary: "a mirror set on a release without this kind",
        category: Category::Mirrors,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        if cluster.version() >= MIRROR_SETS {
            return;
        }
        for (resource, set) in cluster.mirror_sets().filter(|(_, set)| set.kind != MirrorKind::Icsp) {
            // From the same settings, an old installer makes an object of the old kind.
            if resource.carrier.as_ref().is_some_and(|carrier| carrier.kind.makes_objects()) {
                continue;
            }
            let kind = resource.manifest.root().entry("kind");
            let span = kind.map_or_else(|| resource.span(), |entry| entry.value.span());
            let name = Kind::Mirrors(set.kind).name();
            let instead = if set.kind == MirrorKind::Digest {
                "write an ImageContentSourcePolicy"
            } else {
                "mirror by digest"
            };
            out.report(span, format!("OpenShift {} has no `{name}`", cluster.version()))
                .help(format!(
                    "{instead} until the cluster has OpenShift 4.13, the first release with this kind; the \
                     API server refuses the object"
                ))
                .effect(Effect::Refused);
        }
    }
}
