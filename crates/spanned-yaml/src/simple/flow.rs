//! Flow collections on one line: `[a, b]` and `{a: b}`.

use super::super::document::Raw;
use super::{LONGEST_KEY, Reader};

/// Deeper collections are left to another reader.
const DEEPEST: usize = 8;

impl Reader<'_> {
    /// Reads a flow collection; returns where it ends.
    pub(super) fn flow(&mut self, start: usize, line_end: usize, depth: usize) -> Option<usize> {
        if depth > DEEPEST {
            return None;
        }
        let is_mapping = self.bytes[start] == b'{';
        let (raw, close) = if is_mapping { (Raw::FlowMapping, b'}') } else { (Raw::FlowSequence, b']') };
        let index = self.nodes.len();
        self.push(start, start, raw, 0);
        let mut at = self.behind_spaces(start + 1, line_end)?;
        if self.bytes[at] != close {
            loop {
                if is_mapping {
                    at = self.flow_key(at, line_end)?;
                }
                at = self.flow_value(at, line_end, depth)?;
                at = self.behind_spaces(at, line_end)?;
                match self.bytes[at] {
                    b',' => at = self.behind_spaces(at + 1, line_end)?,
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[index];
        (node.next, node.end) = (next, at as u32 + 1);
        Some(at + 1)
    }

    /// Reads `key: `; returns where the value begins.
    fn flow_key(&mut self, at: usize, line_end: usize) -> Option<usize> {
        let end = self.flow_scalar(at, line_end)?;
        let is_key = self.bytes.get(end) == Some(&b':') && self.bytes.get(end + 1) == Some(&b' ');
        (is_key && end - at < LONGEST_KEY).then(|| self.behind_spaces(end + 1, line_end)).flatten()
    }

    fn flow_value(&mut self, at: usize, line_end: usize, depth: usize) -> Option<usize> {
        match self.bytes[at] {
            b'[' | b'{' => self.flow(at, line_end, depth + 1),
            _ => self.flow_scalar(at, line_end),
        }
    }

    fn flow_scalar(&mut self, at: usize, line_end: usize) -> Option<usize> {
        let (end, raw) = match self.bytes[at] {
            b'\'' | b'"' => (self.quoted(at, line_end)?, Raw::Quoted),
            _ => (self.flow_plain(at, line_end)?, Raw::Plain),
        };
        self.push(at, end, raw, 0);
        Some(end)
    }

    /// The end of a plain text: words of characters that mean nothing in a flow collection.
    fn flow_plain(&self, at: usize, line_end: usize) -> Option<usize> {
        let is_word = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'~' | b'$' | b'@')
                || matches!(byte, b'%' | b'^' | b'(' | b')' | b'=' | b';' | b'<' | b'>')
        };
        let first = self.bytes[at];
        if !(first.is_ascii_alphanumeric() || matches!(first, b'/' | b'.' | b'_' | b'~' | b'$' | b'+')) {
            return None;
        }
        let mut end = at;
        let mut next = at;
        while next < line_end {
            match self.bytes[next] {
                byte if is_word(byte) => end = next + 1,
                b' ' => {}
                b':' if self.bytes.get(next + 1).is_some_and(|byte| is_word(*byte)) => end = next + 1,
                b':' | b',' | b']' | b'}' => break,
                _ => return None,
            }
            next += 1;
        }
        (next < line_end && (self.bytes[next] != b':' || next == end)).then_some(end)
    }

    /// The next character of the line that is no space.
    fn behind_spaces(&self, at: usize, line_end: usize) -> Option<usize> {
        let rest = &self.bytes[at..line_end];
        rest.iter().position(|byte| *byte != b' ').map(|spaces| at + spaces)
    }
}
