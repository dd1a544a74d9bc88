//! The source of texts.

use crate::chart::Charts;
use spanned_yaml::{Documents, FileId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The content at a path.
#[derive(Clone, Debug)]
pub enum Found {
    /// A text.
    File {
        /// Its path, with links resolved.
        path: String,
        /// The file of the run.
        id: FileId,
        /// The text.
        text: Arc<str>,
    },
    /// A directory.
    Directory {
        /// Its path, with links resolved.
        path: String,
    },
    /// Nothing.
    Missing,
    /// A path outside of the repository, which is not read.
    Outside,
    /// A file that cannot be read as text, and the reason.
    Unreadable(String),
}

/// The files of a repository. Paths are relative to its root, with `/`, without `.` and `..`; the root is empty.
pub trait Files: Sync {
    /// The content at `path`.
    fn find(&self, path: &str) -> Found;

    /// The names in the directory at `path`, sorted; empty if it is not a directory.
    fn entries(&self, path: &str) -> Vec<String>;

    /// The path of a file that was found.
    fn name(&self, id: FileId) -> Option<String>;

    /// The documents of a file, if they were already read: all of them, as [`spanned_yaml::parse_all`] reads them.
    fn documents(&self, id: FileId) -> Option<Arc<Documents>> {
        let _ = id;
        None
    }

    /// Renders the charts that kustomizations name. Without it, charts are left out.
    fn charts(&self) -> Option<&dyn Charts> {
        None
    }
}

/// Files that were already read.
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

    fn entries(&self, path: &str) -> Vec<String> {
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        let inside = self.files.range(below.clone()..).map_while(|(name, _)| name.strip_prefix(&below));
        let mut names: Vec<String> =
            inside.map(|rest| rest.split('/').next().unwrap_or(rest).to_owned()).collect();
        names.dedup();
        names
    }

    fn name(&self, id: FileId) -> Option<String> {
        self.files.iter().find(|(_, (known, _))| *known == id).map(|(name, _)| name.clone())
    }
}

/// `path` relative to `directory`; `None` if it leaves the repository.
pub fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    // Most paths are names of files in a directory that was joined before.
    let is_name = !matches!(path, "" | "." | "..") && !path.contains('/');
    let is_joined = !directory.starts_with('/') && !directory.ends_with('/') && !directory.contains("//");
    if is_name && is_joined {
        return Some(if directory.is_empty() { path.to_owned() } else { [directory, path].join("/") });
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

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `path` is `directory` or lies in it.
pub(crate) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
