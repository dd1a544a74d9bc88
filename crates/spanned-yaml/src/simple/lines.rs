//! Texts that go on in the next lines: plain ones, and ones in quotes.

use super::super::document::{Raw, RawNode};
use super::Reader;
use super::line::{Line, Lines};

impl Reader<'_> {
    /// Takes a line that goes on with the plain text above it, and all further lines of this text.
    pub(super) fn continued(&mut self, mut line: Line, lines: &mut Lines<'_>) -> Option<()> {
        let top = self.open.last()?;
        let column = top.column;
        // The last value may also lie in brackets that end behind it.
        let is_open =
            |node: &&RawNode| node.raw == Raw::Plain && node.start < node.end && node.end == top.end;
        let node = self.nodes.last().filter(is_open)?;
        let (start, mut end) = (node.start as usize, node.end as usize);
        let mut text = self.text[start..end].to_owned();
        loop {
            // A comment ends the text, so nothing may follow.
            let between = &self.bytes[end..line.start];
            if between.contains(&b'#') {
                return None;
            }
            fold(&mut text, memchr::memchr_iter(b'\n', between).count() - 1);
            end = self.plain_end(line.start, line.end)?;
            text.push_str(&self.text[line.start..end]);
            let behind = lines.at;
            match lines.next().ok()? {
                Some(next) if next.column > column => line = next,
                _ => {
                    lines.at = behind;
                    break;
                }
            }
        }
        self.texts.push(text.into_boxed_str());
        let data = self.texts.len() as u32;
        let node = self.nodes.last_mut()?;
        (node.end, node.data) = (end as u32, data);
        let top = self.open.last_mut()?;
        top.end = top.end.max(end as u32);
        Some(())
    }

    /// Reads a text in quotes that takes several lines, or has escapes in it; returns where it ends. Of the escapes in
    /// double quotes, the most frequent ones are read.
    pub(super) fn long_quoted(&mut self, at: usize, mut line: Line, lines: &mut Lines<'_>) -> Option<usize> {
        let column = self.open.last()?.column;
        let quote = self.bytes[at];
        let mut text = String::new();
        let mut from = at + 1;
        let end = loop {
            let rest = &self.bytes[from..line.end];
            let found = memchr::memchr2(quote, b'\\', rest);
            // The end of a line counts as a space, or as nothing behind an escape.
            let is_escaped =
                quote == b'"' && found.is_some_and(|found| found + 1 == rest.len() && rest[found] == b'\\');
            let Some(length) = found.filter(|_| !is_escaped) else {
                // Blanks around the end of a line do not count.
                let length = found.unwrap_or_else(|| rest.trim_ascii_end().len());
                text.push_str(&self.text[from..from + length]);
                let mut blanks = 0;
                line = loop {
                    let next = lines.raw().ok()??;
                    if next.start < next.end {
                        break next;
                    }
                    blanks += 1;
                };
                if line.column <= column {
                    return None;
                }
                if !is_escaped || blanks > 0 {
                    fold(&mut text, blanks);
                }
                from = line.start;
                continue;
            };
            text.push_str(&self.text[from..from + length]);
            let found = from + length;
            let next = self.bytes.get(found + 1).filter(|_| found + 1 < line.end);
            from = found + 2;
            match (self.bytes[found], next, quote) {
                (b'\'', Some(b'\''), _) => text.push('\''),
                (b'\'' | b'"', ..) => break found + 1,
                (_, _, b'\'') => {
                    text.push('\\');
                    from = found + 1;
                }
                (_, Some(b'n'), _) => text.push('\n'),
                (_, Some(b't'), _) => text.push('\t'),
                (_, Some(escaped @ (b'"' | b'\\' | b'/' | b' ')), _) => text.push(char::from(*escaped)),
                _ => return None,
            }
        };
        let data = if self.text[at + 1..end - 1] == text {
            0
        } else {
            self.texts.push(text.into_boxed_str());
            self.texts.len() as u32
        };
        self.push(at, end, Raw::Quoted, data);
        self.nothing_behind(end, line)
    }
}

/// Joins two lines with `blanks` blank lines between them.
fn fold(text: &mut String, blanks: usize) {
    if blanks == 0 {
        text.push(' ');
    } else {
        text.extend(std::iter::repeat_n('\n', blanks));
    }
}
