//! An entry without a mirror other than the source has no effect on any node.

use crate::finding::{Findings, Fix};
use crate::model::Cluster;
use crate::read::crd::{MirrorEntry, SourcePolicy};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;
use std::cell::OnceCell;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorlessSource {}

impl Rule for MirrorlessSource {
    const META: Meta = Meta {
        id: "mirrorless-source",
        summary: "a source without a mirror",
        category: Category::Mirrors,
        severity: Severity::Note,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let policies = OnceCell::new();
        for (resource, set) in cluster.mirror_sets() {
            let flaws = resource.flaws();
            let entries: Vec<&MirrorEntry> = (set.entries().iter())
                .filter(|entry| is_mirrorless(entry))
                // The mirrors may be under a misspelled key.
                .filter(|entry| flaws.within(entry.span).next().is_none())
                .collect();
            // Nothing would be left, so a person has to decide.
            let all = entries.len() > 1 && entries.len() == set.entries().len();
            for entry in entries {
                let what = if entry.mirrors().is_empty() { "no mirror" } else { "no mirror but itself" };
                // An entry without mirrors still has a policy, which may contradict that of another entry.
                let policies = policies.get_or_init(|| Policies::of(cluster));
                let is_alone = policies.agree_on(&entry.source.value);
                let edit = if all || !is_alone { None } else { resource.edit().remove_item(entry.span) };
                out.report(entry.source.span, format!("`{}` has {what}", entry.source.value))
                    .help("name a mirror, or remove the entry; the Machine Config Operator leaves it out")
                    .fix(Fix::safe("remove the entry", [edit]));
            }
        }
    }
}

/// Sources whose entries have several policies, or an unknown one.
struct Policies<'c>(HashMap<&'c str, Option<SourcePolicy>>);

impl<'c> Policies<'c> {
    fn of(cluster: &'c Cluster) -> Self {
        let mut policies = HashMap::new();
        for (_, _, entry) in cluster.mirror_entries() {
            let policy = entry.effective_policy();
            let known = policies.entry(entry.source.value.as_str()).or_insert(policy);
            *known = known.filter(|known| policy == Some(*known));
        }
        Self(policies)
    }

    fn agree_on(&self, source: &str) -> bool {
        self.0.get(source).is_some_and(Option::is_some)
    }
}

fn is_mirrorless(entry: &MirrorEntry) -> bool {
    let is_open = entry.policy_is_open || entry.mirrors.as_ref().is_some_and(|list| list.open);
    let is_real = entry.mirrors().iter().any(|mirror| mirror.value != entry.source.value);
    // With that policy the entry has another effect, which other rules report.
    let never = entry.effective_policy() == Some(SourcePolicy::NeverContactSource);
    !is_open && !is_real && !never
}
