//! Reads charts from archives (`.tgz`): tar files compressed with gzip.
//!
//! Nothing is written to disk: the content of an archive is read into memory, up to a limit. Links and devices in it
//! are skipped, as Helm skips them. A name that leads out of the archive is an error.

use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The maximum size of an unpacked archive in bytes; Helm has the same limit.
pub(crate) const MAX_BYTES: usize = 100 << 20;
const BLOCK: usize = 512;
/// The maximum length of a name.
const MAX_NAME: usize = 4096;

/// The bytes and files that a chart may still have.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    pub(crate) bytes: usize,
    pub(crate) files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_BYTES, files: 20_000 }
    }
}

impl Budget {
    /// Subtracts a file of this size from the budget. Returns false if the file does not fit.
    #[must_use]
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let fits = self.files > 0 && bytes <= self.bytes;
        if fits {
            self.files -= 1;
            self.bytes -= bytes;
        }
        fits
    }
}

/// A file of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its path without the first part, which is the chart's directory.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Why an archive is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) message: String,
    /// Whether the archive exceeds a limit.
    pub(crate) is_limit: bool,
}

impl Refused {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_limit: false }
    }

    fn large() -> Self {
        Self { message: "the archive exceeds the limit for charts".into(), is_limit: true }
    }
}

/// The files of an archive, in the order of the archive.
pub(crate) fn members(archive: &[u8], budget: &mut Budget) -> Result<Vec<Member>, Refused> {
    let mut tar = Tar { reader: MultiGzDecoder::new(archive), left: budget.bytes.saturating_add(1 << 20) };
    let mut members = Vec::new();
    let mut long_name: Option<String> = None;
    while let Some(header) = tar.header()? {
        let Header { kind, size, name } = header;
        match kind {
            // An extended header (POSIX) describes the next file; a global header describes all files.
            b'x' => {
                let extended = tar.bytes(size, 1 << 20)?;
                long_name = extended_name(&extended).or(long_name);
                continue;
            }
            b'L' => {
                let text = tar.bytes(size, MAX_NAME)?;
                long_name = Some(text_of(&text));
                continue;
            }
            b'g' | b'K' => {
                tar.skip(size)?;
                continue;
            }
            _ => {}
        }
        let name = long_name.take().unwrap_or(name);
        // Links, devices and directories have no content.
        if !matches!(kind, b'0' | 0 | b'7') || name.ends_with('/') {
            tar.skip(if matches!(kind, b'1'..=b'6') { 0 } else { size })?;
            continue;
        }
        let name = member_name(&name)?;
        if !budget.take(size) {
            return Err(Refused::large());
        }
        let bytes = tar.bytes(size, MAX_BYTES)?;
        members.push(Member { name, bytes });
    }
    if members.is_empty() {
        return Err(Refused::new("the archive holds no files"));
    }
    Ok(members)
}

/// The path of a file within the chart: without its first part, without `.` and `..`.
fn member_name(name: &str) -> Result<String, Refused> {
    let divider = if name.contains('\\') { '\\' } else { '/' };
    let (directory, rest) = name.split_once(divider).unwrap_or((name, ""));
    let rest = rest.replace(divider, "/");
    if rest.starts_with('/') {
        return Err(Refused::new("the archive holds an absolute path"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                let left = parts.pop();
                left.ok_or_else(|| Refused::new("the archive holds a path that leads out of it"))?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(Refused::new("the archive holds a file outside of the chart's directory"));
    }
    if parts[0].starts_with("..") {
        return Err(Refused::new("the archive holds a path that leads out of it"));
    }
    let has_drive = parts.len() > 1 && parts[0].len() == 2 && parts[0].ends_with(':');
    if has_drive && parts[0].starts_with(|char: char| char.is_ascii_alphabetic()) {
        return Err(Refused::new("the archive holds a path with a drive"));
    }
    if directory == "Chart.yaml" {
        return Err(Refused::new("`Chart.yaml` is not in the chart's directory"));
    }
    Ok(parts.join("/"))
}

struct Header {
    kind: u8,
    size: usize,
    name: String,
}

struct Tar<R> {
    reader: R,
    /// How many bytes may still be read, including headers and skipped entries.
    left: usize,
}

impl<R: Read> Tar<R> {
    fn header(&mut self) -> Result<Option<Header>, Refused> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            let read = self.reader.read(&mut block[filled..]);
            match read.map_err(|error| Refused::new(format!("the archive cannot be read: {error}")))? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(Refused::new("the archive ends too early")),
                count => filled += count,
            }
        }
        self.left = self.left.checked_sub(BLOCK).ok_or_else(Refused::large)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum: u32 = block.iter().enumerate().map(|(at, byte)| u32::from(checked(at, *byte))).sum();
        if number(&block[148..156]) != Some(sum as usize) {
            return Err(Refused::new("the archive is not a tar file"));
        }
        let size = number(&block[124..136]).ok_or_else(|| Refused::new("the archive is not a tar file"))?;
        let mut name = text_of(&block[..100]);
        let prefix = text_of(&block[345..500]);
        // Only the POSIX format has a prefix; the GNU format has times in this field.
        if block[257..263] == *b"ustar\0" && !prefix.is_empty() {
            name = format!("{prefix}/{name}");
        }
        Ok(Some(Header { kind: block[156], size, name }))
    }

    /// Reads the content of a file, and skips the padding of its last block.
    fn bytes(&mut self, size: usize, limit: usize) -> Result<Vec<u8>, Refused> {
        if size > limit || size > self.left {
            return Err(Refused::large());
        }
        let mut bytes = Vec::new();
        let whole = size.next_multiple_of(BLOCK);
        self.left = self.left.saturating_sub(whole);
        let mut limited = (&mut self.reader).take(whole as u64);
        let read = limited.read_to_end(&mut bytes);
        read.map_err(|error| Refused::new(format!("the archive cannot be read: {error}")))?;
        if bytes.len() < size {
            return Err(Refused::new("the archive ends too early"));
        }
        bytes.truncate(size);
        Ok(bytes)
    }

    fn skip(&mut self, size: usize) -> Result<(), Refused> {
        let whole = size.checked_next_multiple_of(BLOCK).filter(|whole| *whole <= self.left);
        let whole = whole.ok_or_else(Refused::large)?;
        self.left -= whole;
        let mut limited = (&mut self.reader).take(whole as u64);
        let skipped = std::io::copy(&mut limited, &mut std::io::sink());
        let skipped =
            skipped.map_err(|error| Refused::new(format!("the archive cannot be read: {error}")))?;
        if skipped < size as u64 {
            return Err(Refused::new("the archive ends too early"));
        }
        Ok(())
    }
}

/// The value of a header byte in the checksum. The bytes of the checksum field count as spaces.
fn checked(at: usize, byte: u8) -> u8 {
    if (148..156).contains(&at) { b' ' } else { byte }
}

/// Reads a number of tar: octal digits, or binary if the first bit is set.
fn number(field: &[u8]) -> Option<usize> {
    if field[0] & 0x80 != 0 {
        let first = usize::from(field[0] & 0x7f);
        return field[1..]
            .iter()
            .try_fold(first, |value, byte| value.checked_mul(256)?.checked_add(usize::from(*byte)));
    }
    let digits: Vec<u8> =
        field.iter().copied().skip_while(|byte| *byte == b' ').take_while(u8::is_ascii_digit).collect();
    let digits = std::str::from_utf8(&digits).ok()?;
    if digits.is_empty() { Some(0) } else { usize::from_str_radix(digits, 8).ok() }
}

fn text_of(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The path in an extended header. Each of its lines has a length, a space, a key, `=` and a value.
fn extended_name(mut records: &[u8]) -> Option<String> {
    let mut name = None;
    while let Some(space) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
        let record = records.get(space + 1..length)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            let path = path.strip_suffix(b"\n").unwrap_or(path);
            name = Some(String::from_utf8_lossy(path).into_owned());
        }
        records = &records[length..];
    }
    name
}
