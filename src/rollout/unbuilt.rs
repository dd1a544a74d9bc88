//! Kustomizations that kustomize refuses in one of the states: nothing tells what a cluster gets of them there.

use super::pairs::Pair;
use crate::model::{BuildProblem, Cluster, Evidence, Repo, StandsAlone, UnitOrigin};
use crate::source::Span;
use std::collections::BTreeMap;

/// A kustomization that one state builds for a cluster, and the other cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// Its directory; empty for that of the repository.
    pub root: String,
    /// Where the build stops.
    pub span: Span,
    /// Why, in one line.
    pub message: String,
    /// Whether that is the state after the change.
    pub is_after: bool,
}

/// The kustomizations that kustomize refuses, by their directories.
pub(super) struct Refused<'r> {
    before: BTreeMap<&'r str, &'r BuildProblem>,
    after: BTreeMap<&'r str, &'r BuildProblem>,
}

impl<'r> Refused<'r> {
    pub(super) fn of(before: &'r Repo, after: &'r Repo) -> Self {
        let of = |repo: &'r Repo| {
            let refused = repo.builds.iter().filter(|problem| problem.outcome.is_refused());
            // The first problem of a root stands for it.
            refused.rev().map(|problem| (problem.root.as_str(), problem)).collect()
        };
        Self { before: of(before), after: of(after) }
    }

    /// Whether a cluster is only what is left of kustomizations that are refused in one of the states alone. Nothing of it is
    /// applied, and it is no match for what the other state builds.
    pub(super) fn is_debris(&self, cluster: &Cluster) -> bool {
        let same = self.before.keys().eq(self.after.keys());
        let mut members = cluster.members().peekable();
        !same
            && members.peek().is_some()
            && members.all(|(_, evidence)| *evidence == Evidence::Alone(StandsAlone::Unbuilt))
    }

    /// The kustomization that makes a cluster unknown.
    pub(super) fn of_pair(&self, pair: &Pair<'_>) -> Option<Unbuilt> {
        let of = |cluster: Option<&Cluster>, refused: &BTreeMap<&str, &BuildProblem>, is_after: bool| {
            cluster?.members().find_map(|(unit, _)| {
                let UnitOrigin::Kustomization(root) = &unit.origin else { return None };
                let problem = refused.get(root.as_str())?;
                Some(Unbuilt {
                    root: root.clone(),
                    span: problem.span,
                    message: problem.message.clone(),
                    is_after,
                })
            })
        };
        of(pair.before, &self.after, true).or_else(|| of(pair.after, &self.before, false))
    }
}
