//! For a wildcard, the runtime replaces only the host by the mirror. A port stays, and the name is invalid.

use crate::finding::Findings;
use crate::model::scope::host;
use crate::openshift::INTERNAL_REGISTRY;
use crate::pull::{ResolveError, Resolver};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirroredSource};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WildcardSourceWithPort {}

impl Rule for WildcardSourceWithPort {
    const META: Meta = Meta {
        id: "wildcard-source-with-port",
        summary: "a mirrored wildcard around a registry with a port",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let sources = view.sources();
        if !sources.iter().any(|source| source.name.starts_with("*.")) {
            return;
        }
        let Some(files) = view.files() else { return };
        let resolver = Resolver::of_files(files);
        let mut failing: BTreeMap<&str, Failing<'_>> = BTreeMap::new();
        for (name, span) in pulled(view) {
            let Some(source) = sources.covering(name).filter(|source| source.name.starts_with("*.")) else {
                continue;
            };
            if !host(name).contains(':') {
                continue;
            }
            let fails = |suffix: &str| {
                let resolution = resolver.resolve(&format!("{name}{suffix}"));
                matches!(resolution.error, Some(ResolveError::Rewrite(_)))
            };
            if fails(&format!("/some/image@sha256:{}", "0".repeat(64))) || fails("/some/image:latest") {
                failing.entry(source.name).or_insert((source, Vec::new())).1.push((name, span));
            }
        }
        for (source, names) in failing.into_values() {
            let (name, span) = names[0];
            let finding = out.report(
                source.span(),
                format!("`{}` has mirrors that no image of `{name}` can use", source.name),
            );
            finding.subject(source.name);
            for (name, _) in names {
                finding.subject(host(name));
            }
            if let Some(span) = span {
                finding.related(span, "this registry has a port");
            }
            finding.help(format!(
                "write a separate entry for `{}`; the mirror replaces the host but not the port, as in \
                 `mirror/path:5000/image`, which is not a valid name: these pulls fail before nodes \
                 contact any place",
                host(name)
            ));
        }
    }
}

/// A source, and the registries whose images have no valid name at its mirrors.
type Failing<'v> = (&'v MirroredSource<'v>, Vec<(&'v str, Option<Span>)>);

/// Registries from which images are known to be pulled, with the text that shows it.
fn pulled<'v>(view: &ClusterView<'v>) -> impl Iterator<Item = (&'v str, Option<Span>)> {
    let sources = view.cluster.image().and_then(|(_, image)| image.registry_sources.as_ref());
    let lists = sources.into_iter().flat_map(|sources| [&sources.allowed, &sources.search]).flatten();
    let named = lists.flat_map(|list| &list.items).map(|entry| (entry.value.as_str(), Some(entry.span)));
    named.chain([(INTERNAL_REGISTRY, None)])
}
