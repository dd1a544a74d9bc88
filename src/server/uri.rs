//! Addresses of files, as a client writes them.

use crate::machine::percent;
use std::path::{Component, Path, PathBuf};

/// The path of a `file:` address; `None` for any other address, and for a path with `..`.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).map(|_| &uri[5..])?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let path = path_of(&percent::decoded(rest).filter(|bytes| !bytes.contains(&0))?)?;
    let is_plain = path.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
    (is_plain && path.is_absolute()).then_some(path)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere a path is a text")]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    let text = std::str::from_utf8(bytes).ok()?;
    let has_drive = text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if has_drive { &text[1..] } else { text }))
}

/// The address of a path.
pub(super) fn of_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    let text = path.as_os_str().as_encoded_bytes();
    if !text.starts_with(b"/") {
        uri.push('/');
    }
    push(&mut uri, text);
    uri
}

/// The address of a file below a directory with the address `base`.
pub(super) fn below(base: &str, relative: &Path) -> String {
    let mut uri = base.trim_end_matches('/').to_owned();
    for part in relative.components() {
        uri.push('/');
        push(&mut uri, part.as_os_str().as_encoded_bytes());
    }
    uri
}

/// Adds a part of a path to an address.
fn push(uri: &mut String, part: &[u8]) {
    if cfg!(windows) {
        let slashed: Vec<u8> = part.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
        percent::push(uri, &slashed);
    } else {
        percent::push(uri, part);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[test]
    #[cfg(unix)]
    fn names_with_odd_characters_come_back() {
        for name in ["/a/b.yaml", "/a b/ü#?%.yaml", "/a/\"<script>.yaml", "/a/[x]:1.yaml"] {
            let uri = of_path(Path::new(name));
            assert!(uri.is_ascii() && !uri.contains([' ', '"', '<', '#']), "{uri}");
            assert_eq!(to_path(&uri), Some(PathBuf::from(name)));
        }
        assert_eq!(below("file:///a%20b/", Path::new("c d/e.yaml")), "file:///a%20b/c%20d/e.yaml");
        assert_eq!(to_path("file://localhost/a"), Some(PathBuf::from("/a")));
        assert_eq!(to_path("file:///a%3Ab"), Some(PathBuf::from("/a:b")));
    }

    #[test]
    #[cfg(unix)]
    fn uris_that_name_no_local_file_have_no_path() {
        for uri in [
            "untitled:Untitled-1",
            "file://server/share",
            "file:///a/../etc/passwd",
            "file:///a/%2e%2e/b",
            "file:///a%00",
            "file:///a%4",
            "file:///a%zz",
            "é",
            "",
        ] {
            assert_eq!(to_path(uri), None, "{uri}");
        }
    }
}
