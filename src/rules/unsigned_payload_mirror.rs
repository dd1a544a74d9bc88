//! The mirror of a release needs the signatures of the release, and not every tool copies them.

use crate::finding::{Findings, listed};
use crate::openshift::{RELEASE_POLICIES, RESERVED_POLICY_NAMES, ReleaseScope, release_scopes};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnsignedPayloadMirror {}

impl Rule for UnsignedPayloadMirror {
    const META: Meta = Meta {
        id: "unsigned-payload-mirror",
        summary: "a mirrored release whose signatures have to be in the mirror",
        category: Category::Trust,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        // If the release of the cluster is unknown, it may not need signatures.
        let Some(version) = cluster.openshift.filter(|version| *version >= RESERVED_POLICY_NAMES) else {
            return;
        };
        if !cluster.may_have_release_policy() || !cluster.platform.brings_image_policy() {
            return;
        }
        let is_before = version < RELEASE_POLICIES;
        let scopes = release_scopes(if is_before { RELEASE_POLICIES } else { version });
        let mirrored: Vec<(&ReleaseScope, _)> = scopes
            .iter()
            .filter_map(|scope| Some((scope, view.sources().covering(scope.name)?)))
            .filter(|(_, source)| source.serves(Pulls::ByDigest) && !source.is_open())
            .collect();
        let Some((first, source)) = mirrored.first() else { return };
        let names = listed(mirrored.iter().map(|(scope, _)| scope.name));
        let scopes: Vec<&ReleaseScope> = mirrored.iter().map(|(scope, _)| *scope).collect();
        let update = if is_before {
            format!(
                "; OpenShift {version} refuses the update to {RELEASE_POLICIES} until somebody acknowledges it \
                 (`ack-4.20-sigstore-in-4.21`)"
            )
        } else {
            String::new()
        };
        out.report(source.span(), format!("the mirrors of `{}` must contain its signatures", first.name))
            .help(format!(
                "copy the signatures with the images: oc-mirror v2 does, `oc adm release mirror` and `oc \
                 image mirror` do not; {} requires signatures for {names}, and if the mirror has none, a \
                 node stops with `A signature was required, but no signature exists`{update}",
                ReleaseScope::policy_of(&scopes)
            ));
    }
}
