//! What the two rules about the names in mirror sets have in common.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::Resource;
use crate::model::scope::Flaw;
use crate::model::scope::repair::{Repair, advice, message};
use crate::read::crd::{CarrierKind, MirrorKind, MirrorSet};
use crate::source::Spanned;

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
            "the API server accepts it, and the Machine Config Operator stops at this: no change of image configuration \
             reaches any node, and only its log says so",
        )
    } else if resource.made_by().is_some_and(|carrier| carrier.kind == CarrierKind::HostedCluster) {
        // The HostedCluster itself passes; only the object that is made of it has the pattern.
        (Effect::Refused, "the hosted cluster refuses the mirror set from this list, and gets no mirror")
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
