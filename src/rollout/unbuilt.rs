//! Kustomizations, charts and files that cannot be read in one of the states, so that their objects are unknown there.

use super::pairs::Pair;
use crate::model::{BuildOutcome, BuildProblem, Cluster, Evidence, Repo, StandsAlone, UnitOrigin};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What gives objects to a cluster in one state, and cannot be read in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// What it is.
    pub what: UnbuiltWhat,
    /// Its directory, which is empty for the root of the repository, or the name of the file.
    pub root: String,
    /// The place where reading stops.
    pub span: Span,
    /// The reason, in one line.
    pub message: String,
    /// Whether it cannot be read in the new state.
    pub is_after: bool,
}

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnbuiltWhat {
    /// A kustomization, or a path of Flux.
    Kustomization,
    /// A chart.
    Chart,
    /// A file.
    File,
}

/// What cannot be read in a state.
#[derive(Default)]
struct OfState<'r> {
    /// The kustomizations and paths of Flux, by their directories.
    kustomizations: BTreeMap<&'r str, (Span, &'r str)>,
    /// The charts, by their directories.
    charts: BTreeMap<&'r str, (Span, &'r str)>,
    /// The files, by their names.
    files: BTreeMap<&'r str, (Span, &'r str)>,
}

impl<'r> OfState<'r> {
    fn of(repo: &'r Repo) -> Self {
        let mut state = Self::default();
        let told = |problem: &'r BuildProblem| (problem.span, problem.message.as_str());
        // The first problem of a root represents it.
        for problem in repo.builds.iter().rev() {
            if problem.outcome.is_refused() {
                state.kustomizations.insert(&problem.root, told(problem));
            }
            if let BuildOutcome::ChartRefused | BuildOutcome::ChartUnknown | BuildOutcome::ChartElsewhere =
                problem.outcome
            {
                state.charts.insert(&problem.root, told(problem));
            }
        }
        for broken in repo.broken.iter().rev() {
            if let Some(name) = repo.broken_files.get(&broken.span.file) {
                state.files.insert(name, (broken.span, broken.what.message()));
            }
        }
        state
    }

    /// Why the objects of a unit of the state `there` are unknown here. `others` are the units that the cluster gets here.
    fn why(&self, unit: &UnitOrigin, others: &BTreeSet<&UnitOrigin>, there: &OfState<'_>) -> Option<Unbuilt> {
        let (what, root, known) = match unit {
            UnitOrigin::Kustomization(root) => (UnbuiltWhat::Kustomization, root, &self.kustomizations),
            UnitOrigin::Flux { root, .. } if !others.contains(unit) => {
                (UnbuiltWhat::Kustomization, root, &self.kustomizations)
            }
            // A chart may fail with the values of another cluster only.
            UnitOrigin::Chart { root, .. } if !others.contains(unit) => {
                (UnbuiltWhat::Chart, root, &self.charts)
            }
            UnitOrigin::File(name) if !there.files.contains_key(name.as_str()) => {
                (UnbuiltWhat::File, name, &self.files)
            }
            _ => return None,
        };
        let (span, message) = *known.get(root.as_str())?;
        Some(Unbuilt { what, root: root.clone(), span, message: message.to_owned(), is_after: false })
    }
}

/// What cannot be read in each state.
pub(super) struct Refused<'r> {
    before: OfState<'r>,
    after: OfState<'r>,
}

impl<'r> Refused<'r> {
    pub(super) fn of(before: &'r Repo, after: &'r Repo) -> Self {
        Self { before: OfState::of(before), after: OfState::of(after) }
    }

    /// Whether a cluster consists only of remains of kustomizations that are refused in just one of the states. Nothing of
    /// it is applied, and it does not match a cluster of the other state.
    pub(super) fn is_remains(&self, cluster: &Cluster) -> bool {
        let same = self.before.kustomizations.keys().eq(self.after.kustomizations.keys());
        let mut members = cluster.members().peekable();
        !same
            && members.peek().is_some()
            && members.all(|(_, evidence)| *evidence == Evidence::Alone(StandsAlone::Unbuilt))
    }

    /// Why a cluster is unknown.
    pub(super) fn of_pair(&self, pair: &Pair<'_>) -> Option<Unbuilt> {
        let of = |there: (Option<&Cluster>, &OfState<'_>), here: (Option<&Cluster>, &OfState<'_>)| {
            let others: BTreeSet<&UnitOrigin> =
                here.0.into_iter().flat_map(Cluster::members).map(|(unit, _)| &unit.origin).collect();
            there.0?.members().find_map(|(unit, _)| here.1.why(&unit.origin, &others, there.1))
        };
        let (before, after) = ((pair.before, &self.before), (pair.after, &self.after));
        of(before, after).map(|unbuilt| Unbuilt { is_after: true, ..unbuilt }).or_else(|| of(after, before))
    }
}
