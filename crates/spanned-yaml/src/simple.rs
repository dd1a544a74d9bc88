//! Reads the YAML that nearly all manifests are written in, many times as fast as a parser of all of YAML: block collections
//! of plain, quoted and block scalars, which may take several lines, and flow collections on one line.
//!
//! Whatever else stands in a document, be it in a single line, leaves the whole document to granit-parser. So this reads
//! less than YAML and never something else: a test compares both over every text that either can read.

mod block;
mod flow;
mod line;
mod lines;
#[cfg(test)]
mod tests;

use super::document::{Raw, RawNode};
use line::{Line, Lines};

/// What a document holds, and where the next one begins.
pub(super) struct Simple {
    pub(super) nodes: Vec<RawNode>,
    pub(super) texts: Vec<Box<str>>,
    pub(super) end: usize,
}

/// More values than this are left to the reader that bounds them.
const MOST_VALUES: usize = 1_000_000;
/// Deeper documents are left to the reader that bounds them.
const DEEPEST: usize = 60;
/// A longer key is none for some readers.
const LONGEST_KEY: usize = 250;

/// An open block collection.
struct Open {
    is_mapping: bool,
    column: usize,
    index: usize,
    /// Where its last value ends.
    end: u32,
    /// Where nothing stands as the value of its last key or dash, if the value is still to come.
    waits: Option<u32>,
}

/// Reads the documents of one text.
pub(super) struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Whether the text has only characters that mean themselves, so that no line has to be looked at for others.
    is_plain: bool,
    open: Vec<Open>,
    nodes: Vec<RawNode>,
    texts: Vec<Box<str>>,
    /// Memory for the values of the next document.
    spare: Vec<RawNode>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let (open, nodes) = (Vec::with_capacity(16), Vec::with_capacity(64));
        let (texts, spare) = (Vec::new(), Vec::new());
        Self { text, bytes, is_plain: line::is_plain(bytes), open, nodes, texts, spare }
    }

    /// Takes the values of a document that nobody needs any more: the next document gets their memory.
    pub(super) fn reuse(&mut self, nodes: Vec<RawNode>) {
        self.spare = nodes;
        self.spare.clear();
    }

    /// Reads the document that begins at `start`, or nothing if it is not simple. It is `None` for an empty document, too.
    pub(super) fn document(&mut self, start: usize) -> Option<Simple> {
        self.open.clear();
        self.nodes.clear();
        self.texts.clear();
        let end = self.read(start)?;
        while !self.open.is_empty() {
            self.close();
        }
        if self.nodes.is_empty() {
            return None;
        }
        let mut nodes = std::mem::take(&mut self.spare);
        nodes.extend_from_slice(&self.nodes);
        Some(Simple { nodes, texts: std::mem::take(&mut self.texts), end })
    }
}

impl Reader<'_> {
    /// Reads to the mark of the next document, or to the end.
    fn read(&mut self, start: usize) -> Option<usize> {
        let mut lines = Lines::new(self.bytes, start, self.is_plain);
        let mut is_started = false;
        while let Some(line) = lines.next().ok()? {
            if line.column == 0
                && self.bytes[line.start] == b'-'
                && self.bytes[line.range()].starts_with(b"---")
            {
                if line.rest(self.bytes, 3) != line.end {
                    return None;
                }
                if is_started || !self.nodes.is_empty() {
                    return Some(line.start);
                }
                is_started = true;
                continue;
            }
            self.line(line, &mut lines)?;
            if self.nodes.len() > MOST_VALUES || self.open.len() > DEEPEST {
                return None;
            }
        }
        Some(self.text.len())
    }

    /// Takes a line: dashes, a key, and a value, as far as they are there.
    fn line(&mut self, line: Line, lines: &mut Lines<'_>) -> Option<()> {
        // A deeper line has a place only where a value is waited for. Anywhere else it is a part of the text above it.
        if self.open.last().is_some_and(|top| top.waits.is_none() && top.column < line.column) {
            return self.continued(line, lines);
        }
        let mut at = line.start;
        let mut column = line.column;
        while self.bytes[at] == b'-' && matches!(self.bytes.get(at + 1), None | Some(b' ' | b'\n')) {
            let next = line.rest(self.bytes, at + 1 - line.start);
            self.item(column, at, next)?;
            if next == line.end {
                return Some(());
            }
            column += next - at;
            at = next;
        }
        let (key, value) = match self.bytes[at] {
            b'\'' | b'"' => self.quoted_key(at, line.end)?,
            _ => self.plain_key(at, line.end)?,
        };
        let Some(value) = value else {
            // A text over several lines ends in a line that fits nowhere.
            self.take_value(column)?;
            return self.value(key.start, line, lines);
        };
        self.key(column, key.start, key.end)?;
        let next = line.rest(self.bytes, value - line.start);
        if next == line.end { Some(()) } else { self.value(next, line, lines) }
    }

    /// A dash of a list; `next` is where its line goes on.
    fn item(&mut self, column: usize, at: usize, next: usize) -> Option<()> {
        self.close_beyond(column);
        let top = self.open.last();
        if !top.is_some_and(|top| !top.is_mapping && top.column == column) {
            // Where it stands at the column of its key, the parser of all YAML knows the place of its first value alone.
            let is_at_key = self.open.last().is_some_and(|top| top.column == column);
            self.start(false, column, if is_at_key { next } else { at })?;
        }
        let top = self.open.last_mut()?;
        if let Some(end) = top.waits.replace(next as u32) {
            self.absent(end);
        }
        Some(())
    }

    /// A key of a map, whose colon stands behind it.
    fn key(&mut self, column: usize, start: usize, end: usize) -> Option<()> {
        self.close_beyond(column);
        if self.open.last().is_some_and(|top| !top.is_mapping && top.column == column) {
            self.close();
        }
        let top = self.open.last();
        if !top.is_some_and(|top| top.is_mapping && top.column == column) {
            self.start(true, column, start)?;
        }
        let top = self.open.last_mut()?;
        if let Some(end) = top.waits.replace(end as u32) {
            self.absent(end);
        }
        let raw = if matches!(self.bytes[start], b'\'' | b'"') { Raw::Quoted } else { Raw::Plain };
        self.push(start, end, raw, 0);
        Some(())
    }

    /// Opens a collection where a value is waited for.
    fn start(&mut self, is_mapping: bool, column: usize, at: usize) -> Option<()> {
        if let Some(top) = self.open.last_mut() {
            // Only a list may stand at the column of the key that it belongs to.
            let is_inside = top.column < column || top.column == column && top.is_mapping && !is_mapping;
            if !is_inside || top.waits.take().is_none() {
                return None;
            }
        } else if !self.nodes.is_empty() {
            return None;
        }
        let index = self.nodes.len();
        let raw = if is_mapping { Raw::Mapping } else { Raw::Sequence };
        self.push(at, at, raw, 0);
        self.open.push(Open { is_mapping, column, index, end: at as u32, waits: None });
        Some(())
    }

    /// The innermost collection takes a value at this column.
    fn take_value(&mut self, column: usize) -> Option<()> {
        self.open.last().filter(|top| top.column < column && top.waits.is_some()).map(|_| ())
    }

    /// A value that begins at `at`.
    fn value(&mut self, at: usize, line: Line, lines: &mut Lines<'_>) -> Option<()> {
        let end = match self.bytes[at] {
            b'\'' | b'"' => match self.quoted(at, line.end) {
                Some(end) => {
                    self.push(at, end, Raw::Quoted, 0);
                    self.nothing_behind(end, line)?
                }
                None => self.long_quoted(at, line, lines)?,
            },
            b'[' | b'{' => {
                let end = self.flow(at, line.end, 0)?;
                self.nothing_behind(end, line)?
            }
            b'|' | b'>' => self.block(at, line, lines)?,
            _ => {
                let end = self.plain(at, line.end)?;
                self.push(at, end, Raw::Plain, 0);
                end
            }
        };
        let top = self.open.last_mut()?;
        top.waits.take()?;
        top.end = top.end.max(end as u32);
        Some(())
    }

    /// `end`, if only a comment stands behind it in its line.
    fn nothing_behind(&self, end: usize, line: Line) -> Option<usize> {
        let next = line.rest(self.bytes, end - line.start);
        (next == line.end).then_some(end)
    }

    /// Closes what stands deeper than `column`.
    fn close_beyond(&mut self, column: usize) {
        while self.open.last().is_some_and(|top| top.column > column) {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(end) = self.open.last_mut().and_then(|top| top.waits.take()) {
            self.absent(end);
        }
        let Some(done) = self.open.pop() else { return };
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[done.index];
        (node.next, node.end) = (next, done.end);
        if let Some(parent) = self.open.last_mut() {
            parent.end = parent.end.max(done.end);
        }
    }

    /// The innermost collection has nothing as a value.
    fn absent(&mut self, end: u32) {
        self.push(end as usize, end as usize, Raw::Plain, 0);
        if let Some(top) = self.open.last_mut() {
            top.end = top.end.max(end);
        }
    }

    fn push(&mut self, start: usize, end: usize, raw: Raw, data: u32) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(RawNode { start: start as u32, end: end as u32, next, data, raw });
    }
}
