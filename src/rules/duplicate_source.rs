//! The same source twice in one object: the operator makes one list of both.

use crate::crd::MirrorEntry;
use crate::finding::Findings;
use crate::fix::Fix;
use crate::model::Cluster;
use crate::model::Resource;
use crate::node::merge::order;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateSource {}

impl Rule for DuplicateSource {
    const META: Meta = Meta {
        id: "duplicate-source",
        summary: "a source twice in one mirror set",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/duplicate-source.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set) in cluster.mirror_sets() {
            let mut first: HashMap<&str, (&MirrorEntry, usize)> = HashMap::new();
            for entry in set.entries() {
                first.entry(&entry.source.value).or_insert((entry, 0)).1 += 1;
            }
            for entry in set.entries() {
                let Some(&(other, times)) = first.get(entry.source.value.as_str()) else { continue };
                if other.span == entry.span {
                    continue;
                }
                let fix = if times == 2 { joined(resource, other, entry) } else { None };
                out.report(entry.source.span, format!("`{}` is there twice", entry.source.value))
                    .related(other.source.span, "the other entry is here")
                    .help("the mirrors of both become one list; write them as one, so that their order can be seen")
                    .fix(fix);
            }
        }
    }
}

/// One entry for two, where that is the order in which the mirrors are tried anyway.
fn joined(resource: &Resource, first: &MirrorEntry, second: &MirrorEntry) -> Option<Fix> {
    let (list, more) = (first.mirrors.as_ref()?, second.mirrors.as_ref()?);
    let unknown = [first, second].iter().any(|entry| entry.policy_is_open);
    if unknown || list.open || more.open || first.effective_policy() != second.effective_policy() {
        return None;
    }
    let new: Vec<_> = more
        .items
        .iter()
        .filter(|mirror| list.items.iter().all(|other| other.value != mirror.value))
        .cloned()
        .collect();
    let mut both = first.clone();
    if let Some(list) = &mut both.mirrors {
        list.items.extend(new.iter().cloned());
    }
    if order(&[&both]) != order(&[first, second]) {
        return None;
    }
    // What somebody says of a mirror would not come with it.
    let moved = Span { end: more.span.end.max(more.key.end), ..more.key };
    if !new.is_empty() && resource.edit().has_comment(moved) {
        return None;
    }
    let names: Vec<&str> = new.iter().map(|mirror| mirror.value.as_str()).collect();
    let mut edits = vec![resource.edit().remove_item(second.span)];
    if !names.is_empty() {
        edits.push(resource.edit().append_items(list.span, &names));
    }
    Fix::safe("make one entry of both", edits)
}
