//! Where the texts come from. A build asks for paths relative to the repository's root and gets nothing else.

use crate::source::FileId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands at a path.
#[derive(Clone, Debug)]
pub enum Found {
    /// A text.
    File {
        /// Its path, links resolved.
        path: String,
        /// The file of the run.
        id: FileId,
        /// What it says.
        text: Arc<str>,
    },
    /// A directory.
    Directory {
        /// Its path, links resolved.
        path: String,
    },
    /// Nothing.
    Missing,
    /// Something outside of the repository, which is not read.
    Outside,
    /// Something that cannot be read as a text, and why.
    Unreadable(String),
}

/// The files of a repository. Paths are relative to its root, with `/`, without `.` and `..`; the root is empty.
pub trait Files {
    /// What stands at `path`.
    fn find(&self, path: &str) -> Found;
}

/// Files that were read already.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, (FileId, Arc<str>)>,
}

impl Tree {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, id: FileId, text: impl Into<Arc<str>>) {
        self.files.insert(path.into(), (id, text.into()));
    }
}

impl Files for Tree {
    fn find(&self, path: &str) -> Found {
        if let Some((id, text)) = self.files.get(path) {
            return Found::File { path: path.to_owned(), id: *id, text: text.clone() };
        }
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = self.files.range(below.clone()..).next();
        if path.is_empty() || first.is_some_and(|(name, _)| name.starts_with(&below)) {
            return Found::Directory { path: path.to_owned() };
        }
        Found::Missing
    }
}

/// `path` as seen from `directory`; `None` where that leaves the repository.
pub(crate) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether `path` is `directory` or lies in it.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
