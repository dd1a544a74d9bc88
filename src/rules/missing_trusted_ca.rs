//! The certificates that an `Image` names have to be in a ConfigMap of `openshift-config`.

use crate::finding::Findings;
use crate::model::trusted_ca::{NAMESPACE, TrustedCa, without_hash};
use crate::model::{Cluster, Resource, Standing};
use crate::read::crd::schema::nearest;
use crate::read::discover::STDIN;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MissingTrustedCa {
    /// Names of `ConfigMap`s in `openshift-config` that come from outside of this repository.
    allow: Vec<String>,
}

impl Default for MissingTrustedCa {
    fn default() -> Self {
        // The installer makes it from `additionalTrustBundle`.
        Self { allow: vec!["user-ca-bundle".to_owned()] }
    }
}

const HELP: &str = "the Machine Config Operator logs a warning and removes the registry certificates from \
                    the nodes, so pulls from these registries fail with `x509: certificate signed by \
                    unknown authority`";

impl Rule for MissingTrustedCa {
    const META: Meta = Meta {
        id: "missing-trusted-ca",
        summary: "`additionalTrustedCA` names a missing ConfigMap",
        category: Category::Trust,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_DUMPS: bool = false;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some(ca @ TrustedCa { name, found: None, .. }) = cluster.trusted_ca() else { return };
        let text = name.value.as_str();
        if self.allow.iter().any(|allowed| allowed == text) {
            return;
        }
        let elsewhere = cluster.config_maps().find(|(map, _)| map.name() == text);
        if let Some((map, _)) = elsewhere {
            let other = &map.identity().namespace;
            out.report(name.span, format!("`{text}` is a ConfigMap of `{other}`, not of `{NAMESPACE}`"))
                .related(place(map, "namespace"), "the operator looks only in `openshift-config`")
                .help(format!("put the ConfigMap into `{NAMESPACE}`; {HELP}"));
            return;
        }
        let generated = cluster.config_maps().find(|(map, _)| without_hash(map.name()) == Some(text));
        if let Some((map, _)) = generated {
            out.report(name.span, format!("kustomize renames `{text}` to `{}`", map.name()))
                .related(place(map, "name"), "a hash of its content is part of the name")
                .help(format!(
                    "write `options: {{disableNameSuffixHash: true}}` beside the generator of the \
                     ConfigMap; kustomize does not add the hash to the name in an `Image`: {HELP}"
                ));
            return;
        }
        let here = || cluster.config_maps().filter(|(map, _)| map.identity().namespace == NAMESPACE);
        let names = here().filter(|(_, map)| map.has_certificates()).map(|(map, _)| map.name());
        let near = nearest(text, names).and_then(|near| here().find(|(map, _)| map.name() == near));
        let message = format!("there is no ConfigMap `{text}` in `{NAMESPACE}`");
        if let Some((map, _)) = near {
            out.report(name.span, message)
                .related(place(map, "name"), "this one holds certificates")
                .help(format!("write `{}`, if this is meant; {HELP}", map.name()));
        } else if is_whole(cluster, &ca) {
            out.report(name.span, message).help(format!(
                "add the ConfigMap, correct the name, or list it under `allow` if something else makes it; \
                 {HELP}"
            ));
        }
    }
}

/// Whether these are all resources of the cluster, so that a missing ConfigMap does not exist.
fn is_whole(cluster: &Cluster, ca: &TrustedCa<'_>) -> bool {
    match cluster.standing {
        // A stream may contain a single object. Without any ConfigMap, it says nothing about ConfigMaps.
        _ if cluster.name == STDIN => cluster.config_maps().next().is_some(),
        // The file of the `Image` has such ConfigMaps, but not this one.
        Standing::Guessed => {
            let file = ca.image.manifest.file();
            cluster
                .config_maps()
                .any(|(map, certificates)| map.manifest.file() == file && certificates.has_certificates())
        }
        Standing::Exact => true,
    }
}

/// The text of a field of `metadata`, or of the whole object.
fn place(resource: &Resource, field: &str) -> Span {
    let metadata = resource.manifest.root().get("metadata");
    metadata
        .and_then(|metadata| metadata.get(field))
        .map_or_else(|| resource.kind_span(), crate::yaml::Node::span)
}
