//! Finds the files that Git tracks although ignore lists hide them.
//!
//! Ignore lists have no effect on a file that Git tracks: such a file is in each clone, and is applied with the
//! repository. In pullwarden the lists hide it, as documented, so it is not read. These files are counted and named,
//! for users who expect that they are checked.
//!
//! The index of Git lists the tracked files (`Documentation/gitformat-index.txt`: versions 2, 3 and 4, with hashes of
//! 20 or 32 bytes). If it cannot be read, or a part of it lies in another file (a split index), no file is reported.

use crate::machine::disk;
use crate::read::git;
use std::path::{Component, Path, PathBuf};

/// The largest index that is read, in bytes.
const MAX_INDEX: u64 = 256 << 20;

/// The files that Git tracks, and the directory that their paths are relative to: the nearest one from `root` up that
/// holds `.git`. `None` if the files are not known.
pub(super) fn of(root: &Path) -> Option<(Vec<String>, PathBuf)> {
    let top = root.ancestors().find(|directory| git::is_work_tree(directory))?;
    let index = git::directory_of(top).ok()?.join("index");
    let is_file = index.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let bytes = disk::read(&index, MAX_INDEX).ok().filter(|_| is_file)?;
    let files = parse(&bytes, 20).or_else(|| parse(&bytes, 32))?;
    Some((files, top.to_path_buf()))
}

/// The names of the files in an index whose hashes have `hash` bytes; `None` if it is not such an index.
fn parse(bytes: &[u8], hash: usize) -> Option<Vec<String>> {
    const HEADER: usize = 12;
    let version =
        number(bytes, 4).filter(|version| bytes.starts_with(b"DIRC") && (2..=4).contains(version))?;
    let mut files = Vec::new();
    let mut name: Vec<u8> = Vec::new();
    let mut at = HEADER;
    for _ in 0..number(bytes, 8)? {
        let start = at;
        let mode = number(bytes, start + 24)?;
        let flags = start + 40 + hash;
        let (high, low) = (*bytes.get(flags)?, *bytes.get(flags + 1)?);
        at = flags + 2 + if high & 0x40 == 0 { 0 } else { 2 };
        if version == 4 {
            let (dropped, length) = variable(bytes.get(at..)?)?;
            at += length;
            name.truncate(name.len().checked_sub(dropped)?);
        } else {
            name.clear();
        }
        let length = memchr::memchr(0, bytes.get(at..)?)?;
        name.extend_from_slice(&bytes[at..at + length]);
        // The length has twelve bits. With a wrong size of the hashes, it does not match the name.
        let said = usize::from(high & 0x0f) << 8 | usize::from(low);
        if said != name.len().min(0xfff) {
            return None;
        }
        at += length + 1;
        if version < 4 {
            at = start + (at - start).next_multiple_of(8);
        }
        let is_file = mode >> 12 == 0o10;
        files.extend(str::from_utf8(&name).ok().filter(|_| is_file).map(str::to_owned));
    }
    // The extensions, up to the hash at the end.
    while at + 8 + hash <= bytes.len() {
        if bytes[at..].starts_with(b"link") {
            return None;
        }
        at = at.checked_add(8 + number(bytes, at + 4)? as usize)?;
    }
    let is_inside =
        |name: &String| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    files.retain(is_inside);
    files.dedup();
    Some(files)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The number of bytes to drop from the name before, and the length of this number (`varint.c`).
fn variable(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(8) {
        value = value << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
        value += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of these files.
    fn index(version: u32, hash: usize, names: &[&str]) -> Vec<u8> {
        let mut bytes =
            [b"DIRC", &version.to_be_bytes()[..], &(names.len() as u32).to_be_bytes()[..]].concat();
        let mut before = "";
        for name in names {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(0o100_644_u32.to_be_bytes());
            bytes.extend(vec![7; 12 + hash]);
            bytes.extend((name.len().min(0xfff) as u16).to_be_bytes());
            if version == 4 {
                let common = name.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
                let dropped = before.len() - common;
                assert!(dropped < 128);
                bytes.push(dropped as u8);
                bytes.extend(name[common..].bytes());
                bytes.push(0);
            } else {
                bytes.extend(name.bytes());
                bytes.push(0);
                let length = bytes.len() - start;
                bytes.resize(start + length.next_multiple_of(8), 0);
            }
            before = name;
        }
        bytes.extend(*b"TREE\0\0\0\x02ab");
        bytes.extend(vec![9; hash]);
        bytes
    }

    #[test]
    fn every_version_is_read() {
        let names = ["a.yaml", "clusters/a/image.yaml", "clusters/b.yaml", "d"];
        for version in 2..=4 {
            for hash in [20, 32] {
                let bytes = index(version, hash, &names);
                let read = parse(&bytes, 20).or_else(|| parse(&bytes, 32));
                assert_eq!(
                    read.as_deref(),
                    Some(&names.map(str::to_owned)[..]),
                    "version {version}, {hash} bytes"
                );
            }
        }
        let long = "d/".repeat(2_100) + "x.yaml";
        assert_eq!(parse(&index(2, 20, &[&long]), 20), Some(vec![long]));
    }

    #[test]
    fn an_index_that_is_cut_off_is_not_read() {
        let bytes = index(2, 20, &["a.yaml", "b.yaml"]);
        for end in 0..bytes.len() - 35 {
            assert_eq!(parse(&bytes[..end], 20), None, "{end} bytes");
        }
        let split = bytes.windows(4).position(|four| four == b"TREE").expect("an extension");
        let split = [&bytes[..split], b"link", &bytes[split + 4..]].concat();
        assert_eq!(parse(&split, 20), None);
        assert_eq!(parse(&index(5, 20, &["a"]), 20), None);
        assert_eq!(parse(&index(2, 20, &["../a.yaml", "/etc/b.yaml"]), 20), Some(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_harm(version in 2_u32..6, count in 0_u32..9, rest in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let bytes = [b"DIRC", &version.to_be_bytes()[..], &count.to_be_bytes()[..], &rest].concat();
            let _ = (parse(&bytes, 20), parse(&bytes, 32));
        }
    }
}
