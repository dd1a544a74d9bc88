//! The results of files that a run keeps for the next run over nearly the same files.
//!
//! A result depends on the number of the file, its name, its bytes, and [`How`] it is read. The next run takes it if
//! all of these are the same, so it is the result that reading would give.

use super::{FileResult, Held, How, Input, MAX_FILE, Numbers, load_bytes, read};
use crate::read::discover::{self, Origin};
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
    /// The names of all files of the run, and their numbers.
    names: Vec<String>,
    numbers: Numbers,
}

/// How the files of a run differ from those of the run before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    /// The files that are new, gone, or have other bytes.
    pub(crate) files: HashSet<FileId>,
    /// The names of those that are new or gone.
    pub(crate) new_or_gone: Vec<String>,
    /// Whether a `Chart.yaml` is among them all.
    pub(crate) has_chart: bool,
}

impl KeptFiles {
    /// Results of no run. Those of the next one are kept.
    pub(crate) fn on() -> Self {
        Self { files: Some(Files::new()), ..Self::default() }
    }

    /// Whether results are kept.
    pub(crate) fn is_on(&self) -> bool {
        self.files.is_some()
    }

    /// The numbers of the files of the next run.
    pub(super) fn numbers(&self, first: usize, inputs: &[Input]) -> Numbers {
        if self.is_on() {
            self.numbers.after(&self.names, first, inputs)
        } else {
            Numbers::dense(first, inputs.len())
        }
    }

    /// How the files of this run differ from those of the run `before`; `None` if that is not known.
    pub(crate) fn changed_since(&self, before: &Self) -> Option<Changed> {
        let (now, then) = (self.files.as_ref()?, before.files.as_ref()?);
        // A file whose reading failed has no entry.
        let is_whole = |kept: &Self, files: &Files| files.len() == kept.names.len();
        if before.names.is_empty() || !is_whole(self, now) || !is_whole(before, then) {
            return None;
        }
        let mut changed = Changed::default();
        let gone = then.iter().filter(|(id, file)| now.get(id).is_none_or(|now| now.name != file.name));
        let new = now.iter().filter(|(_, file)| !file.is_known);
        for (id, file) in new.chain(gone) {
            changed.files.insert(*id);
            changed.new_or_gone.push(file.name.clone());
        }
        changed.files.extend(now.iter().filter(|(_, file)| !file.is_as_before).map(|(id, _)| *id));
        changed.has_chart = changed.files.iter().any(|id| {
            let both = [now.get(id), then.get(id)].into_iter().flatten();
            both.into_iter().any(|file| discover::file_name(&file.name) == "Chart.yaml")
        });
        Some(changed)
    }

    /// The results of the run, and a place for those of the next one.
    pub(super) fn turn(&self) -> Option<(&Files, Mutex<Files>)> {
        self.files.as_ref().map(|files| (files, Mutex::default()))
    }

    /// The results of a run.
    pub(super) fn of(files: Option<Mutex<Files>>, inputs: &[Input], numbers: &Numbers) -> Self {
        let Some(files) = files else { return Self::default() };
        let names = inputs.iter().map(|input| input.name.clone()).collect();
        let files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self { files: Some(files), names, numbers: numbers.clone() }
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
