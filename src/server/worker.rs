//! The thread that checks and answers, while another thread reads messages. It does one thing at a time.

use super::answer::{self, Failure};
use super::checked::{self, Checked, Standing};
use super::client::{Client, Options};
use super::diagnostics::{self, OfText};
use super::document::OpenDocument;
use super::files::OpenFiles;
use super::folder::{Folder, folder_of};
use super::latest::Latest;
use crate::machine::guard;
use lsp_server::RequestId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

/// Everything that a check depends on.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) folders: Vec<Arc<Folder>>,
    pub(super) documents: Vec<Arc<OpenDocument>>,
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
    Answered(RequestId, Result<Value, Failure>),
}

/// The result of a check.
pub(super) struct Done {
    /// The diagnostics by text, unless a newer state ended the check.
    pub(super) texts: Option<Arc<BTreeMap<String, OfText>>>,
    /// The reasons why folders could not be checked.
    pub(super) troubles: Vec<String>,
}

/// Works until nobody can send more work.
pub(super) fn run(work: &Receiver<Work>, tell: impl Fn(Outcome) -> bool) {
    let mut latest = Latest::default();
    let mut standing = BTreeMap::new();
    for work in work {
        let outcome = match work {
            Work::Check(snapshot) => Outcome::Checked(check(&snapshot, &mut latest, &mut standing)),
            Work::Answer(id, method, params) => {
                let answer = guard::run(|| answer::to(&method, params, &latest));
                let answer = answer.unwrap_or_else(|fault| {
                    Err(Failure::internal(format!("pullwarden failed at `{}`", fault.place)))
                });
                Outcome::Answered(id, answer)
            }
        };
        if !tell(outcome) {
            return;
        }
    }
}

/// Checks a state. `standing` has the checks of the folders, by their directories.
fn check(
    snapshot: &Snapshot,
    latest: &mut Latest,
    standing: &mut BTreeMap<PathBuf, Option<Standing>>,
) -> Done {
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
    if snapshot.stop.load(Ordering::Relaxed) {
        return Done { texts: None, troubles: Vec::new() };
    }
    let mut texts: BTreeMap<String, OfText> = BTreeMap::new();
    for checked in &checks {
        texts.extend(diagnostics::by_text(checked, &snapshot.client));
    }
    let texts = Arc::new(texts);
    *latest = Latest {
        client: snapshot.client,
        options: snapshot.options.clone(),
        checks,
        texts: Arc::clone(&texts),
    };
    Done { texts: Some(texts), troubles }
}
