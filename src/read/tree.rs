//! The files below a directory: on the disk ([`Disk`]), or in a commit of Git ([`crate::read::git::Snapshot`]).
//!
//! Paths are absolute: a file of a commit has the path that it would have in the working tree. So the same code walks,
//! reads and follows links in both, and names in reports are the same.

use crate::machine::disk;
use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The type of an entry of a directory; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A link, a submodule, a device.
    Other,
}

/// Files below a directory.
pub trait Tree: Debug + Send + Sync {
    /// The entries of a directory, in any order.
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>>;

    /// The type of the entry at a path; links are not followed.
    fn kind(&self, path: &Path) -> Option<EntryKind>;

    /// The path with all links followed; `None` if it does not exist.
    fn real(&self, path: &Path) -> Option<PathBuf>;

    /// A file of at most `most` bytes.
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, String>;

    /// Does the same as `read`. A tree that has the bytes in memory shares them.
    ///
    /// # Errors
    ///
    /// As `read`.
    fn shared(&self, path: &Path, most: u64) -> Result<Arc<[u8]>, String> {
        self.read(path, most).map(Into::into)
    }

    /// Whether this is the disk.
    fn is_disk(&self) -> bool {
        false
    }
}

/// The files of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Tree for Disk {
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>> {
        let entry = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), kind(entry.file_type()?)))
        };
        Ok(std::fs::read_dir(directory)?.map(entry).collect())
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        path.symlink_metadata().ok().map(|metadata| kind(metadata.file_type()))
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }

    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, String> {
        disk::read(path, most)
    }

    fn is_disk(&self) -> bool {
        true
    }
}

fn kind(found: std::fs::FileType) -> EntryKind {
    if found.is_file() {
        EntryKind::File
    } else if found.is_dir() {
        EntryKind::Directory
    } else {
        EntryKind::Other
    }
}
