//! Without `allowedRegistriesForImport`, every user may import images from every registry.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnrestrictedImport {}

impl Rule for UnrestrictedImport {
    const META: Meta = Meta {
        id: "unrestricted-import",
        summary: "imports from every registry",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Strict,
        security: Some("4.3"),
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some((resource, _)) = cluster.whole_image() else { return };
        let lists = || cluster.images().filter_map(|(_, image)| image.allowed_registries_for_import.as_ref());
        if lists().any(|list| list.open || !list.items.is_empty()) {
            return;
        }
        let span = lists().next().map_or_else(|| resource.kind_span(), |list| list.key);
        out.report(span, "`allowedRegistriesForImport` names no registry").help(
            "list the trusted registries, each with its `domainName`, and those of OpenShift's own image \
             streams; without the list, everybody who can create an image stream may import images from \
             any registry",
        );
    }
}
