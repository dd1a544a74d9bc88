//! `registrySources` takes either a list of what is allowed or one of what is blocked.

use crate::finding::Effect;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::openshift::EXCLUSIVE_LISTS;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowedAndBlocked {}

impl Rule for AllowedAndBlocked {
    const META: Meta = Meta {
        id: "allowed-and-blocked",
        summary: "allowed and blocked registries in one configuration",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/allowed-and-blocked.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        let cluster = view.cluster;
        let in_force = cluster.image().map(|(resource, _)| resource.span());
        for (resource, image) in cluster.images() {
            let Some(sources) = &image.registry_sources else { continue };
            let (Some(allowed), Some(blocked)) = (&sources.allowed, &sources.blocked) else { continue };
            let refused = cluster.version() >= EXCLUSIVE_LISTS;
            // Before 4.18 only filled lists exclude each other, and not those that allow just the release, nor blocked
            // ones that the operator leaves out.
            let contradict = || view.nodes().effective.contradict(&cluster.release_image());
            let filled = !allowed.items.is_empty() && !blocked.items.is_empty();
            let is_in_force = in_force == Some(resource.span());
            if !refused && !(filled && (!is_in_force || contradict())) {
                continue;
            }
            let effect = if refused {
                "the API server refuses the object, even when one of the lists is empty"
            } else {
                "the Machine Config Operator stops at it: no change of image configuration reaches any node, and only \
                 its log says so"
            };
            let empty = [blocked, allowed].into_iter().find(|list| list.items.is_empty() && !list.open);
            let edit = empty.and_then(|list| resource.edit().remove_entry(list.key));
            let finding = out.report(blocked.key, "`blockedRegistries` beside `allowedRegistries`");
            finding
                .related(allowed.key, "what is not allowed here is blocked already")
                .help(format!("{effect}; keep one of the two"))
                .field("spec.registrySources")
                .fix(Fix::safe("remove the empty list", [edit]));
            if refused {
                finding.effect(Effect::Refused);
            } else if is_in_force {
                finding.effect(Effect::Freezes);
            }
        }
    }
}
