//! Reads files that nobody has checked: a name may lead to a device, to a pipe that nobody writes to, or by a link out
//! of the repository.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// Reads a file of at most `most` bytes. Anything else, as a pipe, is not opened, since the opening can wait forever.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let metadata = path.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("is not a file and is not read".into());
    }
    read_stream(path, metadata.len().min(most), most)
}

/// A file up to this size, in bytes, is read into memory that the next file gets, too.
const SMALL_FILE: usize = 16 << 10;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Reads a path that its directory lists as a file, and gives its bytes to `each`. It is opened at once: to look for a path
/// once more takes nearly as long as to read a small file. If it became something else, it is not read, and nobody waits
/// for the writer of a pipe.
pub fn read_listed<T>(path: &Path, most: u64, each: impl FnOnce(Result<Cow<'_, [u8]>, String>) -> T) -> T {
    let mut buffer = BUFFER.take();
    buffer.resize(SMALL_FILE, 0);
    let result = match read_small(path, &mut buffer).filter(|length| *length as u64 <= most) {
        Some(length) => each(Ok(Cow::Borrowed(&buffer[..length]))),
        None => each(read(path, most).map(Cow::Owned)),
    };
    BUFFER.set(buffer);
    result
}

/// The number of bytes of a file that fits into `buffer`. Anything else may be empty, without an end, or not ready.
fn read_small(path: &Path, buffer: &mut [u8]) -> Option<usize> {
    let mut file = open_at_once(path)?;
    let mut length = 0;
    loop {
        match file.read(&mut buffer[length..]) {
            Ok(0) => return (0 < length && length < buffer.len()).then_some(length),
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Opens whatever is there, without a wait for the writer of a pipe.
#[cfg(unix)]
fn open_at_once(path: &Path) -> Option<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path).ok()
}

/// Elsewhere, a path is looked at before it is opened.
#[cfg(not(unix))]
fn open_at_once(_: &Path) -> Option<File> {
    None
}

/// Reads a path that the command line names. It may be a stream, as `<(command)` of a shell is.
pub fn read_named(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    if path.starts_with("/dev") || path.starts_with("/proc") {
        read_stream(path, 0, most)
    } else {
        read(path, most)
    }
}

fn read_stream(path: &Path, expected: u64, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error| format!("cannot be read: {error}");
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads files")]
    let file = File::open(path).map_err(failed)?;
    read_open(file, expected, most)
}

fn read_open(file: File, expected: u64, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    bytes.reserve_exact(expected as usize + 1);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    within(bytes, most)
}

/// `bytes`, or an error if there are more than `most`. Nothing is cut: a text without its end may mean something else.
pub fn within<B: AsRef<[u8]>>(bytes: B, most: u64) -> Result<B, String> {
    if bytes.as_ref().len() as u64 <= most {
        return Ok(bytes);
    }
    Err(too_large(most))
}

/// The error for more than `most` bytes.
pub fn too_large(most: u64) -> String {
    let size = if most >= 1 << 30 { format!("{} GiB", most >> 30) } else { format!("{} MiB", most >> 20) };
    format!("is larger than {size} and is not read")
}

/// Whether a path lies below `root` by its name, but a link leads it out of `root`. The links of `root` are resolved.
pub fn leads_out(root: &Path, path: &Path) -> bool {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_named_inside = directory.canonicalize().is_ok_and(|directory| directory.starts_with(root));
    is_named_inside && path.canonicalize().is_ok_and(|real| !real.starts_with(root))
}

/// Whether a directory lies below the current one by its name, but a link leads it elsewhere.
pub fn leads_away(directory: &Path) -> bool {
    let goes_down =
        directory.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let mut there =
        directory.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let real: Option<PathBuf> = there.find_map(|above| above.canonicalize().ok());
    goes_down && here.is_ok_and(|here| real.is_some_and(|real| !real.starts_with(here)))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test writes its own file")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        assert_eq!(within(vec![0; 3], 3), Ok(vec![0; 3]));
        assert_eq!(within(vec![0; 4], 3), Err("is larger than 0 MiB and is not read".into()));
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(read(&manifest, 1 << 20).is_ok());
        assert_eq!(read(&manifest, 10), Err("is larger than 0 MiB and is not read".into()));
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_not_opened() {
        assert_eq!(read(Path::new("/dev/zero"), 10), Err("is not a file and is not read".into()));
        assert_eq!(read(&std::env::temp_dir(), 10), Err("is not a file and is not read".into()));
        assert_eq!(read_named(Path::new("/dev/null"), 10), Ok(Vec::new()));
    }

    #[test]
    #[cfg(unix)]
    fn pipes_and_missing_files_are_not_read() {
        let directory = std::env::temp_dir().join(format!("pullwarden-listed-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (pipe, missing) = (directory.join("pipe"), directory.join("missing"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let listed = |path: &Path, most| read_listed(path, most, |bytes| bytes.map(Cow::into_owned));
        for path in [&pipe, &directory, &missing, Path::new("/dev/zero")] {
            assert_eq!(listed(path, 10), read(path, 10), "{path:?}");
            assert!(read(path, 10).is_err());
        }
        let file = directory.join("file");
        for size in [0, 1, SMALL_FILE - 1, SMALL_FILE, SMALL_FILE + 1, 5 * SMALL_FILE] {
            std::fs::write(&file, vec![b'a'; size]).unwrap();
            assert_eq!(listed(&file, 1 << 20), Ok(vec![b'a'; size]), "{size}");
            assert_eq!(listed(&file, 10), read(&file, 10), "{size}");
        }
        std::fs::remove_dir_all(directory).unwrap();
    }
}
