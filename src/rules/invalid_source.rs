//! The pattern of a source: IDMS and ITMS are refused by the API server, an ICSP only by the Machine Config Operator,
//! which then stops for everybody.

use super::invalid_scope::{Repair, advice, message};
use crate::crd::MirrorKind;
use crate::finding::Effect;
use crate::finding::Findings;
use crate::model::Cluster;
use crate::model::scope::check_source;
use crate::rule::{Category, Meta, Preset, Rule, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidSource {}

impl Rule for InvalidSource {
    const META: Meta = Meta {
        id: "invalid-source",
        summary: "a source of a mirror set that is no registry or repository",
        category: Category::Scopes,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page: include_str!("../../rules/invalid-source.md"),
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set, entry) in cluster.mirror_entries() {
            let name = &entry.source;
            let Some(flaw) = check_source(&name.value) else { continue };
            let (effect, how) = if set.kind == MirrorKind::Icsp {
                (
                    Effect::Freezes,
                    "the API server takes it, and the Machine Config Operator stops at it: no change of image \
                     configuration reaches any node, and only its log says so",
                )
            } else {
                (Effect::Refused, "the API server refuses the object")
            };
            let repair = Repair::of(&name.value, flaw, check_source);
            let fix = repair.as_ref().and_then(|repair| repair.fix(resource.edit(), name.span));
            out.report(name.span, message("source", &name.value, flaw))
                .help(format!("{how}; {}", advice(flaw, repair.as_ref())))
                .effect(effect)
                .fix(fix);
        }
    }
}
