//! An import list without the registries of OpenShift's own image streams.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::imports::{Import, ImportList};
use crate::model::neighbours::Samples;
use crate::openshift::Platform;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayloadImportNotAllowed {
    /// Registries of image streams that the clusters do not need.
    without: Vec<String>,
}

impl Rule for PayloadImportNotAllowed {
    const META: Meta = Meta {
        id: "payload-import-not-allowed",
        summary: "an import list without the registries of OpenShift's own image streams",
        category: Category::Registries,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.2.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some(imports) = cluster.image().and_then(|(_, image)| ImportList::of(image)) else { return };
        let is_missing = |registry: &String| {
            !imports.admits(&Import::from_registry(registry)) && !self.without.contains(registry)
        };
        let missing: Vec<String> = needs(cluster).into_iter().filter(is_missing).collect();
        let quoted: Vec<String> = missing.iter().map(|registry| format!("`{registry}`")).collect();
        let names = match &quoted[..] {
            [] => return,
            [only] => only.clone(),
            [others @ .., last] => format!("{} and {last}", others.join(", ")),
        };
        let who =
            match (missing.iter().any(|name| name == PAYLOAD), missing.iter().any(|name| name != PAYLOAD)) {
                (true, true) => "the Cluster Version Operator and the samples operator",
                (true, false) => "the Cluster Version Operator",
                _ => "the samples operator",
            };
        let consequence = if missing.iter().any(|name| name == PAYLOAD) {
            "an update with a new image stream stops"
        } else {
            "new sample image streams are missing"
        };
        let finding = out
            .report(imports.list.key, format!("`allowedRegistriesForImport` leaves out {names}"))
            .help(format!(
                "add {names}; the list limits image streams of all users, also of {who}: {consequence}"
            ));
        for registry in missing {
            finding.subject(registry);
        }
        let on_other_port = quoted.iter().find_map(|quoted| {
            let registry = quoted.trim_matches('`');
            imports.on_other_port(&Import::from_registry(registry))
        });
        if let Some((entry, port)) = on_other_port {
            finding.related(entry.span, format!("this allows only port {port}"));
        }
    }
}

/// The registry of the images in the image streams of a release.
const PAYLOAD: &str = "quay.io";

/// The registries that OpenShift's own image streams name on a platform (the manifests of a release, and the assets of
/// openshift/cluster-samples-operator).
fn needs(cluster: &Cluster) -> Vec<String> {
    let samples = match (cluster.samples(), cluster.platform) {
        (Samples::None | Samples::Registry(None), _) | (Samples::Default, Platform::Okd) => Vec::new(),
        (Samples::Registry(Some(registry)), _) => vec![registry],
        (Samples::Default, Platform::Ocp | Platform::Rosa | Platform::Aro) => {
            vec!["registry.redhat.io", "registry.access.redhat.com"]
        }
    };
    [PAYLOAD].into_iter().chain(samples).map(str::to_owned).collect()
}
