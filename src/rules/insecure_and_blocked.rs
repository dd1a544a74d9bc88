//! Nodes pull nothing from a blocked registry, with or without verified TLS.

use crate::finding::{Findings, Fix, Safety};
use crate::node::lookup::Registries;
use crate::node::nesting;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InsecureAndBlocked {}

impl Rule for InsecureAndBlocked {
    const META: Meta = Meta {
        id: "insecure-and-blocked",
        summary: "an insecure registry that is blocked",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref())
            else {
                continue;
            };
            let blocked = view.blocked(resource);
            let around = |name: &str| nesting::outer(name).find_map(|outer| blocked.get(&*outer).copied());
            let mut idle: Vec<_> =
                list.items.iter().filter_map(|entry| Some((entry, around(&entry.value)?))).collect();
            if idle.is_empty() {
                continue;
            }
            let registries =
                view.files().and_then(|files| Registries::load(&files.registries_conf, None).ok());
            // Without its entry, a name must not match another entry that is not blocked.
            let next = |name: &str| registries.as_ref().and_then(|registries| registries.around(name));
            idle.retain(|(entry, _)| {
                let name = entry.value.as_str();
                blocked.contains_key(name) || next(name).is_some_and(|next| next.entry.blocked.is_set())
            });
            // An empty list differs from a missing one.
            let all = idle.len() == list.items.len() && !list.open;
            // A name inside a blocked scope has an entry of its own in `registries.conf` only because of this list.
            let are_blocked = idle.iter().all(|(entry, _)| blocked.contains_key(entry.value.as_str()));
            for (entry, blocker) in idle {
                let edit = resource.edit();
                let (title, edit) = if all {
                    ("remove the list", edit.remove_entry(list.key))
                } else {
                    ("remove the entry", edit.remove_item(entry.span))
                };
                let is_blocked = if all { are_blocked } else { blocked.contains_key(entry.value.as_str()) };
                let safety = if is_blocked { Safety::Safe } else { Safety::Unsafe };
                out.report(entry.span, format!("`{}` is insecure but blocked", entry.value))
                    .related(blocker.span, "it is blocked here")
                    .help(
                        "remove it; nodes do not contact the registry, so the entry has no effect until \
                         somebody removes the block, and then TLS is not verified",
                    )
                    .fix(Fix::of(title, safety, [edit]).map(Fix::changes_nodes));
            }
        }
    }
}
