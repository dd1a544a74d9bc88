//! The same source twice in one object: the operator merges both entries.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::model::Resource;
use crate::node::merge::order;
use crate::read::crd::{List, MirrorEntry};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

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
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set) in cluster.mirror_sets() {
            let mut by_source: HashMap<&str, Vec<&MirrorEntry>> = HashMap::new();
            for entry in set.entries() {
                by_source.entry(&entry.source.value).or_default().push(entry);
            }
            let mut seen: HashMap<&str, Option<Joined<'_>>> = HashMap::new();
            for entry in set.entries() {
                let all = &by_source[entry.source.value.as_str()];
                let (first, is_first) = (all[0], all[0].span == entry.span);
                let joined = seen.entry(&entry.source.value).or_insert_with(|| Joined::of(all));
                if is_first {
                    continue;
                }
                let fix = joined.as_mut().and_then(|joined| joined.fix(resource, entry));
                out.report(entry.source.span, format!("source `{}` is listed twice", entry.source.value))
                    .related(first.source.span, "the other entry is here")
                    .help(
                        "write one entry, which shows the order of the mirrors; the operator merges the \
                         mirrors of both entries",
                    )
                    .fix(fix);
            }
        }
    }
}

/// The entries of one source, if a single entry with all mirrors has the same order as the operator's list.
struct Joined<'s> {
    list: &'s List<Spanned<String>>,
    /// The mirrors in the first entry, with those that earlier fixes add to it.
    known: HashSet<&'s str>,
}

impl<'s> Joined<'s> {
    fn of(all: &[&'s MirrorEntry]) -> Option<Self> {
        let (first, list) = (*all.first()?, all.first()?.mirrors.as_ref()?);
        let is_like = |entry: &&MirrorEntry| {
            let is_known = !entry.policy_is_open && entry.mirrors.as_ref().is_some_and(|list| !list.open);
            is_known && entry.effective_policy() == first.effective_policy()
        };
        let mut both = first.clone();
        let known: HashSet<&str> = list.items.iter().map(|mirror| mirror.value.as_str()).collect();
        let mut seen = known.clone();
        let more = all.iter().flat_map(|entry| entry.mirrors()).filter(|mirror| seen.insert(&mirror.value));
        if let Some(list) = &mut both.mirrors {
            list.items.extend(more.cloned());
        }
        (all.iter().all(is_like) && order(&[&both]) == order(all)).then_some(Self { list, known })
    }

    /// Removes an entry, and adds its mirrors to the first one.
    fn fix(&mut self, resource: &Resource, entry: &'s MirrorEntry) -> Option<Fix> {
        let more = entry.mirrors.as_ref()?;
        let new = more.items.iter().map(|mirror| mirror.value.as_str());
        let new: Vec<&str> = new.filter(|mirror| self.known.insert(mirror)).collect();
        // A comment about a mirror would be lost.
        let moved = Span { end: more.span.end.max(more.key.end), ..more.key };
        if !new.is_empty() && resource.edit().has_comment(moved) {
            return None;
        }
        let mut edits = vec![resource.edit().remove_item(entry.span)];
        if !new.is_empty() {
            edits.push(resource.edit().append_items(self.list.span, &new));
        }
        Fix::safe("merge both entries", edits)
    }
}
