//! The files of a workspace folder as its client sees them: the files on the disk, with open texts in place of their
//! files.
//!
//! Files that were read are cached. A client that watches files reports changes. For other clients, each check asks
//! the disk whether a file is still the same. Nothing outside of the folder is read, not even by a link.

use crate::machine::disk;
use crate::read::tree::{Disk, EntryKind, Tree};
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

/// Files with more bytes are not cached.
const MAX_KEPT_FILE: usize = 16 << 20;
/// The most bytes of all cached files.
const MAX_KEPT: usize = 1 << 30;

/// What was read of a folder.
#[derive(Debug, Default)]
pub(super) struct Cache {
    texts: RwLock<HashMap<PathBuf, Kept>>,
    listings: RwLock<HashMap<PathBuf, Arc<BTreeMap<OsString, EntryKind>>>>,
    real: RwLock<HashMap<PathBuf, Option<PathBuf>>>,
    bytes: AtomicUsize,
}

/// A file that was read.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Arc<[u8]>,
    stamp: Option<Stamp>,
}

/// The time and the size of a file: they show whether it has changed, without reading it.
type Stamp = (SystemTime, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    /// Forgets a path and everything below it.
    pub(super) fn forget(&self, path: &Path) {
        let mut texts = write(&self.texts);
        if let Some(gone) = texts.remove(path) {
            self.bytes.fetch_sub(gone.bytes.len(), Ordering::Relaxed);
        }
        let mut listings = write(&self.listings);
        let was_directory = listings.remove(path).is_some();
        // Directories may be new or gone with it.
        let mut child = path;
        while let Some((parent, name)) = child.parent().zip(child.file_name()) {
            let listing = listings.remove(parent);
            if listing.is_some_and(|listing| listing.contains_key(name)) && parent.is_dir() {
                break;
            }
            child = parent;
        }
        if was_directory {
            texts.retain(|known, _| !known.starts_with(path));
            listings.retain(|known, _| !known.starts_with(path));
            self.bytes.store(texts.values().map(|kept| kept.bytes.len()).sum(), Ordering::Relaxed);
        }
        write(&self.real).clear();
    }

    /// Forgets which files exist, but not their contents.
    pub(super) fn forget_names(&self) {
        write(&self.listings).clear();
        write(&self.real).clear();
    }

    fn keep(&self, path: &Path, kept: Kept) {
        let length = kept.bytes.len();
        let all = self.bytes.load(Ordering::Relaxed);
        if length <= MAX_KEPT_FILE && all + length <= MAX_KEPT {
            let old = write(&self.texts).insert(path.to_owned(), kept);
            self.bytes.fetch_add(length, Ordering::Relaxed);
            self.bytes.fetch_sub(old.map_or(0, |old| old.bytes.len()), Ordering::Relaxed);
        }
    }
}

/// The files of a folder for one check.
#[derive(Clone, Debug)]
pub(super) struct OpenFiles {
    /// The directory of the folder, links resolved.
    pub(super) root: PathBuf,
    /// What was read before.
    pub(super) cache: Arc<Cache>,
    /// The open texts.
    pub(super) open: BTreeMap<PathBuf, Arc<str>>,
    /// Whether the client says what changes on the disk.
    pub(super) is_watched: bool,
    /// Whether a newer state makes this check useless, so that it should end soon.
    pub(super) stop: Arc<AtomicBool>,
}

impl OpenFiles {
    fn listing(&self, directory: &Path) -> io::Result<Arc<BTreeMap<OsString, EntryKind>>> {
        if let Some(known) = read(&self.cache.listings).get(directory) {
            return Ok(known.clone());
        }
        let entries = Disk.entries(directory)?.into_iter().collect::<io::Result<_>>()?;
        let listing = Arc::new(entries);
        write(&self.cache.listings).insert(directory.to_owned(), Arc::clone(&listing));
        Ok(listing)
    }

    /// The open texts below a directory, as paths from there.
    fn open_below<'f>(&'f self, directory: &'f Path) -> impl Iterator<Item = &'f Path> {
        let below =
            self.open.range(directory.to_owned()..).map(move |(path, _)| path.strip_prefix(directory));
        below.map_while(Result::ok)
    }

    /// Whether a directory has open texts; it may have no file yet.
    fn holds_open(&self, directory: &Path) -> bool {
        self.open_below(directory).next().is_some()
    }

    /// The entries of a directory that open texts add to it.
    fn open_entries<'f>(&'f self, directory: &'f Path) -> impl Iterator<Item = (&'f OsStr, EntryKind)> {
        self.open_below(directory).filter_map(|path| {
            let mut parts = path.iter();
            let name = parts.next()?;
            Some((name, if parts.next().is_none() { EntryKind::File } else { EntryKind::Directory }))
        })
    }

    fn kept(&self, path: &Path) -> Option<Arc<[u8]>> {
        let kept = read(&self.cache.texts).get(path).cloned()?;
        let is_fresh = self.is_watched || (kept.stamp.is_some() && kept.stamp == stamp(path));
        is_fresh.then_some(kept.bytes)
    }
}

impl Tree for OpenFiles {
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, EntryKind)>>> {
        let mut entries = match self.listing(directory) {
            Err(_) if self.holds_open(directory) => BTreeMap::new(),
            listing => listing?.as_ref().clone(),
        };
        for (name, kind) in self.open_entries(directory) {
            entries.entry(name.to_owned()).or_insert(kind);
        }
        Ok(entries.into_iter().map(Ok).collect())
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        if self.open.contains_key(path) {
            return Some(EntryKind::File);
        }
        let known = path.parent().filter(|parent| parent.starts_with(&self.root));
        let kind = match known.zip(path.file_name()).map(|(parent, name)| (self.listing(parent), name)) {
            Some((Ok(listing), name)) => listing.get(name).copied(),
            Some((Err(_), _)) => None,
            None => Disk.kind(path),
        };
        kind.or_else(|| self.holds_open(path).then_some(EntryKind::Directory))
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        if self.open.contains_key(path) {
            return Some(path.to_owned());
        }
        let known = read(&self.cache.real).get(path).cloned();
        let real = known.unwrap_or_else(|| {
            let real = Disk.real(path);
            write(&self.cache.real).insert(path.to_owned(), real.clone());
            real
        });
        real.or_else(|| self.holds_open(path).then(|| path.to_owned()))
    }

    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, String> {
        self.shared(path, most).map(|bytes| bytes.to_vec())
    }

    fn shared(&self, path: &Path, most: u64) -> Result<Arc<[u8]>, String> {
        if self.stop.load(Ordering::Relaxed) {
            return Err("is not read, since a newer state is there to check".into());
        }
        if let Some(text) = self.open.get(path) {
            return disk::within(Arc::from(Arc::clone(text)), most);
        }
        if let Some(bytes) = self.kept(path) {
            return disk::within(bytes, most);
        }
        if !path.canonicalize().is_ok_and(|real| real.starts_with(&self.root)) && path.exists() {
            return Err("is not in the workspace folder and is not read".into());
        }
        // The stamp is taken first: a file that changes meanwhile is read again.
        let stamp = stamp(path);
        let bytes: Arc<[u8]> = Disk.shared(path, most)?;
        self.cache.keep(path, Kept { bytes: Arc::clone(&bytes), stamp });
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("pullwarden-files-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(directory.join("sub")).unwrap();
        directory.canonicalize().unwrap()
    }

    fn files(root: &Path, cache: &Arc<Cache>, is_watched: bool) -> OpenFiles {
        let open = BTreeMap::from([(root.join("sub/new.yaml"), "open".into())]);
        OpenFiles { root: root.to_owned(), cache: cache.clone(), open, is_watched, stop: Arc::default() }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn files_are_kept_until_somebody_says_that_they_changed() {
        let root = scratch("kept");
        let cache = Arc::new(Cache::default());
        let path = root.join("a.yaml");
        std::fs::write(&path, "one").unwrap();
        let watched = files(&root, &cache, true);
        assert_eq!(watched.read(&path, 10), Ok(b"one".to_vec()));
        std::fs::write(&path, "three").unwrap();
        assert_eq!(watched.read(&path, 10), Ok(b"one".to_vec()));
        assert_eq!(files(&root, &cache, false).read(&path, 10), Ok(b"three".to_vec()));
        std::fs::write(&path, "four").unwrap();
        cache.forget(&path);
        assert_eq!(watched.read(&path, 10), Ok(b"four".to_vec()));
        assert_eq!(watched.read(&root.join("sub/new.yaml"), 10), Ok(b"open".to_vec()));
        assert_eq!(watched.entries(&root.join("sub")).unwrap().len(), 1);
        assert_eq!(watched.kind(&root.join("b.yaml")), None);
        std::fs::write(root.join("b.yaml"), "").unwrap();
        assert_eq!(watched.kind(&root.join("b.yaml")), None);
        cache.forget(&root.join("b.yaml"));
        assert_eq!(watched.kind(&root.join("b.yaml")), Some(EntryKind::File));
        let deep = root.join("c/d/e.yaml");
        assert_eq!(watched.kind(&deep), None);
        std::fs::create_dir_all(deep.parent().unwrap()).unwrap();
        std::fs::write(&deep, "").unwrap();
        cache.forget(&deep);
        let names = |directory: &Path| -> Vec<OsString> {
            watched.entries(directory).unwrap().into_iter().map(|entry| entry.unwrap().0).collect()
        };
        assert_eq!(names(&root), ["a.yaml", "b.yaml", "c", "sub"]);
        assert_eq!(names(&root.join("c/d")), ["e.yaml"]);
        std::fs::remove_dir_all(root.join("c")).unwrap();
        cache.forget(&deep);
        assert_eq!(names(&root), ["a.yaml", "b.yaml", "sub"]);
        std::fs::remove_dir_all(root.join("sub")).unwrap();
        cache.forget(&root.join("sub"));
        assert_eq!(names(&root), ["a.yaml", "b.yaml", "sub"], "an open text has its directory");
        assert_eq!(names(&root.join("sub")), ["new.yaml"]);
        std::fs::remove_dir_all(&root).unwrap();
        cache.forget(&root);
        assert!(read(&cache.texts).is_empty() && cache.bytes.load(Ordering::Relaxed) == 0);
    }

    #[test]
    #[cfg(unix)]
    fn files_outside_of_the_folder_are_not_read() {
        let root = scratch("outside");
        std::os::unix::fs::symlink("/etc", root.join("etc")).unwrap();
        let files = files(&root, &Arc::default(), true);
        for path in [root.join("etc/hostname"), PathBuf::from("/etc/hostname"), PathBuf::from("/dev/zero")] {
            assert!(files.read(&path, 1 << 20).is_err(), "{path:?}");
        }
        std::fs::remove_dir_all(&root).unwrap();
    }
}
