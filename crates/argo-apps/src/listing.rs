//! The repository, as the caller provides it.

use spanned_yaml::FileId;
use std::sync::Arc;

/// The repository: paths relative to its root, with `/`; the root is empty.
pub trait Listing {
    /// All directories, sorted.
    fn directories(&self) -> &[String];
    /// All files, sorted.
    fn files(&self) -> &[String];
    /// The directory of the chart with this name and this version, if it is one of the repository.
    fn chart(&self, name: &str, version: &str) -> Option<String> {
        let _ = (name, version);
        None
    }
    /// The text of a file.
    fn read(&self, path: &str) -> Option<(FileId, Arc<str>)>;
}
