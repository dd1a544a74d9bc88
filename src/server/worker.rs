//! The thread that checks and answers, while another thread reads messages. It does one thing at a time.

use super::answer::{self, Failure};
use super::checked::{self, Checked, Standing};
use super::client::{Client, Options};
use super::diagnostics::{self, OfText};
use super::document::OpenDocument;
use super::files::OpenFiles;
use super::folder::{Folder, folder_of};
use super::latest::{Checks, Latest};
use super::moved::Moved;
use crate::machine::guard;
use lsp_server::RequestId;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

/// Everything that a check depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    pub(super) folders: Vec<Arc<Folder>>,
    pub(super) documents: Vec<Arc<OpenDocument>>,
    /// How often somebody said that files have changed.
    pub(super) disk: u64,
    pub(super) options: Options,
    pub(super) client: Client,
    /// Set as soon as a newer state exists.
    pub(super) stop: Arc<AtomicBool>,
}

/// Work for the thread.
pub(super) enum Work {
    /// Check a state.
    Check(Snapshot),
    /// Answer a request from the newest checked state.
    Answer(RequestId, String, Value),
}

/// The result of work.
pub(super) enum Outcome {
    /// A state was checked.
    Checked(Done),
    /// A request has an answer.
    Answered(RequestId, Result<Box<RawValue>, Failure>),
}

/// The result of a check.
pub(super) struct Done {
    /// The diagnostics by text, unless a newer state ended the check.
    pub(super) texts: Option<Arc<BTreeMap<String, OfText>>>,
    /// The reasons why folders could not be checked.
    pub(super) troubles: Vec<String>,
}

impl Snapshot {
    /// Whether a check of both has the same result.
    fn is_same(&self, other: &Self) -> bool {
        let same_folders = self.folders.iter().map(Arc::as_ptr).eq(other.folders.iter().map(Arc::as_ptr));
        let same_texts = self.documents.iter().map(Arc::as_ptr).eq(other.documents.iter().map(Arc::as_ptr));
        same_folders && same_texts && self.disk == other.disk && self.options == other.options
    }
}

/// Works until nobody can send more work.
pub(super) fn run(work: &Receiver<Work>, tell: impl Fn(Outcome) -> bool) {
    let mut worker = Worker::default();
    for work in work {
        let outcome = match work {
            Work::Check(snapshot) => Outcome::Checked(worker.check(snapshot)),
            Work::Answer(id, method, params) => Outcome::Answered(id, worker.answer(&method, params)),
        };
        if !tell(outcome) {
            return;
        }
    }
}

#[derive(Default)]
struct Worker {
    latest: Latest,
    /// The checks of the folders, by their directories.
    standing: Standings,
    /// For each open text, the last one that could be read and built.
    good: BTreeMap<String, Arc<OpenDocument>>,
    /// The texts of the steady state.
    steady: Snapshot,
}

type Standings = BTreeMap<PathBuf, Option<Standing>>;

impl Worker {
    /// Checks a state.
    fn check(&mut self, snapshot: Snapshot) -> Done {
        let (checks, troubles) = checks(&snapshot, &mut self.standing);
        if snapshot.stop.load(Ordering::Relaxed) {
            return Done { texts: None, troubles: Vec::new() };
        }
        let mut texts: BTreeMap<String, OfText> = BTreeMap::new();
        for checked in &checks {
            texts.extend(diagnostics::by_text(checked, &snapshot.client));
        }
        let texts = Arc::new(texts);
        let checks = Arc::new(checks);
        let (steady, moved) = self.steady_of(&snapshot, &checks);
        let known = if moved.is_empty() {
            Some(Arc::clone(&checks))
        } else {
            self.latest.steady.take().filter(|_| self.steady.is_same(&steady))
        };
        self.steady = steady;
        self.latest = Latest {
            client: snapshot.client,
            options: snapshot.options,
            stop: snapshot.stop,
            checks,
            texts: Arc::clone(&texts),
            steady: known,
            moved,
        };
        Done { texts: Some(texts), troubles }
    }

    /// The texts of the steady state, and those that are others than in the newest state.
    fn steady_of(&mut self, snapshot: &Snapshot, checks: &Checks) -> (Snapshot, BTreeMap<String, Moved>) {
        let broken: BTreeSet<String> = checks.iter().flat_map(Checked::unreadable).collect();
        let mut steady = snapshot.clone();
        let mut moved = BTreeMap::new();
        let mut good = BTreeMap::new();
        for document in &mut steady.documents {
            let uri = document.uri.clone();
            let last = self.good.remove(&uri).filter(|_| broken.contains(&uri));
            if let Some(last) = &last {
                moved.insert(uri.clone(), Moved::between(last, document));
                *document = Arc::clone(last);
            }
            if last.is_some() || !broken.contains(&uri) {
                good.insert(uri, Arc::clone(document));
            }
        }
        self.good = good;
        (steady, moved)
    }

    fn answer(&mut self, method: &str, params: Value) -> Result<Box<RawValue>, Failure> {
        if self.latest.steady.is_none() && answer::is_of_steady_state(method) {
            let mut steady = self.steady.clone();
            steady.stop = Arc::clone(&self.latest.stop);
            let (checks, _) = checks(&steady, &mut self.standing);
            if steady.stop.load(Ordering::Relaxed) {
                return Err(Failure::outdated());
            }
            self.latest.steady = Some(Arc::new(checks));
        }
        let latest = &self.latest;
        let answer = guard::run(|| answer::to(method, params, latest));
        answer
            .unwrap_or_else(|fault| Err(Failure::internal(format!("pullwarden failed at `{}`", fault.place))))
    }
}

/// Checks every folder, and every text outside of them. Also returns the reasons why folders could not be checked.
fn checks(snapshot: &Snapshot, standing: &mut Standings) -> (Vec<Checked>, Vec<String>) {
    let mut troubles = Vec::new();
    let mut checks = Vec::new();
    standing.retain(|root, _| snapshot.folders.iter().any(|folder| folder.root == *root));
    let mut take = |name: &str, check: &mut dyn FnMut() -> Result<Checked, String>| match guard::run(check) {
        Ok(Ok(checked)) => checks.push(checked),
        Ok(Err(why)) => troubles.push(format!("{name}: {why}")),
        Err(fault) => troubles.push(format!("{name}: pullwarden failed at `{}`", fault.place)),
    };
    for folder in &snapshot.folders {
        if !snapshot.client.watches {
            folder.cache.forget_names();
        }
        let standing = standing.entry(folder.root.clone()).or_default();
        take(&folder.uri, &mut || {
            let open = snapshot.documents.iter().filter_map(|document| {
                let path = document.path.as_ref().filter(|path| folder.holds(path))?;
                Some((path.clone(), document.source.text.clone()))
            });
            let files = OpenFiles {
                root: folder.root.clone(),
                cache: folder.cache.clone(),
                open: open.collect(),
                is_watched: snapshot.client.watches,
                stop: snapshot.stop.clone(),
            };
            checked::folder(folder, files, &snapshot.documents, &snapshot.options, standing)
        });
    }
    for document in &snapshot.documents {
        if folder_of(&snapshot.folders, document).is_none() {
            take(&document.uri, &mut || Ok(checked::alone(document, &snapshot.options)));
        }
    }
    (checks, troubles)
}
