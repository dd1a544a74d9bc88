//! A release is an image that names about two hundred other images, which are in another repository.

use crate::finding::{Findings, listed};
use crate::openshift::{
    Payload, TWO_COMPONENT_REPOSITORIES, Version, is_nightly_release, is_release_content,
};
use crate::pull::Resolver;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HalfMirroredPayload {}

impl Rule for HalfMirroredPayload {
    const META: Meta = Meta {
        id: "half-mirrored-payload",
        summary: "a release mirrored without its component images, or the reverse",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let payload = cluster.payload();
        // A release from another repository has its component images there, too.
        if !is_release_content(payload.release) || !view.nodes().is_whole() {
            return;
        }
        // The component images of nightly releases are in another repository.
        if view.sources().iter().any(|source| is_nightly_release(source.name)) {
            return;
        }
        let resolver = view.files().map(Resolver::of_files);
        let mirrored = |name: &&str| {
            // If the operator stops for another reason, only the mirror sets decide.
            if cluster.beside.as_ref().is_some_and(|beside| beside.serves_digests(name)) {
                return true;
            }
            let Some(resolver) = &resolver else {
                return view.sources().covering(name).is_some_and(|source| source.serves(Pulls::ByDigest));
            };
            let resolution = resolver.resolve(&format!("{name}@sha256:{}", "0".repeat(64)));
            resolution.sources.iter().any(|source| source.pull_from_mirror.is_some())
        };
        let (with, without): (Vec<&str>, Vec<&str>) = payload.repositories().partition(mirrored);
        let (Some(first), false) = (with.first(), without.is_empty()) else { return };
        let Some(source) = view.sources().covering(first) else { return };
        // If the release is unknown, only repositories that every release uses are certainly missing.
        let of_old = Payload::of(cluster.platform, Version::new(4, 20), &cluster.release_repository);
        let is_sure =
            cluster.openshift.is_some() || of_old.repositories().any(|name| without.contains(&name));
        let (have, lack) = (listed(with.iter().copied()), listed(without.iter().copied()));
        let (is, are) =
            (if with.len() == 1 { "is" } else { "are" }, if without.len() == 1 { "is" } else { "are" });
        let finding = out.report(source.span(), format!("{have} {is} mirrored by digest, {lack} {are} not"));
        for name in &without {
            finding.subject(*name);
        }
        let mirror = format!("add an entry for {lack}");
        if is_sure {
            finding.help(format!(
                "{mirror}: a release is one image that names the others by digest, and an installation or \
                 update pulls all of them; without internet access it stops half-way"
            ));
        } else {
            finding.severity(Severity::Note).help(format!(
                "{mirror} before OpenShift {TWO_COMPONENT_REPOSITORIES}, whose releases take their images from there, too; \
                 where all clusters are older, write their release as `openshift` in `.pullwarden.yaml`"
            ));
        }
    }
}
