//! Base64 is not encryption: everybody who clones a repository gets the credentials in it.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::read::crd::Typed;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PullSecretInGit {}

impl Rule for PullSecretInGit {
    const META: Meta = Meta {
        id: "pull-secret-in-git",
        summary: "registry credentials in plain text",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: Some("8.5"),
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for resource in cluster.resources() {
            let Typed::PullSecret(secret) = &resource.typed else { continue };
            for leak in &secret.leaks {
                let of = match leak.registries {
                    1 => "a registry".to_owned(),
                    count => format!("{count} registries"),
                };
                // No message shows the value, or even the names of the registries.
                let key = &leak.key.value;
                out.report(leak.key.span, format!("`{key}` holds credentials for {of} in plain text"))
                    .subject(key)
                    .subject(leak.registries.to_string())
                    .help(
                        "revoke these credentials, and give the cluster new ones from a vault \
                         (ExternalSecret) or encrypted (SealedSecret, SOPS); everybody who reads this \
                         repository, or a copy of its history, can pull as this user, and often push",
                    );
            }
        }
    }
}
