//! A workspace folder: a directory that is checked as a repository, and the addresses of its files.

use super::document::{OpenDocument, real};
use super::files::Cache;
use super::uri;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A workspace folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its address, as the client writes it.
    pub(super) uri: String,
    /// Its directory, links resolved.
    pub(super) root: PathBuf,
    /// The files that were read of it.
    pub(super) cache: Arc<Cache>,
}

impl Folder {
    /// The folder at an address; `None` if there is no directory.
    pub(super) fn at(uri: &str) -> Option<Self> {
        let root = real(&uri::to_path(uri)?);
        root.is_dir().then(|| Self { uri: uri.to_owned(), root, cache: Arc::default() })
    }

    /// Whether a path lies in it.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    /// The address of a file, by its name in reports.
    pub(super) fn uri_of(&self, name: &str) -> String {
        if matches!(name, "." | "") {
            return self.uri.clone();
        }
        uri::below(&self.uri, &path_of(name))
    }
}

/// The folders without the folders inside other ones: the outer folder checks their files.
pub(super) fn outermost(folders: &[Arc<Folder>]) -> Vec<Arc<Folder>> {
    let mut outermost: Vec<Arc<Folder>> = Vec::new();
    for folder in folders {
        let is_inside =
            folders.iter().any(|other| folder.root != other.root && folder.root.starts_with(&other.root));
        if !is_inside && !outermost.iter().any(|known| known.root == folder.root) {
            outermost.push(Arc::clone(folder));
        }
    }
    outermost
}

/// The folder of an open text.
pub(super) fn folder_of<'f>(folders: &'f [Arc<Folder>], document: &OpenDocument) -> Option<&'f Arc<Folder>> {
    let path = document.path.as_ref()?;
    folders.iter().find(|folder| folder.holds(path))
}

/// The path for a name in reports, where bytes that are not UTF-8 are escaped.
fn path_of(name: &str) -> PathBuf {
    #[cfg(unix)]
    if name.contains('\\') {
        use std::os::unix::ffi::OsStringExt;
        return PathBuf::from(std::ffi::OsString::from_vec(unescaped(name)));
    }
    PathBuf::from(name)
}

#[cfg(unix)]
fn unescaped(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    loop {
        match rest {
            [] => return bytes,
            [b'\\', b'x', high, low, behind @ ..] => {
                bytes.push(crate::machine::percent::byte([*high, *low]).unwrap_or(b'?'));
                rest = behind;
            }
            [b'\\', b'\\', behind @ ..] => {
                bytes.push(b'\\');
                rest = behind;
            }
            [byte, behind @ ..] => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn names_lead_back_to_paths() {
        use crate::read::discover;
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;
        for bytes in [&b"a/b.yaml"[..], b"a\\x/b", b"\xff\\\\x41.yaml", "ü ö".as_bytes()] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            assert_eq!(path_of(&discover::name_of(Path::new("/r"), &Path::new("/r").join(&path))), path);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_in_another_one_is_a_part_of_it() {
        let here = env!("CARGO_MANIFEST_DIR");
        let at = |name: &str| Folder::at(&format!("file://{here}{name}"));
        assert!(at("/Cargo.toml").is_none() && at("/none").is_none());
        let folders = ["/src/read", "/rules", "/src", "/rules"]
            .into_iter()
            .filter_map(at)
            .map(Arc::new)
            .collect::<Vec<_>>();
        let roots: Vec<PathBuf> = outermost(&folders).iter().map(|folder| folder.root.clone()).collect();
        let expected = ["rules", "src"].map(|name| Path::new(here).canonicalize().unwrap().join(name));
        assert_eq!(roots, expected);
    }
}
