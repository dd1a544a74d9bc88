//! An entry that another entry of the same list covers has no effect.

use crate::finding::{Findings, Fix};
use crate::model::scope::{ScopeSet, check_source, policy_names};
use crate::model::{Resource, named_lists};
use crate::node::lookup::{Registries, Registry};
use crate::node::{RegistriesConf, nesting};
use crate::read::crd::List;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedundantScope {}

impl Rule for RedundantScope {
    const META: Meta = Meta {
        id: "redundant-scope",
        summary: "a registry entry that another entry covers, or that is listed twice",
        category: Category::Registries,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for (resource, image) in view.cluster.images() {
            for (name, list) in named_lists(image) {
                let covering = Covering::of(view, resource, name, list);
                let mut seen: HashMap<&str, Span> = HashMap::new();
                for entry in list.items.iter().filter(|entry| check_source(&entry.value).is_none()) {
                    let edit = || resource.edit().remove_item(entry.span);
                    if let Some(first) = seen.insert(&entry.value, entry.span) {
                        if covering.is_release(&entry.value) {
                            continue;
                        }
                        out.report(entry.span, format!("`{}` is listed twice", entry.value))
                            .related(first, "it is here already")
                            .help("remove it; the second entry changes nothing")
                            .fix(Fix::safe("remove the second", [edit()]));
                    } else if let Some(outer) = covering.around(&entry.value) {
                        out.report(entry.span, format!("`{}` is covered by `{}`", entry.value, outer.value))
                            .related(outer.span, "this entry covers it")
                            .help(
                                "remove it, or remove the wider entry if it was not intended; the narrower \
                                 entry changes nothing",
                            )
                            .fix(Fix::unsafe_("remove the entry", [edit()]).map(Fix::changes_nodes));
                    }
                }
            }
        }
    }
}

/// The entries of a list that may make narrower entries redundant.
struct Covering<'r> {
    set: ScopeSet<'r>,
    /// The file that is made from the list, apart from `policy.json`.
    file: Option<&'r RegistriesConf>,
    conf: OnceCell<Option<Conf<'r>>>,
    /// The release's repository: each blocked entry around it counts.
    release: Option<&'r str>,
}

impl<'r> Covering<'r> {
    fn of(
        view: &'r ClusterView<'_>,
        resource: &Resource,
        name: &str,
        list: &'r List<Spanned<String>>,
    ) -> Self {
        let cluster = view.cluster;
        let is_allowed = name == "allowedRegistries";
        let is_blocked = name == "blockedRegistries";
        // The effect of an `Image` that is not in force is unknown.
        let in_force = cluster.image().is_some_and(|(image, _)| image.span() == resource.span());
        // The wider scope may need a signature that the narrower one does not.
        let is_signed = (is_allowed || is_blocked) && cluster.image_policies().next().is_some();
        let file = view.files().filter(|_| !is_allowed).map(|files| &files.registries_conf);
        let entries: &[_] = if is_signed || !(is_allowed || (in_force && file.is_some())) {
            &[]
        } else if is_blocked {
            // The operator leaves out entries that cover the release.
            &view.nodes().effective.policy_blocked
        } else {
            &list.items
        };
        Self {
            set: ScopeSet::new(entries),
            file,
            conf: OnceCell::new(),
            release: (is_blocked && in_force).then_some(cluster.release_repository.as_str()),
        }
    }

    /// The nearest entry around `name`, if `name` adds nothing to it.
    fn around(&self, name: &str) -> Option<&'r Spanned<String>> {
        let outer = policy_names(name).skip(1).find_map(|outer| self.set.get(&outer))?;
        let conf = self.file.map(|file| self.conf.get_or_init(|| Conf::new(file)));
        let is_idle = conf.is_none_or(|conf| conf.as_ref().is_some_and(|conf| conf.is_idle(name)));
        Some(outer).filter(|_| is_idle && !self.is_release(name))
    }

    fn is_release(&self, name: &str) -> bool {
        self.release.is_some_and(|release| nesting::is_inside(release, name))
    }
}

/// The entries that nodes compare names with.
struct Conf<'r> {
    registries: Registries<'r>,
    /// Wildcards around other entries.
    wildcards: HashSet<Cow<'r, str>>,
}

impl<'r> Conf<'r> {
    fn new(conf: &'r RegistriesConf) -> Option<Self> {
        let registries = Registries::load(conf, None).ok()?;
        let around = conf.entries.iter().flat_map(|entry| nesting::outer(entry.scope()).skip(1));
        Some(Self { registries, wildcards: around.filter(|outer| outer.starts_with("*.")).collect() })
    }

    /// Whether the entry for `name` has no effect: without it, names match an entry with the same effect.
    fn is_idle(&self, name: &str) -> bool {
        // A wildcard hides hosts in it of the same length.
        if self.wildcards.contains(name) {
            return false;
        }
        let own = self.registries.find(name).filter(|own| own.prefix == name);
        let (Some(own), Some(next)) = (own, self.registries.around(name)) else { return false };
        let flags = |registry: &Registry<'_>| {
            let entry = registry.entry;
            (entry.insecure.is_set(), entry.blocked.is_set(), entry.mirrors.is_empty())
        };
        flags(own) == flags(next) && own.entry.mirrors.is_empty()
    }
}
