//! A new text for a file, or none at all: it is written beside, and takes the file's name when it is whole.

use crate::machine::disk;
use crate::read::git;
use crate::read::manifest::MAX_FILE;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whether a file still holds `text`, byte for byte.
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

/// Which directories below the root of a repository are its own, and which are of a repository inside of it. Each is
/// looked at once.
#[derive(Debug)]
pub struct Bounds<'r> {
    root: &'r Path,
    /// The directories that were looked at, and whether they are its own.
    known: RefCell<HashMap<PathBuf, bool>>,
}

impl<'r> Bounds<'r> {
    /// Those of the repository at `root`.
    pub fn of(root: &'r Path) -> Self {
        Self { root, known: RefCell::default() }
    }

    /// Whether no other repository lies between the root and a file.
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

/// Whether a file may get a new text: it lies below `root` without a detour, and may be written to.
pub fn can_be_replaced(root: &Path, path: &Path) -> Result<(), String> {
    let real = path.canonicalize().map_err(|error| format!("cannot be found: {error}"))?;
    if real != path || !real.starts_with(root) {
        return Err("is reached by a link; only files of the repository itself are changed".into());
    }
    let metadata = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("is no file".into());
    }
    // A new file could take the name of one that nobody may write to.
    if metadata.permissions().readonly() {
        return Err("is read-only".into());
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be written to: {error}")),
    }
}

/// Gives a file below `root` the text `after` in the place of `before`. Whatever happens, the file holds one of the two.
pub fn replace(root: &Path, path: &Path, before: &str, after: &str) -> Result<(), String> {
    can_be_replaced(root, path)?;
    let directory = path.parent().ok_or("has no directory")?;
    let mode = fs::metadata(path).map(|metadata| metadata.permissions()).ok();
    let beside = Beside::write(directory, mode, |out| out.write_all(after.as_bytes()))
        .map_err(|error| format!("cannot be replaced, since no file can be written beside it: {error}"))?;
    is_as_read(path, before)?;
    beside.take_the_place_of(path).map_err(|error| format!("cannot be replaced: {error}"))?;
    // The name is on the disk when the directory is. Not every system lets one ask for that.
    #[expect(clippy::disallowed_methods, reason = "nothing is read")]
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Gives a file a text, whether it was there before or not.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    write_with(path, |out| out.write_all(text.as_bytes()))
}

/// Gives a file what `write` writes, all of it or nothing, whether it was there before or not. A link of this name is
/// replaced, never followed, since it may lead to any file of the machine; so whoever wants to keep a link names what it
/// leads to. What is no file, a pipe or a device, is written to as it is. So is what links below `/dev` and `/proc` lead
/// to: no repository makes these.
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

/// Makes a file that is not there yet, with all of its text or not at all.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let beside = Beside::write(directory_of(path)?, None, |out| out.write_all(text.as_bytes()))?;
    // Unlike a new name for the file, a second one never takes the place of another file.
    match fs::hard_link(&beside.path, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() => {
            // Not every file system knows second names.
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

/// A file with the new text that has no name of its own to stay with.
struct Beside {
    path: PathBuf,
    in_place: bool,
}

impl Beside {
    /// Writes the new text, to the disk, with the mode of the old one.
    fn write(
        directory: &Path,
        old: Option<fs::Permissions>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Until it has the mode of the old one, nobody else may read it.
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

    /// Makes the file under a name that is free: an earlier process of the same number may have left one behind.
    fn create(directory: &Path, options: &OpenOptions) -> io::Result<(File, PathBuf)> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        const MOST: usize = 10_000;
        for attempt in 1.. {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            // No manifest's ending: what a kill leaves behind is nothing that a cluster would get.
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
            // If it cannot be removed, there is nobody to tell: why it came to this is told already.
            let _ = fs::remove_file(&self.path);
        }
    }
}
