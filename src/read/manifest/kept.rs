//! The results of files that a run keeps for the next run over nearly the same files.
//!
//! A result depends on the number of the file, its name, its bytes, and [`How`] it is read. The next run takes it if
//! all of these are the same, so it is the result that reading would give.

use super::{FileResult, Held, How, Input, MAX_FILE, load_bytes, read};
use crate::read::discover::Origin;
use crate::source::FileId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The files of one run.
type Files = HashMap<FileId, File>;

/// A file that was read, and its result.
#[derive(Debug)]
pub(super) struct File {
    name: String,
    /// The bytes, or the reason why they cannot be read.
    bytes: Result<Arc<[u8]>, String>,
    how: How,
    result: FileResult,
    /// Whether the run before had the same file, and whether with the same bytes.
    is_known: bool,
    is_as_before: bool,
}

/// The results of a run. By default, nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct KeptFiles {
    /// `None` if nothing is kept.
    files: Option<Files>,
    /// How many files the run had.
    count: usize,
}

impl KeptFiles {
    /// Results of no run. Those of the next one are kept.
    pub(crate) fn on() -> Self {
        Self { files: Some(Files::new()), count: 0 }
    }

    /// Whether results are kept.
    pub(crate) fn is_on(&self) -> bool {
        self.files.is_some()
    }

    /// The files of this run that have other bytes than in the run `before`; `None` if the runs have other files.
    pub(crate) fn changed_since(&self, before: &Self) -> Option<HashSet<FileId>> {
        let files = self.files.as_ref()?;
        // A file whose reading failed has no entry.
        let is_whole = self.count == before.count && files.len() == self.count;
        let changed = files.iter().filter(|(_, file)| !file.is_as_before).map(|(id, _)| *id);
        (is_whole && files.values().all(|file| file.is_known)).then(|| changed.collect())
    }

    /// The results of the run, and a place for those of the next one.
    pub(super) fn turn(&self) -> Option<(&Files, Mutex<Files>)> {
        self.files.as_ref().map(|files| (files, Mutex::default()))
    }

    /// The results of a run over `count` files.
    pub(super) fn of(files: Option<Mutex<Files>>, count: usize) -> Self {
        let files = files.map(|files| files.into_inner().unwrap_or_else(PoisonError::into_inner));
        Self { files, count }
    }
}

/// Reads a file, unless the last run has read the same.
pub(super) fn load_file(
    file: FileId,
    input: &Input,
    how: How,
    one_large: &Mutex<()>,
    before: &Files,
    now: &Mutex<Files>,
) -> FileResult {
    let bytes: Result<Arc<[u8]>, String> = match &input.origin {
        Origin::Stored(tree, path) => tree.shared(path, MAX_FILE),
        origin => read(origin).map(Into::into),
    };
    let known = before.get(&file).filter(|known| known.name == input.name);
    let is_known = known.is_some();
    let known = known.filter(|known| known.bytes == bytes);
    let is_as_before = known.is_some();
    let result = match (known.filter(|known| known.how == how), &bytes) {
        (Some(known), _) => known.result.clone(),
        // What depends on the kinds of workloads would be wrong in a run with others.
        (None, Ok(bytes)) => load_bytes(file, input, bytes.as_ref().into(), how, one_large, &Held::new(None)),
        (None, Err(why)) => FileResult::unreadable(file, input, why),
    };
    let kept = File { name: input.name.clone(), bytes, how, result: result.clone(), is_known, is_as_before };
    now.lock().unwrap_or_else(PoisonError::into_inner).insert(file, kept);
    result
}
