//! Finds patches that change nothing in any build of the repository. A component that several overlays share may have
//! patches for only some of them.

use super::stage::Stage;
use super::units::Units;
use crate::kustomize::Target;
use crate::model::BuildProblem;
use crate::read::crd::KIND_NAMES;
use crate::read::discover;
use std::collections::BTreeSet;

/// The groups of the kinds that configure images.
const GROUPS: [&str; 2] = ["config.openshift.io", "operator.openshift.io"];

/// Whether a patch with this target may be for image configuration, by the kind and the group that the target names.
pub(super) fn may_be_ours(target: &Target) -> bool {
    // These kinds exist in no other group.
    let is_unmistakable =
        || target.asked("kind").is_some_and(|kind| kind != "Image" && KIND_NAMES.contains(&kind));
    target.accepts("kind", &KIND_NAMES) && (target.accepts("group", &GROUPS) || is_unmistakable())
}

/// Reports targets that match nothing in any build. Builds with workloads only run later.
pub(super) fn tell_unmatched(units: &mut Units, stage: &Stage<'_, '_>) {
    if units.unmatched.is_empty() {
        return;
    }
    let Stage { repository, graph, cache, .. } = *stage;
    let refused = graph.below(units.refused.iter().map(String::as_str));
    let built: BTreeSet<&str> = units.built.iter().map(String::as_str).collect();
    let unseen = graph.below(graph.roots().into_iter().filter(|root| !built.contains(root)));
    for (root, target) in std::mem::take(&mut units.unmatched) {
        let name = repository.name_of(target.span.file).unwrap_or_default();
        let directory = discover::directory(&name);
        // A build that names no file with image configuration has no object of these kinds. A target without a kind may
        // be for another kind.
        let names_kind = target.asked("kind").is_some();
        let may_match = refused.contains(directory) || (!names_kind && unseen.contains(directory));
        if !may_match && !cache.has_matched(target.span) {
            units.problems.push(BuildProblem::unmatched(&root, &target));
        }
    }
}
