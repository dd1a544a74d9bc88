//! The operator allows a blocked and mirrored release repository once for every scope around it, but accepts only one such
//! entry.

use crate::finding::{Edit, Effect, Findings, Fix};
use crate::model::Resource;
use crate::node::nesting;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OverlappingPayloadBlocks {}

impl Rule for OverlappingPayloadBlocks {
    const META: Meta = Meta {
        id: "overlapping-payload-blocks",
        summary: "two blocked scopes around the mirrored release repository",
        category: Category::Registries,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((resource, image)) = view.cluster.image() else { return };
        let written = image.registry_sources.as_ref().and_then(|sources| sources.allowed.as_ref());
        let lists = &view.nodes().effective;
        // With an allowlist, the lists exclude each other anyway, which another rule reports.
        if written.is_some_and(|list| !list.items.is_empty() || list.open)
            || !lists.contradict(&view.cluster.release_image())
            // A single one of them stops the operator, too.
            || !view.release_policy_stops().is_empty()
        {
            return;
        }
        let Some((first, more)) = lists.allowed.split_first() else { return };
        let blocked = image.registry_sources.as_ref().and_then(|sources| sources.blocked.as_ref());
        let by_span: HashMap<Span, &Spanned<String>> =
            blocked.into_iter().flat_map(|list| &list.items).map(|entry| (entry.span, entry)).collect();
        for scope in more {
            out.report(scope.span, format!("a second blocked scope around `{}`", scope.value))
                .related(first.span, "the first is here")
                .help(
                    "keep one of them; the Machine Config Operator allows the mirrored release once for \
                     each scope, treats the result as an allowlist beside a blocklist, and stops: no \
                     change of image configuration reaches any node, and only its log says so",
                )
                .effect(Effect::Freezes)
                .fix(Fix::unsafe_(
                    "remove the narrower scope",
                    [without_narrower(resource, &by_span, [first.span, scope.span])],
                ));
        }
    }
}

/// Of two scopes around one repository, one contains the other, so without the narrower one the same names are blocked.
fn without_narrower(
    resource: &Resource,
    by_span: &HashMap<Span, &Spanned<String>>,
    spans: [Span; 2],
) -> Option<Edit> {
    let [first, second] = spans.map(|span| by_span.get(&span));
    let (first, second) = (first?, second?);
    let narrower = if nesting::is_inside(&second.value, &first.value) { second } else { first };
    resource.edit().remove_item(narrower.span)
}
