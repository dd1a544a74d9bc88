//! The findings about clusters that a run keeps for the next one: a cluster that gets the same objects has the same.

use super::OfCluster;
use crate::icsp::Conversions;
use crate::model::Cluster;
use crate::rules::internal_error;
use crate::source::{FileId, Sources};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The findings of a run. By default, nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct KeptFindings(Option<State>);

#[derive(Debug, Default)]
struct State {
    conversions: Conversions,
    clusters: HashMap<String, Vec<Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    cluster: Cluster,
    said: OfCluster,
    /// The files of the texts that findings show: fingerprints and severities depend on these texts.
    files: BTreeSet<FileId>,
}

impl KeptFindings {
    /// No findings. Those of the next run are kept.
    pub(crate) fn on() -> Self {
        Self(Some(State::default()))
    }

    /// What one run may take. `changed` are the files whose texts have changed; `None` if nothing may be taken.
    pub(super) fn turn<'k>(
        &'k self,
        changed: Option<&'k HashSet<FileId>>,
        conversions: &Conversions,
    ) -> Turn<'k> {
        let before = self.0.as_ref().filter(|state| state.conversions == *conversions);
        let state = State { conversions: conversions.clone(), clusters: HashMap::new() };
        Turn { before: before.zip(changed), now: self.0.as_ref().map(|_| Mutex::new(state)) }
    }
}

/// The findings of the run before, and a place for those of this run.
#[derive(Debug)]
pub(super) struct Turn<'k> {
    before: Option<(&'k State, &'k HashSet<FileId>)>,
    now: Option<Mutex<State>>,
}

impl Turn<'_> {
    /// The findings of the run before for a cluster, or those that `make` makes.
    pub(super) fn take(
        &self,
        cluster: &Cluster,
        sources: &Sources,
        make: impl FnOnce() -> OfCluster,
    ) -> OfCluster {
        let Some(now) = &self.now else { return make() };
        let is_there = |file: &FileId| sources.get(*file).is_some();
        let known = self.known(cluster).filter(|entry| entry.files.iter().all(is_there));
        let entry = if let Some(entry) = known {
            Arc::clone(entry)
        } else {
            let said = make();
            let spans = said
                .diagnostics
                .iter()
                .flat_map(|found| found.related.iter().map(|related| related.span).chain([found.span]));
            let files: BTreeSet<FileId> = spans.map(|span| span.file).collect();
            let is_fault = said.diagnostics.iter().any(|found| found.rule.id == internal_error::META.id);
            if is_fault || !files.iter().all(is_there) {
                return said;
            }
            Arc::new(Entry { cluster: cluster.clone(), said, files })
        };
        let said = entry.said.clone();
        let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
        now.clusters.entry(cluster.name.clone()).or_default().push(entry);
        said
    }

    fn known(&self, cluster: &Cluster) -> Option<&Arc<Entry>> {
        let (state, changed) = self.before?;
        let entries = state.clusters.get(&cluster.name)?;
        entries.iter().find(|entry| {
            entry.cluster.is_same_as(cluster) && !entry.files.iter().any(|file| changed.contains(file))
        })
    }

    /// What the run keeps for the next one.
    pub(super) fn done(self) -> KeptFindings {
        KeptFindings(self.now.map(|now| now.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }
}
