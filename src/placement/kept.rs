//! What a run keeps for the next run over nearly the same files: the builds of kustomizations, the objects of files, the
//! outputs of charts, and the workloads in them.
//!
//! A result is kept with the numbers of all files that it was made from. The next run takes it if none of these files
//! has changed, and if everything else that results depend on is the same ([`Keeping::meet`]): the names and numbers of
//! all files, what was read beside the walk, and the kinds of objects that are read. A result that depends on more is not
//! kept: one with a carrier or an Application, since these read other files.
//!
//! The output of a chart outlives new and removed files. The key has the values files that globs match, and a chart that
//! looks for its dependencies by name depends on every `Chart.yaml`. If the tree answers some question in another way, each
//! output is asked whether its own questions have the same answers.

use super::built::{ChartOutput, Made};
use super::found::Found;
use super::met::Met;
use crate::model::{Resource, StandsAlone};
use crate::read::crd::{CarrierKind, Recognised, Typed};
use crate::read::manifest::{Changed, Form, Manifest};
use crate::read::observed::Seen;
use crate::read::tree::Tree;
use crate::source::FileId;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// More questions to the tree than this are not asked again: what was kept is dropped.
const MAX_SEEN: usize = 100_000;

/// The results of one sort by their keys.
type Results<K, V> = BTreeMap<K, Arc<Entry<V>>>;
/// The builds of roots. Each root is a library or not.
type Builds = Results<(String, bool), Made>;
/// The units of files.
type Units = Results<(FileId, Option<StandsAlone>), Vec<Found>>;
/// The outputs of charts, by everything that they depend on besides files.
type Charts = Results<String, ChartOutput>;
/// The workloads of files and roots, by their names.
type Workloads = Results<(String, Form), Ran>;

/// A result.
#[derive(Debug)]
struct Entry<V> {
    value: V,
    /// The files that it was made from.
    files: Vec<FileId>,
    /// The run that made it.
    run: u64,
}

/// The workloads of a file or of a build. `is_plain` says that they depend on nothing else.
#[derive(Clone, Debug)]
pub(super) enum Ran {
    File {
        found: Found,
        file: FileId,
        text: Arc<str>,
        is_plain: bool,
    },
    Build {
        found: Found,
        /// The files that the build read.
        files: Vec<FileId>,
        is_plain: bool,
    },
    Nothing {
        is_plain: bool,
    },
}

/// What a run keeps. By default, nothing.
#[derive(Debug, Default)]
pub(crate) struct Kept(Option<State>);

#[derive(Debug, Default)]
struct State {
    run: u64,
    /// What each run that made results has spent of its budget.
    spent: BTreeMap<u64, u64>,
    facts: Facts,
    beside: Met,
    seen: Seen,
    builds: Builds,
    files: Units,
    charts: Charts,
    workloads: Workloads,
}

/// What every result depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Facts {
    /// The number of the first file of the walk, and of the first file beside it.
    first: usize,
    beside: u32,
    has_flux: bool,
    has_kinds: bool,
}

impl Kept {
    /// Nothing yet. The results of the next run are kept.
    pub(crate) fn on() -> Self {
        Self(Some(State::default()))
    }

    /// What one run may take, and where it leaves its own results. `changed` is how its files differ from those of the
    /// run before; `None` if nothing may be taken.
    pub(crate) fn keeping(&self, changed: Option<Changed>, tree: Option<&dyn Tree>) -> Keeping<'_> {
        let new_or_gone = changed.iter().flat_map(|changed| &changed.new_or_gone);
        let may_be_same = |state: &&State| {
            // A file beside the walk that is now part of it, or was, has two numbers.
            !new_or_gone.clone().any(|name| state.beside.known.contains_key(name))
                && state.seen.count() <= MAX_SEEN
        };
        let is_same = |state: &State| tree.is_some_and(|tree| state.seen.holds_in(tree));
        let known = self.0.as_ref().filter(|_| changed.is_some()).filter(may_be_same);
        let (before, to_ask) = if known.is_some_and(is_same) { (known, None) } else { (None, known) };
        Keeping {
            is_on: self.0.is_some(),
            run: self.0.as_ref().map_or(0, |state| state.run + 1),
            before,
            to_ask: to_ask.filter(|_| tree.is_some()),
            changed: changed.unwrap_or_default(),
            facts: Facts::default(),
            builds: Mutex::default(),
            files: Mutex::default(),
            charts: Mutex::default(),
            workloads: Mutex::default(),
        }
    }

    /// The runs that made the outputs of charts.
    #[cfg(test)]
    pub(crate) fn runs_of_charts(&self) -> Vec<u64> {
        self.0.iter().flat_map(|state| state.charts.values().map(|entry| entry.run)).collect()
    }
}

/// The results of earlier runs that one run takes, and those that it makes.
#[derive(Debug)]
pub(crate) struct Keeping<'k> {
    is_on: bool,
    run: u64,
    before: Option<&'k State>,
    /// The results of the run before, if the tree answers some question in another way. Outputs of charts may be taken, if
    /// their own questions have the same answers.
    to_ask: Option<&'k State>,
    changed: Changed,
    facts: Facts,
    builds: Mutex<Builds>,
    files: Mutex<Units>,
    charts: Mutex<Charts>,
    workloads: Mutex<Workloads>,
}

impl Keeping<'_> {
    /// Whether results are kept for the next run.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// The files whose bytes have changed since the run before; `None` if that run had other files, or if nothing of it may
    /// be taken.
    pub(crate) fn changed(&self) -> Option<&HashSet<FileId>> {
        self.of_same_files().map(|_| &self.changed.files)
    }

    /// The results of the run before, if it had the same files.
    fn of_same_files(&self) -> Option<&State> {
        self.before.filter(|_| self.changed.new_or_gone.is_empty())
    }

    /// The files beside the walk that earlier runs met, if `first` is still the number of the first file of the walk, and
    /// `beside` that of the first file beside it.
    pub(crate) fn beside(&mut self, (first, beside): (usize, u32)) -> Option<Met> {
        (self.facts.first, self.facts.beside) = (first, beside);
        let is_same = |state: &&State| (state.facts.first, state.facts.beside) == (first, beside);
        self.before = self.before.filter(is_same);
        self.to_ask = self.to_ask.filter(is_same);
        self.before.map(|state| state.beside.clone())
    }

    /// Notes facts that results depend on, before the first result is made.
    pub(super) fn meet(&mut self, has_flux: bool, has_kinds: bool) {
        self.facts = Facts { has_flux, has_kinds, ..self.facts };
        let facts = self.facts;
        self.before = self.before.filter(|state| state.facts == facts);
        self.to_ask = self.to_ask.filter(|state| state.facts == facts);
    }

    /// The most that the runs may have spent whose results may be taken.
    pub(crate) fn spent(&self) -> u64 {
        let before = self.before.or(self.to_ask);
        before.map_or(0, |state| state.spent.values().fold(0, |sum, spent| sum.saturating_add(*spent)))
    }

    /// The build of a root.
    pub(super) fn build<E>(
        &self,
        key: (&str, bool),
        make: impl FnOnce() -> Result<Made, E>,
        files: impl FnOnce(&Made) -> Option<BTreeSet<FileId>>,
    ) -> Result<Made, E> {
        let key = || (key.0.to_owned(), key.1);
        self.take(self.of_same_files().map(|state| &state.builds), &self.builds, key, make, files)
    }

    /// The units of a file.
    pub(super) fn file(
        &self,
        key: (FileId, Option<StandsAlone>),
        make: impl FnOnce() -> Vec<Found>,
        files: impl FnOnce(&Vec<Found>) -> Option<BTreeSet<FileId>>,
    ) -> Vec<Found> {
        let before = self.of_same_files().map(|state| &state.files);
        let taken: Result<_, ()> = self.take(before, &self.files, || key, || Ok(make()), files);
        taken.unwrap_or_default()
    }

    /// The output of a chart with a key, which is taken if it `is_known`.
    pub(super) fn chart<E>(
        &self,
        (key, is_known): (&str, bool),
        make: impl FnOnce() -> Result<ChartOutput, E>,
        files: impl FnOnce(&ChartOutput) -> Option<BTreeSet<FileId>>,
    ) -> Result<ChartOutput, E> {
        let before = self.before.or(self.to_ask).filter(|_| is_known).map(|state| &state.charts);
        self.take(before, &self.charts, || key.to_owned(), make, files)
    }

    /// Whether the output of a chart may be taken from an earlier run. `still` says whether it gets the same answers.
    pub(super) fn knows_chart(&self, key: &str, still: impl Fn(&ChartOutput) -> bool) -> bool {
        let Some(entry) = self.before.or(self.to_ask).and_then(|state| state.charts.get(key)) else {
            return false;
        };
        // Other charts may be its dependencies now.
        let has_others = self.changed.has_chart && entry.value.asks_for_charts;
        !has_others && self.is_same(entry) && (self.before.is_some() || still(&entry.value))
    }

    /// The workloads of a file, or of a root.
    pub(super) fn workloads(
        &self,
        (name, form): (&str, Form),
        make: impl FnOnce() -> Ran,
        files: impl FnOnce(&Ran) -> Option<BTreeSet<FileId>>,
    ) -> Ran {
        let before = self.of_same_files().map(|state| &state.workloads);
        let key = || (name.to_owned(), form);
        let taken: Result<_, ()> = self.take(before, &self.workloads, key, || Ok(make()), files);
        taken.unwrap_or(Ran::Nothing { is_plain: false })
    }

    /// A result of an earlier run, or the one that `make` makes. `files` returns everything that it was made from;
    /// `None` if it cannot be kept.
    fn take<K: Ord + Clone, V: Clone, E>(
        &self,
        before: Option<&Results<K, V>>,
        now: &Mutex<Results<K, V>>,
        key: impl FnOnce() -> K,
        make: impl FnOnce() -> Result<V, E>,
        files: impl FnOnce(&V) -> Option<BTreeSet<FileId>>,
    ) -> Result<V, E> {
        if !self.is_on {
            return make();
        }
        let key = key();
        let known = before.and_then(|before| before.get(&key)).filter(|entry| self.is_same(entry));
        let entry = if let Some(entry) = known {
            Arc::clone(entry)
        } else {
            let value = make()?;
            let Some(files) = files(&value) else { return Ok(value) };
            Arc::new(Entry { value, files: files.into_iter().collect(), run: self.run })
        };
        let value = entry.value.clone();
        now.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
        Ok(value)
    }

    /// Whether the files of a result are still the same.
    fn is_same<V>(&self, entry: &Entry<V>) -> bool {
        !entry.files.iter().any(|file| self.changed.files.contains(file))
    }

    /// What the run keeps for the next one. `own_spent` is what it has spent itself.
    pub(crate) fn done(self, own_spent: u64, beside: Met, seen: Seen) -> Kept {
        fn all<T>(results: Mutex<T>) -> T {
            results.into_inner().unwrap_or_else(PoisonError::into_inner)
        }
        fn runs<K, V>(results: &Results<K, V>) -> impl Iterator<Item = u64> {
            results.values().map(|entry| entry.run)
        }
        if !self.is_on {
            return Kept::default();
        }
        let (builds, files) = (all(self.builds), all(self.files));
        let (charts, workloads) = (all(self.charts), all(self.workloads));
        let alive = runs(&builds).chain(runs(&files)).chain(runs(&charts)).chain(runs(&workloads));
        let alive: BTreeSet<u64> = alive.collect();
        let mut spent: BTreeMap<u64, u64> =
            self.before.or(self.to_ask).map(|state| state.spent.clone()).unwrap_or_default();
        spent.retain(|run, _| alive.contains(run));
        spent.insert(self.run, own_spent);
        let mut all_seen = self.before.map(|state| state.seen.clone()).unwrap_or_default();
        all_seen.extend(seen);
        Kept(Some(State {
            run: self.run,
            spent,
            facts: self.facts,
            beside,
            seen: all_seen,
            builds,
            files,
            charts,
            workloads,
        }))
    }
}

/// Whether objects depend only on their own texts. Generators of policies and of Applications read other files.
pub(super) fn are_plain<'m>(mut manifests: impl Iterator<Item = &'m Manifest>) -> bool {
    let is_generator = |manifest: &Manifest| {
        matches!(manifest.recognise(), Recognised::Carrier(CarrierKind::PolicyGenerator))
            || argo_apps::is_application(manifest.root())
    };
    manifests.all(|manifest| !is_generator(manifest))
}

/// Whether a unit depends only on the texts of its own objects, and no later step notes anything in them. Applications
/// read other files.
pub(super) fn is_lasting(unit: &Found) -> bool {
    let is_noted =
        |resource: &Resource| matches!(resource.typed, Typed::Settings(_) | Typed::MachineConfig(_));
    let masked = unit.masked.iter().map(Arc::as_ref);
    unit.applications.is_empty() && unit.missing.is_empty() && !unit.resources().chain(masked).any(is_noted)
}
