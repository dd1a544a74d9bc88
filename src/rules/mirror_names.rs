//! The common part of the two rules about names in mirror sets.

use crate::finding::{Effect, Findings, Fix, Safety};
use crate::model::Resource;
use crate::model::scope::Flaw;
use crate::model::scope::repair::{Repair, advice, message};
use crate::read::crd::{CarrierKind, MirrorKind, MirrorSet};
use crate::source::Spanned;

/// Reports a name in a mirror set that `check` rejects. `what` is the role of the name, and `is_new` says whether the other
/// names allow a corrected name.
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
        // The API server accepts the HostedCluster itself. Only the object that is made from it has the pattern.
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
