//! Gentler ways to the same result. Each is proven by a plan of its steps.

use super::planner::Planner;
use super::{ClusterPlan, Outcome, Side};
use crate::icsp;
use crate::model::{Cluster, Resource};
use crate::node::SEARCH_REGISTRIES;
use crate::openshift::{MIRROR_SETS, NODE_DISRUPTION_POLICIES};
use crate::read::crd::{MirrorEntry, MirrorKind, MirrorSet, NodeAction, Typed};
use crate::source::Span;
use std::sync::Arc;

/// A gentler way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gentler {
    /// What to do instead.
    pub what: GentlerWhat,
    /// The outcome of each step.
    pub steps: Vec<Outcome>,
}

/// What to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GentlerWhat {
    /// Commit an `ImageDigestMirrorSet` for each of these `ImageContentSourcePolicy`s first, and remove them after.
    SuccessorFirst(Vec<(String, Span)>),
    /// Keep the entries of these objects of the old state beside the new ones, and remove them with a change that drains
    /// anyway.
    KeepOld(Vec<(String, Span)>),
    /// Add a policy by which a change of this file reloads CRI-O.
    Policy(String),
}

/// The gentler ways for a change that drains or reboots.
pub(super) fn of(plan: &ClusterPlan<'_>, planner: &Planner<'_>) -> Vec<Gentler> {
    if !matches!(plan.outcome, Outcome::Drain | Outcome::Reboot) || plan.after.cluster.is_hosted() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(successor_first(plan, planner).or_else(|| keep_old(plan, planner)));
    found.extend(policy(plan, planner));
    found
}

/// The mirrors of `ICSP`s that are removed without a replacement.
fn successor_first(plan: &ClusterPlan<'_>, planner: &Planner<'_>) -> Option<Gentler> {
    let (before, after) = (&plan.before.cluster, &plan.after.cluster);
    if after.version() < MIRROR_SETS {
        return None;
    }
    let gone = missing(before, after, |set| set.kind == MirrorKind::Icsp);
    let new: Vec<Arc<Resource>> = gone.iter().filter_map(|resource| icsp::as_new_kind(resource)).collect();
    if new.is_empty() || new.len() != gone.len() {
        return None;
    }
    let first = Side::owned(before.with(new.clone()));
    let last = Side::owned(after.with(new));
    let steps = planned(planner, plan, &[&first, &last])?;
    Some(Gentler { what: GentlerWhat::SuccessorFirst(names(&gone)), steps })
}

/// The old mirrors beside the new ones.
fn keep_old(plan: &ClusterPlan<'_>, planner: &Planner<'_>) -> Option<Gentler> {
    let kept = missing(&plan.before.cluster, &plan.after.cluster, |_| true);
    if kept.is_empty() {
        return None;
    }
    let both = Side::owned(plan.after.cluster.with(kept.iter().cloned()));
    let mut steps = planned(planner, plan, &[&both])?;
    steps.push(planner.outcome(&both, &plan.after, None));
    Some(Gentler { what: GentlerWhat::KeepOld(names(&kept)), steps })
}

/// A policy for the search list, if only this list makes nodes reboot.
fn policy(plan: &ClusterPlan<'_>, planner: &Planner<'_>) -> Option<Gentler> {
    if plan.after.cluster.version() < NODE_DISRUPTION_POLICIES {
        return None;
    }
    let rollouts = || plan.pools.iter().filter_map(|pool| pool.rollout.as_ref());
    let is_search_list = rollouts().any(|rollout| {
        rollout
            .changes
            .iter()
            .any(|it| it.name == SEARCH_REGISTRIES && it.actions.contains(&NodeAction::Reboot))
    });
    if !is_search_list {
        return None;
    }
    let outcome = planner.outcome(&plan.before, &plan.after, Some(SEARCH_REGISTRIES));
    (outcome < plan.outcome).then(|| Gentler {
        what: GentlerWhat::Policy(SEARCH_REGISTRIES.to_owned()),
        steps: vec![Outcome::None, outcome],
    })
}

/// The outcome of each step from the old state on, if all of them are gentler than the whole change.
fn planned(planner: &Planner<'_>, plan: &ClusterPlan<'_>, sides: &[&Side<'_>]) -> Option<Vec<Outcome>> {
    let mut from = &plan.before;
    let mut steps = Vec::new();
    for side in sides {
        steps.push(planner.outcome(from, side, None));
        from = side;
    }
    steps.iter().all(|step| *step < plan.outcome && *step < Outcome::Drain).then_some(steps)
}

/// The mirror sets of a state that the other lacks, or has with other entries.
fn missing(before: &Cluster, after: &Cluster, is_meant: impl Fn(&MirrorSet) -> bool) -> Vec<Arc<Resource>> {
    let says_same = |old: &MirrorSet, new: &MirrorSet| {
        old.entries().len() == new.entries().len()
            && old.entries().iter().zip(new.entries()).all(|(old, new)| is_same(old, new))
    };
    let all = before.shared_resources().filter(|resource| match &resource.typed {
        Typed::Mirrors(old) => {
            is_meant(old)
                && !after
                    .mirror_sets()
                    .any(|(other, new)| other.identity() == resource.identity() && says_same(old, new))
        }
        _ => false,
    });
    all.cloned().collect()
}

fn is_same(old: &MirrorEntry, new: &MirrorEntry) -> bool {
    old.source.value == new.source.value
        && old.effective_policy() == new.effective_policy()
        && old
            .mirrors()
            .iter()
            .map(|mirror| &mirror.value)
            .eq(new.mirrors().iter().map(|mirror| &mirror.value))
}

fn names(resources: &[Arc<Resource>]) -> Vec<(String, Span)> {
    let name = |resource: &Resource| format!("{}/{}", resource.identity().kind, resource.name());
    resources.iter().map(|resource| (name(resource), resource.name_span())).collect()
}
