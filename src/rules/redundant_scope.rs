//! An entry that another one of the same list covers changes nothing.

use crate::crd::List;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::scope::{ScopeSet, check_source, policy_names};
use crate::model::{Resource, named_lists};
use crate::node::nesting;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use crate::view::View;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedundantScope {}

impl Rule for RedundantScope {
    const META: Meta = Meta {
        id: "redundant-scope",
        summary: "a registry entry that another one covers, or that is listed twice",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/redundant-scope.md"),
    };

    fn check_nodes(&self, view: &View<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for (name, list) in named_lists(image) {
                let covering = Covering::of(view, resource, name, list);
                let mut seen: HashMap<&str, Span> = HashMap::new();
                for entry in list.items.iter().filter(|entry| check_source(&entry.value).is_none()) {
                    let edit = resource.edit().remove_item(entry.span);
                    if let Some(first) = seen.insert(&entry.value, entry.span) {
                        out.report(entry.span, format!("`{}` is listed twice", entry.value))
                            .related(first, "it is here already")
                            .help("the second entry changes nothing; remove it")
                            .fix(Fix::safe("remove the second", [edit]));
                    } else if let Some(outer) = covering.around(view, &entry.value) {
                        out.report(entry.span, format!("`{}` is covered by `{}`", entry.value, outer.value))
                            .related(outer.span, "this entry covers it")
                            .help("the narrower entry changes nothing; remove it, or the wider one if that was not meant")
                            .fix(Fix::safe("remove the entry", [edit]));
                    }
                }
            }
        }
    }
}

/// The entries of a list that make narrower ones redundant.
struct Covering<'r> {
    set: ScopeSet<'r>,
    list: &'static str,
}

impl<'r> Covering<'r> {
    fn of(
        view: &'r View<'_>,
        resource: &Resource,
        name: &'static str,
        list: &'r List<Spanned<String>>,
    ) -> Self {
        let cluster = view.cluster;
        let in_force = cluster.image().is_some_and(|(image, _)| image.span() == resource.span());
        let entries = match name {
            // The operator leaves out what covers the release.
            "blockedRegistries" if in_force => view.nodes().effective.policy_blocked.as_slice(),
            "blockedRegistries" => &[],
            // A signature may be asked for the wider scope, and not for the narrower.
            "allowedRegistries" if cluster.image_policies().next().is_some() => &[],
            _ => list.items.as_slice(),
        };
        Self { set: ScopeSet::new(entries), list: name }
    }

    /// The nearest entry around `name`, if `name` has nothing to add to it.
    fn around(&self, view: &View<'_>, name: &str) -> Option<&'r Spanned<String>> {
        let outer = policy_names(name).skip(1).find_map(|outer| self.set.get(&outer))?;
        // In `registries.conf` an entry may have inherited mirrors, and of the release's own repository each one counts.
        let is_apart = self.list == "allowedRegistries"
            || (view.sources().covering(name).is_none()
                && !nesting::is_inside(&view.cluster.release_repository, name));
        Some(outer).filter(|_| is_apart)
    }
}
