//! Kustomizations, charts and files that cannot be read in one of the states, so that their objects are unknown there.

use super::pairs::Pair;
use crate::model::{BuildOutcome, Cluster, Evidence, Repo, StandsAlone, UnitOrigin};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnbuiltWhat {
    /// A kustomization, or a path of Flux.
    Kustomization,
    /// A chart.
    Chart,
    /// A file.
    File,
}

/// What cannot be read in a state: the directories of kustomizations, paths of Flux and charts, and the names of files, each with
/// the place and the reason.
struct Unread<'r>(BTreeMap<(UnbuiltWhat, &'r str), (Span, &'r str)>);

impl<'r> Unread<'r> {
    fn of(repo: &'r Repo) -> Self {
        // The first problem of a root represents it.
        let builds = repo.builds.iter().rev().filter_map(|problem| {
            let what = match problem.outcome {
                BuildOutcome::ChartRefused | BuildOutcome::ChartUnknown | BuildOutcome::ChartElsewhere => {
                    UnbuiltWhat::Chart
                }
                outcome if outcome.is_refused() => UnbuiltWhat::Kustomization,
                _ => return None,
            };
            Some(((what, problem.root.as_str()), (problem.span, problem.message.as_str())))
        });
        let files = repo.broken.iter().rev().filter_map(|broken| {
            let name = repo.broken_files.get(&broken.span.file)?;
            Some(((UnbuiltWhat::File, name.as_str()), (broken.span, broken.what.message())))
        });
        Self(builds.chain(files).collect())
    }

    fn kustomizations(&self) -> impl Iterator<Item = &str> {
        let of_kustomizations = self.0.keys().filter(|(what, _)| *what == UnbuiltWhat::Kustomization);
        of_kustomizations.map(|(_, root)| *root)
    }

    /// Why the objects of a unit of the state `there` are unknown here. `others` are the units that the cluster gets here.
    fn why(&self, unit: &UnitOrigin, others: &BTreeSet<&UnitOrigin>, there: &Unread<'_>) -> Option<Unbuilt> {
        let (what, root) = match unit {
            UnitOrigin::Kustomization(root) => (UnbuiltWhat::Kustomization, root),
            UnitOrigin::Flux { root, .. } if !others.contains(unit) => (UnbuiltWhat::Kustomization, root),
            // A chart may fail with the values of another cluster only.
            UnitOrigin::Chart { root, .. } if !others.contains(unit) => (UnbuiltWhat::Chart, root),
            UnitOrigin::File(name) if !there.0.contains_key(&(UnbuiltWhat::File, name)) => {
                (UnbuiltWhat::File, name)
            }
            _ => return None,
        };
        let (span, message) = *self.0.get(&(what, root.as_str()))?;
        Some(Unbuilt { what, root: root.clone(), span, message: message.to_owned(), is_after: false })
    }
}

/// What cannot be read in each state.
pub(super) struct Refused<'r> {
    before: Unread<'r>,
    after: Unread<'r>,
    /// Whether other kustomizations are refused in one state than in the other.
    differ: bool,
}

impl<'r> Refused<'r> {
    pub(super) fn of(before: &'r Repo, after: &'r Repo) -> Self {
        let (before, after) = (Unread::of(before), Unread::of(after));
        let differ = !before.kustomizations().eq(after.kustomizations());
        Self { before, after, differ }
    }

    /// Whether a cluster consists only of remains of kustomizations that are refused in just one of the states. Nothing of
    /// it is applied, and it does not match a cluster of the other state.
    pub(super) fn is_remains(&self, cluster: &Cluster) -> bool {
        let mut members = cluster.members().peekable();
        self.differ
            && members.peek().is_some()
            && members.all(|(_, evidence)| *evidence == Evidence::Alone(StandsAlone::Unbuilt))
    }

    /// Why a cluster is unknown.
    pub(super) fn of_pair(&self, pair: &Pair<'_>) -> Option<Unbuilt> {
        let of = |there: (Option<&Cluster>, &Unread<'_>), here: (Option<&Cluster>, &Unread<'_>)| {
            let others: BTreeSet<&UnitOrigin> =
                here.0.into_iter().flat_map(Cluster::members).map(|(unit, _)| &unit.origin).collect();
            there.0?.members().find_map(|(unit, _)| here.1.why(&unit.origin, &others, there.1))
        };
        let (before, after) = ((pair.before, &self.before), (pair.after, &self.after));
        of(before, after).map(|unbuilt| Unbuilt { is_after: true, ..unbuilt }).or_else(|| of(after, before))
    }
}
