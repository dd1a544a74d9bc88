//! A new text for a file, or none at all: it is written beside, and takes the file's name when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whether a file still holds `text`, byte for byte.
pub fn is_as_read(path: &Path, text: &str) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes == text.as_bytes() {
        Ok(())
    } else if std::str::from_utf8(&bytes).is_err() {
        Err("is not UTF-8 throughout, so not all of its bytes could be kept".into())
    } else {
        Err("was changed by something else in the meantime; run the command again".into())
    }
}

/// Whether no other repository lies between `root` and a file of its directories.
pub fn is_of_this_repository(root: &Path, path: &Path) -> Result<(), String> {
    let mut between = path.ancestors().skip(1).take_while(|directory| *directory != root);
    match between.find(|directory| directory.join(".git").exists()) {
        Some(_) => Err("is of a repository inside of this one; fix it there".into()),
        None => Ok(()),
    }
}

/// Whether a file may get a new text: it lies below `root` without a detour, and may be written to.
pub fn can_be_replaced(root: &Path, path: &Path) -> Result<(), String> {
    let real = path.canonicalize().map_err(|error| format!("cannot be found: {error}"))?;
    if real != path || !real.starts_with(root) {
        return Err("is reached by a link; only files of the repository itself are changed".into());
    }
    let metadata = fs::metadata(path).map_err(|error| format!("cannot be looked at: {error}"))?;
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
    let beside = Beside::write(directory, Some(path), after)
        .map_err(|error| format!("cannot be replaced, since no file can be written beside it: {error}"))?;
    is_as_read(path, before)?;
    beside.take_the_place_of(path).map_err(|error| format!("cannot be replaced: {error}"))?;
    // The name is on the disk when the directory is. Not every system lets one ask for that.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Gives a file a text, whether it was there before or not.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let old = path.exists().then_some(path);
    Beside::write(directory.unwrap_or(Path::new(".")), old, text)?.take_the_place_of(path)
}

/// A file with the new text that has no name of its own to stay with.
struct Beside {
    path: PathBuf,
    in_place: bool,
}

impl Beside {
    /// Writes the new text, to the disk, with the mode of the old one.
    fn write(directory: &Path, old: Option<&Path>, text: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // No manifest's ending: what a kill leaves behind is nothing that a cluster would get.
        let path = directory.join(format!(".pullwarden-fix.{}.{number}.tmp", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Until it has the mode of the old one, nobody else may read it.
        #[cfg(unix)]
        if old.is_some() {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut file = options.open(&path)?;
        let beside = Self { path, in_place: false };
        file.write_all(text.as_bytes())?;
        if let Some(old) = old {
            file.set_permissions(fs::metadata(old)?.permissions())?;
        }
        file.sync_all()?;
        Ok(beside)
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
