//! Finds the files of charts. Loading asks for paths relative to the root of the repository and reads nothing else.

use spanned_yaml::FileId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The entry at a path.
#[derive(Clone, Debug)]
pub enum Found {
    /// A file.
    File {
        /// The number of the file in this run.
        id: FileId,
        /// Its content.
        content: Content,
    },
    /// A directory.
    Directory,
    /// Nothing.
    Missing,
    /// An entry outside of the repository, which is not read.
    Outside,
    /// An entry that cannot be read, with the reason.
    Unreadable(String),
}

/// The content of a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text.
    Text(Arc<str>),
    /// Bytes that are not text, such as an archive or an image.
    Bytes(Arc<[u8]>),
}

impl Content {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(error) => Self::Bytes(error.into_bytes().into()),
        }
    }
}

/// The files of a repository. Paths are relative to its root, with `/`, without `.` and `..`; the root is empty.
pub trait FileTree: Sync {
    /// The entry at `path`.
    fn find(&self, path: &str) -> Found;

    /// The names of the entries in the directory at `path`, sorted. Empty if there is no directory.
    fn entries(&self, path: &str) -> Vec<String>;
}

/// Files that were read already.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, (FileId, Content)>,
}

impl MemoryTree {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, id: FileId, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), (id, bytes.into().into()));
    }

    /// The path of a file.
    pub fn name(&self, id: FileId) -> Option<&str> {
        self.files.iter().find(|(_, (known, _))| *known == id).map(|(name, _)| name.as_str())
    }
}

impl FileTree for MemoryTree {
    fn find(&self, path: &str) -> Found {
        if let Some((id, content)) = self.files.get(path) {
            return Found::File { id: *id, content: content.clone() };
        }
        let below = below(path);
        let first = self.files.range(below.clone()..).next();
        if path.is_empty() || first.is_some_and(|(name, _)| name.starts_with(&below)) {
            return Found::Directory;
        }
        Found::Missing
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let below = below(path);
        let inside = self.files.range(below.clone()..).map_while(|(name, _)| name.strip_prefix(&below));
        let mut names: Vec<String> =
            inside.map(|rest| rest.split('/').next().unwrap_or(rest).to_owned()).collect();
        names.dedup();
        names
    }
}

/// The prefix of all paths below a directory.
pub(crate) fn below(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}/") }
}
