//! Reads the objects of Git with a library: commits, the base of a pull request, the files of a commit without a
//! checkout.
//!
//! Only objects and refs are read. `.git/config` does not count: the author of the repository may have written it, and
//! it could name programs, files of the machine and other working trees. So no hook, filter or program runs, nothing is
//! fetched, and nothing is written. Replace refs and grafts do not count.
//!
//! The crates below `gix` are used directly: this builds 43 more crates instead of 73, in half of the time.

pub mod base;
mod history;
mod locate;
mod missing;
mod revision;
mod snapshot;

pub use base::{Base, Environment};
pub use locate::{directory_of, is_work_tree};
pub use revision::Commit;
pub use snapshot::Snapshot;

use crate::machine::disk;
use crate::machine::terminal::shown;
use gix_hash::ObjectId;
use gix_object::{Find, FindHeader, Kind};
use gix_odb::store::Handle;
use locate::Located;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file of `.git` that is read as a text, in bytes.
const MAX_TEXT: u64 = 16 << 20;

/// How much one object may make the library allocate, in bytes.
const MAX_ALLOCATION: usize = 2 << 30;

/// A repository whose objects and refs are read.
pub struct GitRepository {
    located: Located,
    objects: Mutex<Handle<Arc<gix_odb::Store>>>,
    /// Whether the clone is shallow.
    is_shallow: bool,
}

impl std::fmt::Debug for GitRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("at", &self.located.git_dir).finish_non_exhaustive()
    }
}

impl GitRepository {
    /// The repository that contains `path`, which has its links resolved.
    pub fn open(path: &Path) -> Result<Self, String> {
        let located = locate::locate(path)?;
        let objects = located.common_dir.join("objects");
        let options = gix_odb::store::init::Options {
            alloc_limit_bytes: Some(MAX_ALLOCATION),
            current_dir: Some(objects.clone()),
            ..Default::default()
        };
        let kind = gix_hash::Kind::Sha1;
        let store = gix_odb::Store::at_opts(objects, kind, &mut std::iter::empty(), options)
            .map_err(|error| format!("cannot read {}: {error}", shown(&located.git_dir)))?;
        let mut handle = Arc::new(store).to_handle_arc();
        handle.refresh_never();
        let shallow = disk::read(&located.common_dir.join("shallow"), MAX_TEXT);
        let is_shallow = shallow.is_ok_and(|text| !text.trim_ascii().is_empty());
        Ok(Self { located, objects: Mutex::new(handle), is_shallow })
    }

    /// The directory of the working tree; a bare repository has none.
    pub fn work_tree(&self) -> Option<&Path> {
        self.located.work_tree.as_deref()
    }

    /// The directory that names are relative to: the working tree, or a bare repository itself.
    pub fn directory(&self) -> &Path {
        self.work_tree().unwrap_or(&self.located.git_dir)
    }

    /// Whether the working tree holds only a part of the files of its commit.
    pub fn is_sparse(&self) -> bool {
        self.located.is_sparse()
    }

    /// The refs of the repository.
    fn refs(&self) -> gix_ref::file::Store {
        let Located { git_dir, common_dir, .. } = &self.located;
        let kind = gix_hash::Kind::Sha1;
        if git_dir == common_dir {
            gix_ref::file::Store::at(git_dir.clone(), kind)
        } else {
            gix_ref::file::Store::for_linked_worktree(git_dir.clone(), common_dir.clone(), kind)
        }
    }

    /// The kind and the content of an object of at most `most` bytes.
    fn object(&self, id: ObjectId, most: u64) -> Result<(Kind, Vec<u8>), String> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let broken = |error: String| format!("object {id} cannot be read: {error}");
        let header = objects.try_header(&id).map_err(|error| broken(error.to_string()))?;
        let Some(header) = header else { return Err(self.missing(id)) };
        if header.size > most {
            return Err(disk::too_large(most));
        }
        let mut content = Vec::new();
        let found = objects.try_find(&id, &mut content).map_err(|error| broken(error.to_string()))?;
        let kind = found.map(|object| object.kind).ok_or_else(|| self.missing(id))?;
        Ok((kind, content))
    }
}

/// A path with its links resolved.
fn real(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|error| format!("cannot read {}: {error}", shown(path)))
}
