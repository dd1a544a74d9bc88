//! A search registry is a host. With anything more, the runtime cannot load the drop-in.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::Cluster;
use crate::model::scope::{host, is_host};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidSearchRegistry {}

impl Rule for InvalidSearchRegistry {
    const META: Meta = Meta {
        id: "invalid-search-registry",
        summary: "a search registry that is more than a host, or listed twice",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, image) in cluster.images() {
            let Some(list) = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref())
            else {
                continue;
            };
            if list.items.is_empty() && !list.open {
                out.report(list.key, "the search list is empty")
                    .help(format!("name at least one registry, or remove the field; {}", resource.refusal()))
                    .effect(Effect::Refused);
            }
            let mut seen: HashMap<&str, Span> = HashMap::new();
            let mut hosts: HashSet<&str> =
                list.items.iter().map(|entry| entry.value.as_str()).filter(|name| is_host(name)).collect();
            for entry in &list.items {
                if let Some(first) = seen.get(entry.value.as_str()) {
                    let edit = resource.edit().remove_item(entry.span);
                    out.report(entry.span, format!("`{}` is listed twice", entry.value))
                        .related(*first, "it is here already")
                        .help(format!("remove one of the two; the list is a set, and {}", resource.refusal()))
                        .effect(Effect::Refused)
                        .fix(Fix::safe("remove the second", [edit]).map(Fix::changes_nodes));
                    continue;
                }
                seen.insert(&entry.value, entry.span);
                if is_host(&entry.value) {
                    continue;
                }
                let name = entry.value.rsplit_once("://").map_or(entry.value.as_str(), |(_, rest)| rest);
                let bare = host(name);
                // A path means less than the whole host.
                let is_all = name.trim_end_matches('/') == bare;
                let safety = if is_all { Safety::Safe } else { Safety::Unsafe };
                let what = if entry.value.is_empty() {
                    "an empty search registry".to_owned()
                } else if entry.value.contains('*') {
                    format!("search registry `{}` is a wildcard", entry.value)
                } else {
                    format!("`{}` is more than a host", entry.value)
                };
                // The host may be in the list already, and the list is a set.
                let (advice, title, edit) = if !is_host(bare) {
                    ("write a host, with a port if it needs one".to_owned(), String::new(), None)
                } else if hosts.insert(bare) {
                    (
                        format!("write `{bare}`"),
                        format!("write `{bare}`"),
                        resource.edit().set(entry.span, bare),
                    )
                } else {
                    let advice = format!("remove it, since `{bare}` is in the list already");
                    (advice, "remove the entry".to_owned(), resource.edit().remove_item(entry.span))
                };
                out.report(entry.span, what)
                    .help(format!(
                        "{advice}; the Machine Config Operator writes the list as it is and reboots the nodes, CRI-O does \
                         not start with such a list, and each rebooted node stays `NotReady`, `maxUnavailable` nodes of \
                         a pool at a time"
                    ))
                    .fix(Fix::of(title, safety, [edit]).map(Fix::changes_nodes));
            }
        }
    }
}
