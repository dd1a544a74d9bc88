//! A registry list contains registries and repositories; an entry with a tag or a digest matches almost nothing.

use crate::finding::{Effect, Findings, Fix};
use crate::model::Cluster;
use crate::model::named_entries;
use crate::model::scope::repair::effect;
use crate::model::scope::{Flaw, check_source, repository};
use crate::openshift::VALIDATED_SCOPES;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TagOrDigestInScope {}

impl Rule for TagOrDigestInScope {
    const META: Meta = Meta {
        id: "tag-or-digest-in-scope",
        summary: "a registry entry with a tag or a digest",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                let what = match check_source(&entry.value) {
                    Some(Flaw::Tag) => "tag",
                    Some(Flaw::Digest) => "digest",
                    _ => continue,
                };
                let whole = repository(&entry.value);
                let mut before = match list {
                    "insecureRegistries" => {
                        "`registries.conf` matches names without tag and digest, so the entry does nothing"
                            .to_owned()
                    }
                    "blockedRegistries" => format!(
                        "`registries.conf` never matches it, and `policy.json` blocks only this {what}: \
                         nodes still pull the same image by any other tag or digest"
                    ),
                    _ => format!(
                        "`policy.json` allows only this {what}: nodes refuse the same image by any other \
                         tag or digest"
                    ),
                };
                // containers/image `openshift/openshift_transport.go`: behind a single slash, a scope of the transport
                // `atomic` has no tag. The operator writes this transport beside `docker`.
                if list != "insecureRegistries" && entry.value.matches('/').count() == 1 {
                    before.push_str(", and a runtime with the transport `atomic` does not load the file");
                }
                let effect = effect(cluster, &before);
                let edit = check_source(whole).is_none().then(|| resource.edit().set(entry.span, whole));
                let finding = out
                    .report(entry.span, format!("`{}` has a {what}", entry.value))
                    .help(format!("write `{whole}` for the whole repository; {effect}"))
                    .fix(
                        Fix::unsafe_(format!("remove the {what}"), [edit.flatten()]).map(Fix::changes_nodes),
                    );
                if refused {
                    finding.effect(Effect::Refused);
                } else {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}
