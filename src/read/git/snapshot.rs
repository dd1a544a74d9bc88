//! The files of a commit, as if they were checked out.

use super::{Commit, GitRepository};
use crate::read::tree::{Disk, EntryKind as FileKind, Tree};
use gix_hash::ObjectId;
use gix_object::tree::EntryKind;
use gix_object::{Kind, TreeRefIter};
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest object of a directory, in bytes.
const MAX_DIRECTORY: u64 = 256 << 20;

/// The longest target of a link, in bytes.
const MAX_LINK: u64 = 4096;

/// The limit of links on one path.
const MAX_LINKS: usize = 40;

/// The limit of entries that are read: equal directories are one object, so a few objects may name any number of files.
const MAX_ENTRIES: usize = 1_000_000;

/// The limit of depth: no path of a system has more parts.
const MAX_DEPTH: usize = 1_024;

/// The first line of a pointer of Git LFS.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

type Directory = BTreeMap<OsString, (EntryKind, ObjectId)>;

/// The files of a commit below a directory.
#[derive(Debug)]
pub struct Snapshot {
    repository: Arc<GitRepository>,
    commit: Commit,
    /// The path of the directory when it is checked out.
    root: PathBuf,
    /// Its tree; `None` if the commit lacks the directory.
    tree: Option<ObjectId>,
    /// Whether submodules and files of Git LFS are read from the working tree: a commit only holds a reference to
    /// them.
    beside_work_tree: bool,
    directories: Mutex<HashMap<ObjectId, Arc<Directory>>>,
    looked_at: AtomicUsize,
}

impl Snapshot {
    /// The files of `commit` below `root`, which lies in the repository's directory. Set `beside_work_tree` if they
    /// are compared with the working tree.
    pub fn new(
        repository: Arc<GitRepository>,
        commit: Commit,
        root: PathBuf,
        beside_work_tree: bool,
    ) -> Result<Self, String> {
        let (_, content) = repository.object(commit.0, MAX_DIRECTORY)?;
        let tree = gix_object::CommitRefIter::from_bytes(&content, gix_hash::Kind::Sha1).tree_id();
        let tree = tree.map_err(|error| format!("commit {commit} cannot be read: {error}"))?;
        let inside = root.strip_prefix(repository.directory()).map(Path::to_path_buf).unwrap_or_default();
        let (directories, looked_at) = (Mutex::default(), AtomicUsize::new(0));
        let mut snapshot =
            Self { repository, commit, root, tree: Some(tree), beside_work_tree, directories, looked_at };
        snapshot.directory(tree)?;
        for part in &inside {
            let Some(tree) = snapshot.tree else { break };
            let found = snapshot.directory(tree)?.get(part).copied();
            snapshot.tree = found.filter(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| id);
        }
        Ok(snapshot)
    }

    /// The commit.
    pub fn commit(&self) -> Commit {
        self.commit
    }

    /// The commits of the submodules, by their paths relative to the root.
    pub fn submodules(&self) -> Result<BTreeMap<PathBuf, String>, String> {
        let mut found = BTreeMap::new();
        let Some(tree) = self.tree else { return Ok(found) };
        let mut open = vec![(PathBuf::new(), tree)];
        while let Some((path, tree)) = open.pop() {
            for (name, (kind, id)) in self.directory(tree)?.iter() {
                match kind {
                    EntryKind::Tree => open.push((path.join(name), *id)),
                    EntryKind::Commit => {
                        found.insert(path.join(name), id.to_hex_with_len(10).to_string());
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// The hash of Git for the content of a file: equal hashes mean equal files.
    pub fn version(&self, path: &Path) -> Option<ObjectId> {
        let (kind, id) = self.entry(path)?;
        matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable).then_some(id)
    }

    fn directory(&self, id: ObjectId) -> Result<Arc<Directory>, String> {
        let known = self.directories.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let directory = match known {
            Some(known) => known,
            None => Arc::new(self.read_directory(id)?),
        };
        if self.looked_at.fetch_add(directory.len(), Ordering::Relaxed) > MAX_ENTRIES {
            return Err(format!("commit {} has more files than pullwarden reads", self.commit));
        }
        self.directories.lock().unwrap_or_else(PoisonError::into_inner).insert(id, directory.clone());
        Ok(directory)
    }

    fn read_directory(&self, id: ObjectId) -> Result<Directory, String> {
        let (kind, content) = self.repository.object(id, MAX_DIRECTORY)?;
        if kind != Kind::Tree {
            return Err(format!("object {id} is not a directory"));
        }
        let mut directory = Directory::new();
        for entry in TreeRefIter::from_bytes(&content, gix_hash::Kind::Sha1) {
            let entry = entry.map_err(|error| format!("object {id} cannot be read: {error}"))?;
            let name: &[u8] = entry.filename.as_ref();
            // Git never checks these out.
            let is_name = !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/');
            if let (true, Some(name)) = (is_name && !name.eq_ignore_ascii_case(b".git"), os_name(name)) {
                directory.insert(name, (entry.mode.kind(), entry.oid.to_owned()));
            }
        }
        Ok(directory)
    }

    /// The entry of the commit at a path, without following links.
    fn entry(&self, path: &Path) -> Option<(EntryKind, ObjectId)> {
        let mut here = (EntryKind::Tree, self.tree?);
        let inside = path.strip_prefix(&self.root).ok()?;
        for (depth, part) in inside.components().enumerate() {
            let Component::Normal(part) = part else { return None };
            if here.0 != EntryKind::Tree || depth >= MAX_DEPTH {
                return None;
            }
            here = *self.known(here.1)?.get(part)?;
        }
        Some(here)
    }

    fn known(&self, id: ObjectId) -> Option<Arc<Directory>> {
        let known = self.directories.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        known.or_else(|| self.directory(id).ok())
    }

    /// Whether a path is read from the working tree: it lies in a submodule, or is `.git/info/exclude`.
    fn is_beside(&self, path: &Path) -> bool {
        if path == self.root.join(".git/info/exclude") {
            return true;
        }
        let Ok(inside) = path.strip_prefix(&self.root) else { return false };
        self.beside_work_tree
            && inside.ancestors().any(|above| {
                self.entry(&self.root.join(above)).is_some_and(|(kind, _)| kind == EntryKind::Commit)
            })
    }

    fn blob(&self, id: ObjectId, most: u64) -> Result<Vec<u8>, String> {
        match self.repository.object(id, most)? {
            (Kind::Blob, content) => Ok(content),
            _ => Err("is not a file and is not read".into()),
        }
    }

    /// The content of a file of Git LFS, for which Git holds a pointer.
    fn content_of_pointer(&self, path: &Path, pointer: Vec<u8>, most: u64) -> Result<Vec<u8>, String> {
        use sha2::{Digest, Sha256};
        let text = String::from_utf8_lossy(&pointer);
        let digest = text.lines().find_map(|line| line.strip_prefix("oid sha256:")).unwrap_or_default();
        let is_inside = path.canonicalize().is_ok_and(|real| real.starts_with(&self.root));
        if self.beside_work_tree && is_inside {
            let here = Disk.read(path, most)?;
            let is_byte = |(number, byte): (usize, &u8)| {
                let digits = digest.get(2 * number..2 * number + 2);
                digits.is_some_and(|digits| u8::from_str_radix(digits, 16) == Ok(*byte))
            };
            if digest.len() == 64 && Sha256::digest(&here).iter().enumerate().all(is_byte) {
                return Ok(here);
            }
            if here == pointer {
                return Ok(pointer);
            }
        }
        Err(format!(
            "is a pointer of Git LFS in {}, and Git does not hold what it points to",
            self.commit.short()
        ))
    }

    /// Follows every link on the way to a path.
    fn follow(&self, path: &Path) -> Option<PathBuf> {
        let outside = || self.root.parent().map_or_else(|| PathBuf::from("/"), Path::to_path_buf);
        let Ok(inside) = path.strip_prefix(&self.root) else { return Some(outside()) };
        let mut here = self.root.clone();
        let mut open: Vec<OsString> = parts(inside);
        let mut links = 0;
        while let Some(part) = open.pop() {
            if part == OsStr::new("..") {
                if here == self.root {
                    return Some(outside());
                }
                here.pop();
                continue;
            }
            if part == OsStr::new(".") {
                continue;
            }
            here.push(&part);
            let (kind, id) = self.entry(&here)?;
            if kind != EntryKind::Link {
                if kind != EntryKind::Tree && !open.is_empty() {
                    return None;
                }
                continue;
            }
            links += 1;
            let target = self.blob(id, MAX_LINK).ok()?;
            let target = PathBuf::from(os_name(&target)?);
            if links > MAX_LINKS {
                return None;
            }
            here.pop();
            if target.is_absolute() {
                let Ok(inside) = target.strip_prefix(&self.root) else { return Some(outside()) };
                here.clone_from(&self.root);
                open.extend(parts(inside));
            } else {
                open.extend(parts(&target));
            }
        }
        Some(here)
    }
}

/// The parts of a path, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a name")]
fn os_name(name: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(name).to_owned())
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> Option<OsString> {
    String::from_utf8(name.to_vec()).ok().map(OsString::from)
}

fn kind(kind: EntryKind) -> FileKind {
    match kind {
        EntryKind::Blob | EntryKind::BlobExecutable => FileKind::File,
        EntryKind::Tree => FileKind::Directory,
        EntryKind::Link | EntryKind::Commit => FileKind::Other,
    }
}

impl Tree for Snapshot {
    fn entries(&self, directory: &Path) -> io::Result<Vec<io::Result<(OsString, FileKind)>>> {
        if self.is_beside(directory) {
            return Disk.entries(directory);
        }
        let Some((EntryKind::Tree, id)) = self.entry(directory) else { return Ok(Vec::new()) };
        let found = self.directory(id).map_err(io::Error::other)?;
        let entry = |(name, (entry, _)): (&OsString, &(EntryKind, ObjectId))| {
            // On the disk a submodule is a directory.
            let is_directory = *entry == EntryKind::Commit && self.beside_work_tree;
            Ok((name.clone(), if is_directory { FileKind::Directory } else { kind(*entry) }))
        };
        Ok(found.iter().map(entry).collect())
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        if self.is_beside(path) {
            return Disk.kind(path);
        }
        self.entry(path).map(|(entry, _)| kind(entry))
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        if self.is_beside(path) {
            return Disk.real(path);
        }
        self.follow(path)
    }

    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, String> {
        if self.is_beside(path) {
            return Disk.read(path, most);
        }
        let id = self.version(path).ok_or("is not a file and is not read")?;
        let content = self.blob(id, most)?;
        if content.starts_with(POINTER) && content.len() < 1024 {
            return self.content_of_pointer(path, content, most);
        }
        Ok(content)
    }
}
