//! One source in several objects: the operator merges their lists, and no text shows the order.

use crate::finding::{Findings, first_of};
use crate::node::merge::order;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, MirrorRule, Pulls};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScatteredSource {}

impl Rule for ScatteredSource {
    const META: Meta = Meta {
        id: "scattered-source",
        summary: "one source with mirrors in several mirror sets",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for source in view.sources().iter().filter(|source| source.rules.len() > 1) {
            for pulls in Pulls::BOTH {
                let rules: Vec<&MirrorRule<'_>> =
                    source.real().filter(|rule| rule.pulls() == pulls).collect();
                let Some((first, rest)) = rules.split_first() else { continue };
                // Two equal lists, for example while one mirror set replaces another, hide no order.
                let elsewhere = |rule: &&&MirrorRule<'_>| {
                    rule.resource.span() != first.resource.span() && mirrors(rule).ne(mirrors(first))
                };
                let Some(other) = rest.iter().find(elsewhere) else { continue };
                let entries: Vec<_> = rules.iter().map(|rule| rule.entry).collect();
                let (names, is_loop) = order(&entries);
                // Another rule reports this with more detail.
                if is_loop || source.is_open() {
                    continue;
                }
                let names: Vec<String> = names
                    .iter()
                    .filter(|name| **name != source.name)
                    .map(|name| format!("`{name}`"))
                    .collect();
                let finding = out
                    .report(other.source().span, format!("`{}` has mirrors in several objects", source.name))
                    .related(first.source().span, "other mirrors of it are here")
                    .help(format!(
                        "write the mirrors of a source in one entry; the operator merges them into one \
                         list, which no file shows: {}",
                        first_of(&names)
                    ));
                finding.subject(source.name);
                for name in names {
                    finding.subject(name);
                }
            }
        }
    }
}

fn mirrors<'r>(rule: &MirrorRule<'r>) -> impl Iterator<Item = &'r str> {
    rule.entry.mirrors().iter().map(|mirror| mirror.value.as_str())
}
