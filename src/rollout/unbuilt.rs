//! Kustomizations that kustomize refuses in one of the states, so that their objects are unknown there.

use super::pairs::Pair;
use crate::model::{BuildProblem, Cluster, Evidence, Repo, StandsAlone, UnitOrigin};
use crate::source::Span;
use std::collections::BTreeMap;

/// A kustomization that is built for a cluster in one state, and cannot be built in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// Its directory; empty for the root of the repository.
    pub root: String,
    /// The place where the build stops.
    pub span: Span,
    /// The reason, in one line.
    pub message: String,
    /// Whether the build fails in the new state.
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
            // The first problem of a root represents it.
            refused.rev().map(|problem| (problem.root.as_str(), problem)).collect()
        };
        Self { before: of(before), after: of(after) }
    }

    /// Whether a cluster consists only of remains of kustomizations that are refused in just one of the states. Nothing of
    /// it is applied, and it does not match a cluster of the other state.
    pub(super) fn is_remains(&self, cluster: &Cluster) -> bool {
        let same = self.before.keys().eq(self.after.keys());
        let mut members = cluster.members().peekable();
        !same
            && members.peek().is_some()
            && members.all(|(_, evidence)| *evidence == Evidence::Alone(StandsAlone::Unbuilt))
    }

    /// The kustomization because of which a cluster is unknown.
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
