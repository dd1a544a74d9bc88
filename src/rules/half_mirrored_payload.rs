//! A release is an image that names two hundred others, which lie in another repository.

use crate::finding::Findings;
use crate::openshift::{is_release_content, payload};
use crate::pull::Resolver;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HalfMirroredPayload {}

impl Rule for HalfMirroredPayload {
    const META: Meta = Meta {
        id: "half-mirrored-payload",
        summary: "a release mirrored without the images that it is made of, or the reverse",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/half-mirrored-payload.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let [release, components] = payload(cluster.platform, &cluster.release_repository);
        // A release that comes from elsewhere brings its images from there; what a template adds may be the other half.
        if !is_release_content(release) || !view.nodes().open.is_empty() {
            return;
        }
        let Some(files) = view.files() else { return };
        let resolver = Resolver::of_files(files);
        let mirrored = |name: &str| {
            let resolution = resolver.resolve(&format!("{name}@sha256:{}", "0".repeat(64)));
            resolution.sources.iter().any(|source| source.pull_from_mirror.is_some())
        };
        let (with, without) = match (mirrored(release), mirrored(components)) {
            (true, false) => (release, components),
            (false, true) => (components, release),
            _ => return,
        };
        let Some(source) = view.sources().covering(with) else { return };
        out.report(source.span(), format!("`{with}` is mirrored by digest, `{without}` is not")).help(
            "a release is one image that names the rest by digest, and an update needs both repositories: without a \
             way to the internet it fails half-way; add an entry for the other",
        );
    }
}
