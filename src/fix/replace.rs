//! Gives a file a new text as a whole or not at all: the text is written to a temporary file, which is then renamed.

use crate::machine::disk;
use crate::read::git;
use crate::read::manifest::MAX_FILE;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whether a file still contains `text`, byte for byte.
pub fn is_as_read(path: &Path, text: &str) -> Result<(), String> {
    let bytes = disk::read(path, MAX_FILE)?;
    if bytes == text.as_bytes() {
        Ok(())
    } else if std::str::from_utf8(&bytes).is_err() {
        Err("is not UTF-8 throughout, so not all of its bytes could be kept".into())
    } else {
        Err("was changed by something else in the meantime; run the command again".into())
    }
}

/// The directories below the root of a repository that belong to it and not to a repository inside of it. Each directory is
/// checked once.
#[derive(Debug)]
pub struct Bounds<'r> {
    root: &'r Path,
    /// The checked directories, and whether they belong to the repository.
    known: RefCell<HashMap<PathBuf, bool>>,
}

impl<'r> Bounds<'r> {
    /// The bounds of the repository at `root`.
    pub fn of(root: &'r Path) -> Self {
        Self { root, known: RefCell::default() }
    }

    /// Whether no other repository is between the root and a file.
    pub fn hold(&self, path: &Path) -> Result<(), String> {
        let mut known = self.known.borrow_mut();
        let (mut is_own, mut unknown) = (true, Vec::new());
        for directory in path.ancestors().skip(1).take_while(|directory| *directory != self.root) {
            if let Some(found) = known.get(directory) {
                is_own = *found;
                break;
            }
            unknown.push(directory);
        }
        for directory in unknown.into_iter().rev() {
            is_own = is_own && !git::is_work_tree(directory);
            known.insert(directory.to_owned(), is_own);
        }
        if is_own { Ok(()) } else { Err("is of a repository inside of this one; fix it there".into()) }
    }
}

/// Whether a file may get a new text: it is below `root` without a link on the path, and writable.
pub fn can_be_replaced(root: &Path, path: &Path) -> Result<(), String> {
    let real = path.canonicalize().map_err(|error| format!("cannot be found: {error}"))?;
    if real != path || !real.starts_with(root) {
        return Err("is reached by a link; only files of the repository itself are changed".into());
    }
    let metadata = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("is no file".into());
    }
    // The rename would also replace a file that nobody may write to.
    if metadata.permissions().readonly() {
        return Err("is read-only".into());
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be written to: {error}")),
    }
}

/// Replaces the text `before` of a file below `root` by `after`. If the program is interrupted, the file contains one of the
/// two.
pub fn replace(root: &Path, path: &Path, before: &str, after: &str) -> Result<(), String> {
    can_be_replaced(root, path)?;
    let directory = path.parent().ok_or("has no directory")?;
    let mode = fs::metadata(path).map(|metadata| metadata.permissions()).ok();
    let beside = Beside::write(directory, mode, |out| out.write_all(after.as_bytes()))
        .map_err(|error| format!("cannot be replaced, since no file can be written beside it: {error}"))?;
    is_as_read(path, before)?;
    beside.take_the_place_of(path).map_err(|error| format!("cannot be replaced: {error}"))?;
    // The rename is durable after the directory is synced. Not every system supports this.
    #[expect(clippy::disallowed_methods, reason = "nothing is read")]
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Writes a text to a file, whether the file exists or not.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    write_with(path, |out| out.write_all(text.as_bytes()))
}

/// Writes the output of `write` to a file as a whole or not at all, whether the file exists or not. A link with this name is
/// replaced, never followed, since it may lead to any file of the machine; to keep a link, pass its target. A pipe or a
/// device is written to directly, and so is the target of a link below `/dev` and `/proc`, since no repository makes these.
pub fn write_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let old = fs::symlink_metadata(path).ok();
    let is_of_system = path.starts_with("/dev") || path.starts_with("/proc");
    let is_stream =
        |old: &fs::Metadata| !old.is_file() && !old.is_dir() && (!old.is_symlink() || is_of_system);
    if old.as_ref().is_some_and(is_stream) {
        let mut out = io::BufWriter::new(OpenOptions::new().write(true).truncate(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let old = old.filter(fs::Metadata::is_file);
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let directory = directory_of(path)?;
    Beside::write(directory, old.map(|old| old.permissions()), write)?.take_the_place_of(path)
}

/// Creates a file with its whole text, if it does not exist yet.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let beside = Beside::write(directory_of(path)?, None, |out| out.write_all(text.as_bytes()))?;
    // Unlike a rename, a hard link never replaces another file.
    match fs::hard_link(&beside.path, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() => {
            // Not every file system has hard links.
            beside.take_the_place_of(path)
        }
        result => result,
    }
}

/// The directory of a file to write, unless a link leads elsewhere on the way to it.
fn directory_of(path: &Path) -> io::Result<&Path> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if disk::leads_away(directory) {
        return Err(io::Error::other(
            "its directory is a link that leads elsewhere; name the directory itself",
        ));
    }
    Ok(directory)
}

/// A temporary file with the new text, which is removed in the end.
struct Beside {
    path: PathBuf,
    in_place: bool,
}

impl Beside {
    /// Writes the new text and syncs it, with the mode of the old file.
    fn write(
        directory: &Path,
        old: Option<fs::Permissions>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Before it has the mode of the old file, nobody else may read it.
        #[cfg(unix)]
        if old.is_some() {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let (file, path) = Self::create(directory, &options)?;
        let beside = Self { path, in_place: false };
        let mut out = io::BufWriter::new(file);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(old) = old {
            file.set_permissions(old)?;
        }
        file.sync_all()?;
        Ok(beside)
    }

    /// Creates the file with an unused name: an earlier process with the same id may have left one behind.
    fn create(directory: &Path, options: &OpenOptions) -> io::Result<(File, PathBuf)> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        const MOST: usize = 10_000;
        for attempt in 1.. {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            // The extension is not that of a manifest, so no cluster would get a file that is left behind.
            let path = directory.join(format!(".pullwarden-fix.{}.{number}.tmp", std::process::id()));
            match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < MOST => {}
                result => return result.map(|file| (file, path)),
            }
        }
        unreachable!("the last attempt returns")
    }

    fn take_the_place_of(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.in_place = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.in_place {
            // If it cannot be removed, nothing can be done: the actual error is already reported.
            let _ = fs::remove_file(&self.path);
        }
    }
}
