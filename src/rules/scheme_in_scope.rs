//! `https://` in a registry list gets past the Machine Config Operator and breaks the node's `registries.conf`.

use super::invalid_scope::effect;
use crate::finding::Effect;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::named_entries;
use crate::model::scope::{Flaw, check_source};
use crate::openshift::VALIDATED_SCOPES;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
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

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let refused = cluster.version() >= VALIDATED_SCOPES;
        for (resource, image) in cluster.images() {
            for (list, entry) in named_entries(image) {
                if check_source(&entry.value) != Some(Flaw::Scheme) {
                    continue;
                }
                let bare = entry.value.rsplit_once("://").map_or("", |(_, rest)| rest).trim_end_matches('/');
                let usable = check_source(bare).is_none();
                let advice =
                    if usable { format!("write `{bare}`") } else { "write the registry alone".to_owned() };
                let before = if list == "allowedRegistries" {
                    "the entry allows nothing, since no image name begins with a scheme"
                } else {
                    "the Machine Config Operator writes it as it is, the node's container runtime cannot load \
                     `registries.conf`, and every pull on every node fails"
                };
                let effect = effect(cluster, before);
                let edit = usable.then(|| resource.edit().set(entry.span, bare)).flatten();
                let finding = out
                    .report(entry.span, format!("`{}` has a scheme", entry.value))
                    .help(format!("{effect}; {advice}"))
                    .fix(Fix::safe("remove the scheme", [edit]));
                if refused {
                    finding.effect(Effect::Refused);
                }
            }
        }
    }
}
