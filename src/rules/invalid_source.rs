//! The pattern of a source: IDMS and ITMS are refused by the API server, an ICSP only by the Machine Config Operator,
//! which then stops for everybody.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::scope::repair::{Repair, advice, message};
use crate::model::scope::{Flaw, check_source};
use crate::model::{Cluster, Resource};
use crate::read::crd::{CarrierKind, MirrorKind, MirrorSet};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
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
        yields_to: &[],
        since: "0.1.0",
    };

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        for (resource, set, entry) in cluster.mirror_entries() {
            report("source", check_source, resource, set, &entry.source, |_| true, out);
        }
    }
}

/// Reports a name in a mirror set that `check` refuses; `what` is the part that the name plays, and `is_new` says whether a
/// repaired name may stand beside the others.
pub(super) fn report(
    what: &str,
    check: fn(&str) -> Option<Flaw>,
    resource: &Resource,
    set: &MirrorSet,
    name: &Spanned<String>,
    is_new: impl FnOnce(&str) -> bool,
    out: &mut Findings,
) {
    let Some(flaw) = check(&name.value) else { return };
    let (effect, how) = if set.kind == MirrorKind::Icsp {
        (
            Effect::Freezes,
            "the API server takes it, and the Machine Config Operator stops at it: no change of image configuration \
             reaches any node, and only its log says so",
        )
    } else if resource.made_by().is_some_and(|carrier| carrier.kind == CarrierKind::HostedCluster) {
        // The HostedCluster itself passes; only the object that is made of it has the pattern.
        (
            Effect::Refused,
            "the hosted cluster refuses the mirror set that is made of this list, and gets no mirror",
        )
    } else {
        (Effect::Refused, resource.refusal())
    };
    let repair = Repair::of(&name.value, flaw, check);
    let (advice, fix) = match &repair {
        Some(repair) if !is_new(repair.name()) => {
            let safety = if repair.is_sure() { Safety::Safe } else { Safety::Unsafe };
            let edit = resource.edit().remove_item(name.span);
            let fix = Fix::of("remove the entry", safety, [edit]).map(Fix::changes_nodes);
            (format!("remove it, since `{}` is in the list already", repair.name()), fix)
        }
        _ => {
            let fix = repair.as_ref().and_then(|repair| repair.fix(resource.edit(), name.span));
            (advice(flaw, repair.as_ref()), fix)
        }
    };
    out.report(name.span, message(what, &name.value, flaw))
        .help(format!("{advice}; {how}"))
        .effect(effect)
        .fix(fix);
}
