//! Without an allowlist and a blocklist, nodes pull every image that a pod spec names.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::List;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnrestrictedPull {}

impl Rule for UnrestrictedPull {
    const META: Meta = Meta {
        id: "unrestricted-pull",
        summary: "pulls from every registry",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Strict,
        security: Some("4.3"),
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some((resource, image)) = cluster.whole_image() else { return };
        let is_set = |list: &Option<List<Spanned<String>>>| {
            list.as_ref().is_some_and(|list| list.open || !list.items.is_empty())
        };
        let sources = || cluster.images().filter_map(|(_, image)| image.registry_sources.as_ref());
        if sources().any(|sources| is_set(&sources.allowed) || is_set(&sources.blocked)) {
            return;
        }
        let span =
            image.registry_sources.as_ref().map_or_else(|| resource.kind_span(), |sources| sources.key);
        out.report(span, "neither `allowedRegistries` nor `blockedRegistries` names a registry").help(
            "list the trusted registries under `allowedRegistries`, with `quay.io`, `registry.redhat.io` \
             and `image-registry.openshift-image-registry.svc:5000` for OpenShift; nodes pull images from \
             any registry that a pod spec names",
        );
    }
}
