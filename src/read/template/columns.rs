//! Puts the text behind a tag that prints nothing into the column that it has in the output.
//!
//! No byte may move, so the line is broken before the text: in `{{ if .a }}b: c`, the tag becomes empty lines, and `b`
//! starts a line.

use std::ops::Range;

/// The marks that remove the white space before a tag.
const TRIM_BEFORE: [&str; 3] = ["{{-", "{%-", "%{~"];
/// The marks that remove the white space behind a tag.
const TRIM_AFTER: [&str; 3] = ["-}}", "-%}", "~}"];

/// The output of a template, as far as it is read.
struct Output<'m> {
    /// The masked text.
    bytes: &'m mut [u8],
    /// The output, with masks for what is not known.
    printed: Vec<u8>,
    /// The start of the current line of the output, in `printed` and in `bytes`.
    line: (usize, usize),
    /// Whether the text that comes next stands behind a tag on its line.
    is_behind: bool,
    /// The tag that joined its line to the line before it.
    joined: Option<usize>,
}

/// Breaks lines in `bytes`, the masked form of `text`, before text that stands behind tags; `silent` are the parts that are
/// not in the output.
pub(super) fn align(text: &str, bytes: &mut [u8], mut silent: Vec<Range<usize>>) {
    silent.sort_unstable_by_key(|part| (part.start, part.end));
    let mut output = Output { bytes, printed: Vec::new(), line: (0, 0), is_behind: false, joined: None };
    let mut at = 0;
    let mut is_trimming = false;
    for part in silent {
        if part.start < at {
            continue;
        }
        output.text(at..part.start, is_trimming);
        let tag = &text[part.clone()];
        output.tag(&part, TRIM_BEFORE.iter().any(|mark| tag.starts_with(mark)));
        is_trimming = TRIM_AFTER.iter().any(|mark| tag.ends_with(mark));
        at = part.end;
    }
    output.text(at..text.len(), is_trimming);
}

impl Output<'_> {
    fn tag(&mut self, part: &Range<usize>, is_trimming: bool) {
        self.is_behind = true;
        if !is_trimming {
            return;
        }
        let length = self.printed.trim_ascii_end().len();
        let is_joined = self.printed[length..].contains(&b'\n');
        self.printed.truncate(length);
        if is_joined {
            let line = self.printed.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            if line == length || self.printed[line..] == *b"---" {
                // The output starts here, or a document does.
                self.printed.push(b'\n');
                self.line = (self.printed.len(), part.start);
            } else {
                self.line.0 = line;
                self.joined = Some(part.start);
            }
        }
    }

    fn text(&mut self, part: Range<usize>, mut is_trimming: bool) {
        for at in part {
            let byte = self.bytes[at];
            is_trimming &= byte.is_ascii_whitespace();
            match byte {
                _ if is_trimming => {}
                b'\n' => {
                    self.printed.push(byte);
                    self.line = (self.printed.len(), at + 1);
                    (self.is_behind, self.joined) = (false, None);
                    continue;
                }
                _ if byte.is_ascii_whitespace() => self.printed.push(byte),
                _ => {
                    if std::mem::take(&mut self.is_behind) {
                        self.put(at);
                    }
                    self.joined = None;
                    self.printed.push(byte);
                }
            }
            // White space that a tag removes does not end its line.
            if byte == b'\n' {
                self.joined = None;
            }
        }
    }

    /// Puts the text at `at` into its column, if only the marks of lists stand before it.
    fn put(&mut self, at: usize) {
        let before = &self.printed[self.line.0..];
        let is_plain = before.iter().all(|byte| matches!(byte, b' ' | b'-')) && !before.starts_with(b"---");
        match self.joined {
            // A comment, or a line that may become anything, may stand behind other text.
            Some(_) if self.bytes[at] == b'#' => {}
            Some(tag) => self.bytes[tag] = b'}',
            None if is_plain => {
                let (start, column) = (self.line.1, at - before.len());
                if self.bytes[start..at] != *before {
                    let indent = before.iter().take_while(|byte| **byte == b' ').count();
                    let blank = start + indent.min((column - start).saturating_sub(1));
                    self.bytes[start..blank].fill(b' ');
                    self.bytes[blank..column].fill(b'\n');
                    self.bytes[column..at].copy_from_slice(before);
                }
            }
            None => {}
        }
    }
}
