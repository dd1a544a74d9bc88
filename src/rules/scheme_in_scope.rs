//! `https://` in a registry list gets past the Machine Config Operator and breaks the node's `registries.conf`.

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
pub struct SchemeInScope {}

impl Rule for SchemeInScope {
    const META: Meta = Meta {
        id: "scheme-in-scope",
        summary: "a registry entry with a scheme",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/scheme-in-scope.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                if check_source(&entry.value) != Some(Flaw::Scheme) {
                    continue;
                }
                let bare = entry.value.split_once("://").map_or("", |(_, rest)| rest).trim_end_matches('/');
                let freezes = !refused && freezes(view, list, entry);
                let effect = match (refused, list) {
                    _ if freezes => FREEZES,
                    (true, _) => "the API server refuses the object (from OpenShift 4.23 on)",
                    (false, "allowedRegistries") => {
                        "the entry allows nothing: `policy.json` knows no schemes"
                    }
                    (false, _) => {
                        "the Machine Config Operator writes it as it is, the node's container runtime cannot load \
                         `registries.conf`, and every pull on every node fails"
                    }
                };
                let edit =
                    (check_source(bare).is_none()).then(|| resource.edit().set(entry.span, bare)).flatten();
                let finding = out
                    .report(entry.span, format!("`{}` has a scheme", entry.value))
                    .help(format!("{effect}; write `{bare}`"))
                    .fix(Fix::safe("remove the scheme", [edit]));
                if refused {
                    finding.effect(Effect::Refused);
                } else if freezes {
                    finding.effect(Effect::Freezes);
                }
            }
        }
    }
}
