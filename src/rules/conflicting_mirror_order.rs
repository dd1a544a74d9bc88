//! Lists with different orders of one source's mirrors: the operator orders the mirrors by name, which nobody chose.

use crate::finding::{Findings, first_of};
use crate::node::merge::order;
use crate::read::crd::MirrorEntry;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::{ClusterView, Pulls};
use crate::source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConflictingMirrorOrder {}

impl Rule for ConflictingMirrorOrder {
    const META: Meta = Meta {
        id: "conflicting-mirror-order",
        summary: "mirrors of one source in contradicting orders",
        category: Category::Mirrors,
        severity: Severity::Warning,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        for source in view.sources().iter().filter(|source| source.rules.len() > 1) {
            for pulls in Pulls::BOTH {
                let rules = source.real().filter(|rule| rule.pulls() == pulls).map(|rule| rule.entry);
                // A list that contradicts itself has a mirror twice, which another rule reports.
                let entries: Vec<&MirrorEntry> = rules.filter(|entry| !order(&[entry]).1).collect();
                if !order(&entries).1 {
                    continue;
                }
                // A further list cannot resolve a contradiction.
                let lengths: Vec<usize> = (1..=entries.len()).collect();
                let fine = lengths.partition_point(|length| !order(&entries[..*length]).1);
                let (Some(first), Some(breaking)) = (entries.first(), entries.get(fine)) else { continue };
                let names = order(&entries).0;
                let names: Vec<String> = names
                    .iter()
                    .filter(|name| **name != source.name)
                    .map(|name| format!("`{name}`"))
                    .collect();
                let places: HashMap<&str, usize> =
                    (breaking.mirrors().iter().map(|mirror| mirror.value.as_str())).zip(0..).collect();
                let place = |mirror: &Spanned<String>| places.get(mirror.value.as_str());
                let reverses = |entry: &&&MirrorEntry| {
                    entry
                        .mirrors()
                        .windows(2)
                        .any(|pair| matches!((place(&pair[0]), place(&pair[1])), (Some(a), Some(b)) if a > b))
                };
                let other = entries[..fine].iter().find(reverses).unwrap_or(first);
                let finding = out
                    .report(
                        breaking.source.span,
                        format!("the mirrors of `{}` have another order elsewhere", source.name),
                    )
                    .related(other.source.span, "the other order is here")
                    .help(format!(
                        "write the mirrors in one order; no order satisfies all lists, so the Machine \
                         Config Operator orders the mirrors by name and tries {}",
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
