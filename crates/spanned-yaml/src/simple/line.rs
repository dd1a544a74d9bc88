//! Lines of simple YAML, and the scalars that stand on one of them.

use super::{LONGEST_KEY, Reader};
use std::ops::Range;

/// A line that another reader has to read.
pub(super) struct NotSimple;

/// A line that is neither blank nor a comment.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Where its text begins, behind the spaces.
    pub(super) start: usize,
    pub(super) column: usize,
    /// Where it ends, without the end of the line.
    pub(super) end: usize,
}

impl Line {
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Where the text goes on behind its first `skip` bytes: behind spaces, and the end where a comment follows.
    pub(super) fn rest(self, bytes: &[u8], skip: usize) -> usize {
        let from = self.start + skip;
        let spaces = bytes[from..self.end].iter().take_while(|byte| **byte == b' ').count();
        let next = from + spaces;
        if next < self.end && bytes[next] == b'#' && spaces > 0 { self.end } else { next }
    }
}

/// The lines of a text.
pub(super) struct Lines<'t> {
    bytes: &'t [u8],
    /// Where the next line begins.
    pub(super) at: usize,
    is_plain: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(bytes: &'t [u8], at: usize, is_plain: bool) -> Self {
        Self { bytes, at, is_plain }
    }

    /// The next line that says something, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<Line>, NotSimple> {
        while let Some(Line { start, column, end }) = self.raw()? {
            if start == end || self.bytes[start] == b'#' {
                continue;
            }
            let is_mark =
                column == 0 && (self.bytes[start] == b'%' || self.bytes[start..end].starts_with(b"..."));
            return if is_mark { Err(NotSimple) } else { Ok(Some(Line { start, column, end })) };
        }
        Ok(None)
    }

    /// The next line, whatever it says; a blank one has its start at its end.
    pub(super) fn raw(&mut self) -> Result<Option<Line>, NotSimple> {
        let begin = self.at;
        let rest = &self.bytes[begin..];
        if rest.is_empty() {
            return Ok(None);
        }
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = (begin + length + 1).min(self.bytes.len());
        let line = &rest[..length];
        if !self.is_plain && !is_simple(line) {
            return Err(NotSimple);
        }
        let column = line.iter().position(|byte| *byte != b' ').unwrap_or(length);
        Ok(Some(Line { start: begin + column, column, end: begin + length }))
    }
}

/// Whether a text has only printable characters of ASCII, and ends of lines. It looks at every one of them, since a
/// processor compares many at once.
#[expect(clippy::needless_bitwise_bool, reason = "without branches, many bytes are compared at once")]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |is_plain, byte| is_plain & (matches!(byte, b' '..=b'~') | (*byte == b'\n')))
}

/// Whether a line has only characters that mean themselves to every reader. Left out are control characters, and what
/// other readers take as the end of a line or as a mark of the encoding.
fn is_simple(line: &[u8]) -> bool {
    let is_odd = |byte: &u8| matches!(byte, ..b' ' | 0x7f | 0xc2 | 0xef | 0xf0..);
    let is_break = |three: &[u8]| matches!(three, [0xe2, 0x80, 0xa8 | 0xa9]);
    is_plain(line) || (!line.iter().any(is_odd) && !line.windows(3).any(is_break))
}

impl Reader<'_> {
    /// A plain text at `at`, and where its value begins if a colon makes it a key. Text that may be something else is
    /// not simple.
    pub(super) fn plain_key(&self, at: usize, line_end: usize) -> Option<(Range<usize>, Option<usize>)> {
        let bytes = self.bytes;
        if matches!(bytes[at], b'[' | b'{' | b'|' | b'>') {
            return Some((at..line_end, None));
        }
        self.begins_plain(at)?;
        let line = &bytes[at..line_end];
        let mark = line.windows(2).position(|pair| matches!(pair, b": " | b" #"));
        let colon = match mark {
            Some(mark) => (line[mark] == b':').then_some(mark),
            None => (line.last() == Some(&b':')).then(|| line.len() - 1),
        };
        let Some(colon) = colon else { return Some((at..line_end, None)) };
        let is_key = colon < LONGEST_KEY && line[..colon].last() != Some(&b' ');
        is_key.then_some((at..at + colon, Some(at + colon + 1)))
    }

    /// The same for a text in quotes.
    pub(super) fn quoted_key(&self, at: usize, line_end: usize) -> Option<(Range<usize>, Option<usize>)> {
        let end = self.quoted(at, line_end).filter(|end| self.bytes.get(*end) == Some(&b':'));
        // A text with escapes in it is read as a value; as a key it is not simple.
        let Some(end) = end else { return Some((at..line_end, None)) };
        let is_key = (end + 1 == line_end || self.bytes[end + 1] == b' ') && end - at < LONGEST_KEY;
        is_key.then_some((at..end, Some(end + 1)))
    }

    /// The end of a plain text that begins at `at`.
    pub(super) fn plain(&self, at: usize, line_end: usize) -> Option<usize> {
        self.begins_plain(at)?;
        self.plain_end(at, line_end)
    }

    /// The end of a part of a plain text, whatever it begins with: where its line ends, or where a comment begins.
    pub(super) fn plain_end(&self, at: usize, line_end: usize) -> Option<usize> {
        let text = &self.bytes[at..line_end];
        // Most values are one word.
        let end = if memchr::memchr(b' ', text).is_none() {
            text.len()
        } else {
            match text.windows(2).position(|pair| matches!(pair, b": " | b" #")) {
                Some(mark) if text[mark] == b':' => return None,
                Some(mark) => text[..mark].trim_ascii_end().len(),
                None => text.trim_ascii_end().len(),
            }
        };
        (text[..end].last() != Some(&b':')).then_some(at + end)
    }

    /// The end of a text in quotes that begins at `at`, without an escape in it.
    pub(super) fn quoted(&self, at: usize, line_end: usize) -> Option<usize> {
        let quote = self.bytes[at];
        let inside = &self.bytes[at + 1..line_end];
        let length = memchr::memchr(quote, inside)?;
        let end = at + length + 2;
        let is_escaped = match quote {
            b'"' => memchr::memchr(b'\\', &inside[..length]).is_some(),
            _ => self.bytes.get(end) == Some(&b'\''),
        };
        (!is_escaped).then_some(end)
    }

    /// Whether a text at `at` begins as plain texts do everywhere.
    fn begins_plain(&self, at: usize) -> Option<()> {
        let next = self.bytes.get(at + 1).copied().unwrap_or(b'\n');
        let is_plain = match self.bytes[at] {
            b'-' | b':' | b'?' => !matches!(next, b' ' | b'\n'),
            first => !matches!(
                first,
                b',' | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b'#'
                    | b'&'
                    | b'*'
                    | b'!'
                    | b'|'
                    | b'>'
                    | b'\''
                    | b'"'
                    | b'%'
                    | b'@'
                    | b'`'
                    | b' '
            ),
        };
        is_plain.then_some(())
    }
}
