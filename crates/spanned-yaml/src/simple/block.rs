//! Texts over several lines, behind `|` or `>`.

use super::super::document::Raw;
use super::Reader;
use super::line::{Line, Lines};

impl Reader<'_> {
    /// Reads the block scalar whose mark stands at `at`, down to its last line; returns where it ends.
    pub(super) fn block(&mut self, at: usize, line: Line, lines: &mut Lines<'_>) -> Option<usize> {
        let is_folded = self.bytes[at] == b'>';
        let is_stripped = self.bytes[at + 1..line.end].first() == Some(&b'-');
        let mark = 1 + usize::from(is_stripped);
        if line.rest(self.bytes, at + mark - line.start) != line.end {
            return None;
        }
        let parent = self.open.last()?.column;
        let mut text = String::new();
        let mut first = None;
        let mut blanks = 0;
        loop {
            let begin = lines.at;
            let Some((_, end)) = lines.raw().ok()? else { break };
            let spaces = self.bytes[begin..end].iter().take_while(|byte| **byte == b' ').count();
            let is_blank = begin + spaces == end;
            let Some(start) = first else {
                // What precedes the first word is left to another reader.
                if is_blank || spaces <= parent {
                    return None;
                }
                first = Some(begin + spaces);
                text.push_str(&self.text[begin + spaces..end]);
                self.is_ended(end)?;
                continue;
            };
            let indent = start - self.line_start(start);
            if is_blank && spaces <= indent {
                self.is_ended(end)?;
                blanks += 1;
                continue;
            }
            if spaces < indent {
                lines.at = begin;
                break;
            }
            if is_folded && spaces > indent {
                return None;
            }
            match (is_folded, blanks) {
                (true, 0) => text.push(' '),
                (true, blanks) => text.extend(std::iter::repeat_n('\n', blanks)),
                (false, blanks) => text.extend(std::iter::repeat_n('\n', blanks + 1)),
            }
            blanks = 0;
            text.push_str(&self.text[begin + indent..end]);
            self.is_ended(end)?;
        }
        let start = first?;
        if !is_stripped {
            text.push('\n');
        }
        let end = lines.at;
        let data = if self.text[start..end] == text {
            0
        } else {
            self.texts.push(text.into_boxed_str());
            self.texts.len() as u32
        };
        self.push(start, end, Raw::Block, data);
        Some(end)
    }

    /// Whether a line that ends at `end` has an end of line: the last line of a text may have none.
    fn is_ended(&self, end: usize) -> Option<()> {
        (end < self.bytes.len()).then_some(())
    }

    fn line_start(&self, at: usize) -> usize {
        memchr::memrchr(b'\n', &self.bytes[..at]).map_or(0, |end| end + 1)
    }
}
