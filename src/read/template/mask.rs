//! Removes the syntax of a template from its text. Each byte of the other text keeps its place.

use super::blocks::{Branch, Item};
use super::columns;
use std::ops::Range;

/// One way to read a template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The text, as long as the template's.
    pub(super) text: String,
    /// The places where an unknown text may stand, in order.
    pub(super) holes: Vec<u32>,
    /// The branches that are not taken, in order.
    pub(super) absent: Vec<Range<u32>>,
}

/// A tag that prints is replaced by this. No name contains a dollar, so it is recognised as a placeholder.
const PRINTED: u8 = b'$';

struct Masking<'t> {
    text: &'t str,
    bytes: Vec<u8>,
    prints: Vec<Range<usize>>,
    silent: Vec<Range<usize>>,
    holes: Vec<u32>,
    absent: Vec<Range<u32>>,
}

/// Reads a template with the conditions set as in `way`.
pub(super) fn read(text: &str, items: &[Item], way: &[bool]) -> Reading {
    let (prints, silent, holes, absent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut masking = Masking { text, bytes: text.as_bytes().to_vec(), prints, silent, holes, absent };
    masking.items(items, way);
    masking.lines();
    masking.words();
    columns::align(text, &mut masking.bytes, std::mem::take(&mut masking.silent));
    masking.holes.sort_unstable();
    masking.holes.dedup();
    let text = String::from_utf8(masking.bytes).unwrap_or_else(|_| " ".repeat(text.len()));
    Reading { text, holes: masking.holes, absent: masking.absent }
}

impl Masking<'_> {
    fn items(&mut self, items: &[Item], way: &[bool]) {
        for item in items {
            match item {
                Item::Prints(range) => self.prints.push(range.clone()),
                Item::Silent(range) => self.blank(range),
                Item::Choice { tags, branches } => {
                    self.blank_all(tags);
                    let taken = Branch::taken(branches, way);
                    for (number, branch) in branches.iter().enumerate() {
                        if Some(number) == taken {
                            self.items(&branch.body, way);
                        } else {
                            self.blank(&branch.text);
                            self.absent.push(branch.text.start as u32..branch.text.end as u32);
                        }
                    }
                }
                Item::Loop { tags, body, instead } => {
                    self.blank_all(tags);
                    self.holes.extend(tags.first().map(|tag| tag.start as u32));
                    self.items(body, way);
                    if let Some(instead) = instead {
                        self.blank(instead);
                        self.absent.push(instead.start as u32..instead.end as u32);
                    }
                }
                Item::Plain { tags, body } => {
                    self.blank_all(tags);
                    self.items(body, way);
                }
            }
        }
    }

    fn blank_all(&mut self, ranges: &[Range<usize>]) {
        for range in ranges {
            self.blank(range);
        }
    }

    fn blank(&mut self, range: &Range<usize>) {
        self.silent.push(range.clone());
        for byte in &mut self.bytes[range.clone()] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    /// Masks the tags that print. A tag with lines of its own may print anything, so it becomes a comment with a hole.
    /// In a block scalar, this comment is part of the text.
    fn lines(&mut self) {
        let prints = std::mem::take(&mut self.prints);
        let mut at = 0;
        while at < prints.len() {
            // If a tag ends on the line where the next one starts, both belong to one row.
            let mut last = at;
            while let Some(next) = prints.get(last + 1) {
                if self.text[prints[last].end..next.start].contains('\n') {
                    break;
                }
                last += 1;
            }
            let row = &prints[at..=last];
            let is_blank = |range: Range<usize>| {
                self.bytes[range].iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            };
            let (first, end) = (row[0].start, row[row.len() - 1].end);
            let line = self.text[..first].rfind('\n').map_or(0, |end| end + 1);
            let rest = self.text[end..].find('\n').map_or(self.text.len(), |rest| end + rest);
            let is_sole = is_blank(line..first)
                && is_blank(end..rest)
                && row.windows(2).all(|two| is_blank(two[0].end..two[1].start));
            for range in row {
                self.bytes[range.clone()].fill(PRINTED);
            }
            if is_sole {
                self.bytes[first] = b'#';
                self.holes.push(first as u32);
                // A tag with a mark that removes the line end before it may continue that line.
                if row.iter().any(|range| self.joins(range)) {
                    self.bytes[first] = b'}';
                }
            }
            at = last + 1;
        }
    }

    /// Whether the output of a block in a line continues the line before it.
    fn joins(&self, range: &Range<usize>) -> bool {
        let tag = &self.text[range.clone()];
        let is_trimmed = ["{{-", "{%-"].iter().any(|mark| tag.starts_with(mark));
        is_trimmed && tag.ends_with('}') && (tag.matches("{{").count() + tag.matches("{%").count()) > 1
    }

    /// A word such as `$NAME`, `%NAME%` or `<NAME>` with a line of its own may become anything, too.
    fn words(&mut self) {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let word = line.trim();
            let inner = match word.as_bytes() {
                [b'$', inner @ ..] | [b'%', inner @ .., b'%'] | [b'<', inner @ .., b'>'] => inner,
                _ => b"",
            };
            let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
            let at = start + (line.len() - line.trim_start().len());
            if !inner.is_empty() && inner.iter().all(is_name) && self.bytes[at] == word.as_bytes()[0] {
                self.bytes[at] = b'#';
                self.holes.push(at as u32);
            }
            start += line.len();
        }
    }
}
