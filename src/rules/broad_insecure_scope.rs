//! If the allowlist allows only one repository of a registry, the rest of the registry need not be insecure.

use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::allowlist::allowlist;
use crate::model::scope::{ScopeSet, check_source, hostname};
use crate::node::nesting;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BroadInsecureScope {}

impl Rule for BroadInsecureScope {
    const META: Meta = Meta {
        id: "broad-insecure-scope",
        summary: "a whole registry that is insecure, although only a part is used",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        // Without an allowlist, pods may use any name.
        let Some((_, image)) = cluster.image() else { return };
        let Some(allowed) = allowlist(image) else { return };
        let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.insecure.as_ref()) else {
            return;
        };
        let broad = list
            .items
            .iter()
            .filter(|entry| !entry.value.contains('/') && check_source(&entry.value).is_none());
        let mut used: HashMap<&str, Used<'_>> =
            broad.clone().map(|entry| (entry.value.as_str(), Used::Nothing)).collect();
        if used.is_empty() {
            return;
        }
        let mirrors = cluster.mirror_entries().flat_map(|(_, _, entry)| entry.mirrors());
        let mut names: Vec<&Spanned<String>> = allowed.items.iter().chain(mirrors).collect();
        // A name sorts before the names that it contains.
        names.sort_by_key(|name| (name.value.len(), &name.value, name.span));
        for name in names {
            // The allowlist may name a part of the registry without the port that the entry has, or the reverse.
            for outer in nesting::outer(&name.value).chain([hostname(&name.value).into()]) {
                if let Some(used) = used.get_mut(&*outer) {
                    used.add(name);
                }
            }
        }
        let set = ScopeSet::new(&allowed.items);
        for entry in broad {
            let is_allowed = set.covering(&entry.value).is_some();
            let Some(Used::One(part)) = used.get(entry.value.as_str()).filter(|_| !is_allowed) else {
                continue;
            };
            if part.value == entry.value || check_source(&part.value).is_some() {
                continue;
            }
            out.report(
                entry.span,
                format!("all of `{}` is insecure, although only `{}` is used", entry.value, part.value),
            )
            .related(part.span, "the allowlist and the mirrors use only this part")
            .help(format!(
                "write `{}`; nodes pull nothing else from this registry, but if somebody widens the \
                 allowlist, they pull it without verified TLS",
                part.value
            ));
        }
    }
}

/// The names in a scope that nodes contact.
enum Used<'r> {
    Nothing,
    One(&'r Spanned<String>),
    Several,
}

impl<'r> Used<'r> {
    fn add(&mut self, name: &'r Spanned<String>) {
        *self = match self {
            Used::Nothing => Used::One(name),
            Used::One(one) if nesting::is_inside(&name.value, &one.value) => return,
            _ => Used::Several,
        };
    }
}
