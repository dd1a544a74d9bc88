//! Archives for tests, well-formed and not.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A file in an archive: its name, the kind of its header, and what it holds.
pub(crate) type Entry<'e> = (&'e str, u8, &'e [u8]);

/// An archive of files.
pub(crate) fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, kind, bytes) in entries {
        tar.extend(header(name, *kind, bytes.len()));
        tar.extend(*bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    gzip(&tar)
}

/// An archive of plain files.
pub(crate) fn files(entries: &[(&str, &str)]) -> Vec<u8> {
    archive(&entries.iter().map(|(name, text)| (*name, b'0', text.as_bytes())).collect::<Vec<_>>())
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The header of a file that is said to hold so many bytes.
pub(crate) fn header(name: &str, kind: u8, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let name = &name.as_bytes()[..name.len().min(100)];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}
