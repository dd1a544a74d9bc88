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
        let mut first: Option<Line> = None;
        let mut blanks = 0;
        // Whether the line above is indented deeper than the first one, so that it keeps its end.
        let mut is_deep = false;
        loop {
            let begin = lines.at;
            let Some(here) = lines.raw().ok()? else { break };
            let is_blank = here.start == here.end;
            let Some(first) = first else {
                // What precedes the first word is left to another reader.
                if is_blank || here.column <= parent {
                    return None;
                }
                first = Some(here);
                text.push_str(&self.text[here.range()]);
                self.is_ended(here.end)?;
                continue;
            };
            if is_blank && here.column <= first.column {
                self.is_ended(here.end)?;
                blanks += 1;
                continue;
            }
            if here.column < first.column {
                lines.at = begin;
                break;
            }
            let was_deep = std::mem::replace(&mut is_deep, here.column > first.column);
            match (is_folded && !is_deep && !was_deep, blanks) {
                (true, 0) => text.push(' '),
                (true, blanks) => text.extend(std::iter::repeat_n('\n', blanks)),
                (false, blanks) => text.extend(std::iter::repeat_n('\n', blanks + 1)),
            }
            blanks = 0;
            text.push_str(&self.text[begin + first.column..here.end]);
            self.is_ended(here.end)?;
        }
        let start = first?.start;
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
}
