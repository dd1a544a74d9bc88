//! A registry list holds registries and repositories; a tag or digest makes an entry that matches next to nothing.

use super::invalid_scope::{FREEZES, freezes};
use crate::finding::Effect;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::named_entries;
use crate::model::scope::{Flaw, check_source};
use crate::openshift::VALIDATED_SCOPES;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::view::View;
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
        since: "0.1.0",
        page: include_str!("../../rules/tag-or-digest-in-scope.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                let what = match check_source(&entry.value) {
                    Some(Flaw::Tag) => "tag",
                    Some(Flaw::Digest) => "digest",
                    _ => continue,
                };
                let repository = repository(&entry.value);
                let freezes = !refused && freezes(view, list, entry);
                let effect = match (refused, list) {
                    _ if freezes => FREEZES.to_owned(),
                    (true, _) => "the API server refuses the object (from OpenShift 4.23 on)".to_owned(),
                    (false, "insecureRegistries") => {
                        "`registries.conf` matches names without tag and digest, so the entry does nothing"
                            .to_owned()
                    }
                    (false, _) => format!(
                        "`registries.conf` never matches it, `policy.json` only for exactly this {what}: the same image \
                         by another tag or by digest is another name"
                    ),
                };
                let edit =
                    check_source(repository).is_none().then(|| resource.edit().set(entry.span, repository));
                let finding = out
                    .report(entry.span, format!("`{}` has a {what}", entry.value))
                    .help(format!("{effect}; write `{repository}` for the whole repository"))
                    .fix(Fix::unsafe_(format!("remove the {what}"), [edit.flatten()]));
                if refused {
                    finding.effect(Effect::Refused);
                } else if freezes {
                    finding.effect(Effect::Freezes);
                } else {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}

/// The name without tag and digest.
fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[last..].find(':') {
        // On a bare host a number behind the colon is a port.
        Some(colon) if last > 0 || !name[colon + 1..].bytes().all(|b| b.is_ascii_digit()) => {
            &name[..last + colon]
        }
        _ => name,
    }
}
