//! `mirrors` of IDMS and ITMS is a set: the API server refuses the same mirror twice.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::Cluster;
use crate::read::crd::MirrorKind;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateMirror {}

impl Rule for DuplicateMirror {
    const META: Meta = Meta {
        id: "duplicate-mirror",
        summary: "the same mirror twice in an entry",
        category: Category::Mirrors,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set, entry) in cluster.mirror_entries() {
            let mut seen: HashMap<&str, Span> = HashMap::new();
            for mirror in entry.mirrors() {
                let Some(&first) = seen.get(mirror.value.as_str()) else {
                    seen.insert(&mirror.value, mirror.span);
                    continue;
                };
                // Installers merge equal mirrors before they make an object.
                if resource.made_by().is_some_and(|carrier| carrier.kind.installs()) {
                    continue;
                }
                let is_icsp = set.kind == MirrorKind::Icsp;
                let effect = if is_icsp {
                    "the Machine Config Operator cannot keep the order of such a list, and orders the \
                     mirrors by name"
                        .to_owned()
                } else {
                    format!("the list is a set, and {}", resource.refusal())
                };
                let edit = resource.edit().remove_item(mirror.span);
                // An ICSP is accepted as it is, and without the second mirror nodes would try the mirrors in another order.
                let safety = if is_icsp { Safety::Unsafe } else { Safety::Safe };
                let finding = out
                    .report(mirror.span, format!("mirror `{}` is listed twice", mirror.value))
                    .related(first, "it is here already")
                    .help(format!("remove one of the two; {effect}"))
                    .fix(Fix::of("remove the second", safety, [edit]).map(Fix::changes_nodes));
                if is_icsp {
                    finding.severity(Severity::Note);
                } else {
                    finding.effect(Effect::Refused);
                }
            }
        }
    }
}
