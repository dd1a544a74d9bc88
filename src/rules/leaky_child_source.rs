//! `NeverContactSource` is not inherited: nodes contact a source with an entry of its own, unless that entry forbids it.

use crate::finding::Findings;
use crate::node::nesting;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeakyChildSource {}

impl Rule for LeakyChildSource {
    const META: Meta = Meta {
        id: "leaky-child-source",
        summary: "a source that is contacted, inside a source that is never contacted",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let blocked: HashSet<&str> =
            view.nodes().effective.registries_blocked.iter().map(|scope| scope.value.as_str()).collect();
        for source in
            view.sources().iter().filter(|source| !source.is_open() && source.real().next().is_some())
        {
            // An explicit policy is intended.
            if source.rules.iter().any(|rule| rule.entry.policy.is_some()) {
                continue;
            }
            let Some(parent) = view.sources().around(source.name) else { continue };
            let Some(policy) = parent.never().filter(|_| !parent.is_open()) else { continue };
            if nesting::outer(source.name).any(|outer| blocked.contains(&*outer)) {
                continue;
            }
            out.report(
                source.span(),
                format!("`{}` is contacted, although `{}` never is", source.name, parent.name),
            )
            .related(policy, "this policy is not inherited")
            .help(
                "write `mirrorSourcePolicy: NeverContactSource` here, too, or `AllowContactingSource` if \
                 this is intended; only the nearest source decides: when no mirror has an image, nodes ask \
                 this source",
            );
        }
    }
}
