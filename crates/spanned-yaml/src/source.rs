//! Texts under check and places in them.
//!
//! A place is a [`Span`]: a file and two byte offsets, `Copy`, without a lifetime, so that findings can be kept,
//! sorted and merged freely. Lines and columns exist only where a report prints them ([`Position`]).

use std::sync::{Arc, OnceLock};

/// A file of the run; numbered in the order of the sorted paths, so the order of ids is the order of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in a file, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end.max(start) as u32 }
    }

    /// The range as indices into the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies in this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A value and the text that it was read from. There is no `Deref`, so that each use of the value is visible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// What the text means.
    pub value: T,
    /// Where the text stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, read from `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A printed place: both numbers count from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1. Lines end at `\n`, `\r\n` or a lone `\r`, as in YAML.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text: its name as reports print it (relative to the repository root, with `/`), and its content.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path relative to the repository root, parts joined by `/`; `<stdin>` for a stream.
    pub name: String,
    /// The whole text; empty for a file that could not be read.
    pub text: Arc<str>,
    lines: OnceLock<Box<Lines>>,
    secrets: Vec<Span>,
}

/// The places of the lines of a text. Most texts are never shown, and have none.
#[derive(Clone, Debug)]
struct Lines {
    starts: Vec<u32>,
    marks: OnceLock<Vec<Width>>,
}

impl Source {
    /// A text under the name that reports print.
    pub fn new(name: String, text: Arc<str>) -> Self {
        Self { name, text, lines: OnceLock::new(), secrets: Vec::new() }
    }

    /// The parts of the text that no report shows: passwords and private keys.
    pub fn secrets(&self) -> &[Span] {
        &self.secrets
    }

    /// Hides the text under a span from all reports.
    pub fn hide(&mut self, span: Span) {
        self.secrets.push(span);
    }

    /// Byte offsets at which lines start; computed at first use.
    pub fn line_starts(&self) -> &[u32] {
        &self.lines().starts
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
                if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                    continue;
                }
                starts.push(at as u32 + 1);
            }
            starts.shrink_to_fit();
            Box::new(Lines { starts, marks: OnceLock::new() })
        })
    }

    /// The line, from 0, that holds the byte `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|&start| start <= offset) - 1
    }

    /// The text of a line, from 0, without its line end.
    pub fn line(&self, line: usize) -> &str {
        let starts = self.line_starts();
        let Some(&start) = starts.get(line) else { return "" };
        let end = starts.get(line + 1).map_or(self.text.len(), |&next| next as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The printed place of the byte `offset`. A byte-order mark takes no column.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_of(offset);
        Position { line: line + 1, column: self.before(line, offset).chars + 1 }
    }

    /// The column of the byte `offset` in UTF-16 code units, from 1.
    pub fn utf16_column(&self, offset: u32) -> usize {
        self.before(self.line_of(offset), offset).utf16 + 1
    }

    /// The width of the text between the start of `line` and `offset`.
    fn before(&self, line: usize, offset: u32) -> Width {
        let start = self.line_starts()[line] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let start = end - self.text[start..end].trim_start_matches('\u{feff}').len();
        if end - start <= 2 * MARK {
            return Width::of(&self.text[start..end]);
        }
        // A line of JSON may hold a whole document, and thousands of columns in it may be needed.
        self.width_to(end).minus(self.width_to(start))
    }

    /// The width of the text before the byte `end`.
    fn width_to(&self, end: usize) -> Width {
        let marks = self.lines().marks.get_or_init(|| {
            let mut marks = vec![Width::default()];
            let mut before = Width::default();
            for chunk in self.text.as_bytes().chunks(MARK) {
                before = before.plus(Width::of_bytes(chunk));
                marks.push(before);
            }
            marks
        });
        let mark = end / MARK;
        marks[mark].plus(Width::of_bytes(&self.text.as_bytes()[mark * MARK..end]))
    }
}

/// The distance between the places whose columns a [`Source`] remembers.
const MARK: usize = 4096;

/// How long a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Width {
    chars: usize,
    utf16: usize,
}

impl Width {
    fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// Counts the characters that begin in a piece of UTF-8; four bytes of it are two units of UTF-16.
    fn of_bytes(bytes: &[u8]) -> Self {
        let chars = bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        let pairs = bytes.iter().filter(|&&byte| byte >= 0xf0).count();
        Self { chars, utf16: chars + pairs }
    }

    fn plus(self, other: Self) -> Self {
        Self { chars: self.chars + other.chars, utf16: self.utf16 + other.utf16 }
    }

    fn minus(self, other: Self) -> Self {
        Self { chars: self.chars - other.chars, utf16: self.utf16 - other.utf16 }
    }
}

/// All texts that may have findings. Texts are shared: a copy costs a pointer for each of them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Option<Arc<Source>>>,
}

impl Sources {
    /// How many files are numbered.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file is numbered.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Numbers files up to `count` in all, so that texts that are added get higher numbers.
    pub fn reserve(&mut self, count: usize) {
        if self.files.len() < count {
            self.files.resize_with(count, || None);
        }
    }

    /// Keeps the text of a file.
    pub fn insert(&mut self, id: FileId, source: impl Into<Arc<Source>>) {
        let index = id.0 as usize;
        if self.files.len() <= index {
            self.files.resize_with(index + 1, || None);
        }
        self.files[index] = Some(source.into());
    }

    /// Adds a text behind all others and numbers it.
    pub fn add(&mut self, source: Source) -> FileId {
        self.files.push(Some(Arc::new(source)));
        FileId(self.files.len() as u32 - 1)
    }

    /// The text of a file, if it was kept.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.shared(id).map(Arc::as_ref)
    }

    /// The text of a file, to keep it with others.
    pub fn shared(&self, id: FileId) -> Option<&Arc<Source>> {
        self.files.get(id.0 as usize).and_then(Option::as_ref)
    }

    /// The number of the text with a name, if it was kept.
    pub fn find(&self, name: &str) -> Option<FileId> {
        let is_it = |file: &Option<Arc<Source>>| file.as_ref().is_some_and(|source| source.name == name);
        self.files.iter().position(is_it).map(|number| FileId(number as u32))
    }

    /// Hides the text under a span from all reports.
    pub fn hide(&mut self, span: Span) {
        if let Some(Some(source)) = self.files.get_mut(span.file.0 as usize) {
            Arc::make_mut(source).hide(span);
        }
    }

    /// The text under a span; empty when its file was not kept.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).and_then(|source| source.text.get(span.range())).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        let source = Source::new("a".into(), "\u{feff}ab\r\nc\rd𝄞e\n".into());
        assert_eq!(source.line_starts(), [0, 7, 9, 16]);
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
        assert_eq!(source.position(14), Position { line: 3, column: 3 });
        assert_eq!(source.utf16_column(14), 4);
        assert_eq!(source.line(0), "\u{feff}ab");
        assert_eq!(source.line(3), "");
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        let line = "\u{feff}aé𝄞\u{fffd}".to_string() + &"xyé𝄞".repeat(9000);
        let source = Source::new("a".into(), format!("first\n{line}\nlast").into());
        let marks: Vec<u32> = line.char_indices().map(|(at, _)| 6 + at as u32).step_by(331).collect();
        for offset in marks.into_iter().skip(1).chain([6 + line.len() as u32]) {
            let before = source.text[6..offset as usize].trim_start_matches('\u{feff}');
            let expected = (before.chars().count() + 1, before.encode_utf16().count() + 1);
            assert_eq!((source.position(offset).column, source.utf16_column(offset)), expected, "{offset}");
        }
    }
}
