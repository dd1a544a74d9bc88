//! Nodes cannot pull a short name from a blocked registry in which they find it.

use crate::finding::Findings;
use crate::model::scope::check_mirror;
use crate::pull::{Resolution, Resolver, Verdict};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchRegistryBlocked {}

impl Rule for SearchRegistryBlocked {
    const META: Meta = Meta {
        id: "search-registry-blocked",
        summary: "a search registry that is blocked",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((_, image)) = view.cluster.image() else { return };
        let search = image.registry_sources.as_ref().and_then(|sources| sources.search.as_ref());
        let (Some(list), Some(files)) = (search, view.files()) else { return };
        let resolver = Resolver::of_files(files);
        for entry in list.items.iter().filter(|entry| check_mirror(&entry.value).is_none()) {
            let resolution = resolver.resolve(&format!("{}/some/image:latest", entry.value));
            let Some(blocked) = blocked(&resolution) else { continue };
            out.report(entry.span, format!("`{}` is searched but blocked", entry.value))
                .related(blocked, "it is blocked here")
                .help(
                    "remove it from the search list, or unblock it; nodes refuse a short name at this \
                     registry, and in some short-name modes they then try no other registry",
                );
        }
    }
}

/// The text that blocks the image, if there is one.
fn blocked(resolution: &Resolution) -> Option<Span> {
    let policy = resolution.policy.as_ref()?;
    // An image that the default rejects is not blocked, but left out of an allowlist.
    if policy.verdict == Verdict::Rejected && policy.scope.is_some() {
        return policy.spans.first().copied();
    }
    if resolution.reachable().next().is_some() {
        return None;
    }
    let blocker = resolution.sources.iter().rev().find_map(|source| source.blocked_by.as_ref())?;
    blocker.spans.first().copied()
}
