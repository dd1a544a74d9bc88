//! Texts that a client has open.

use super::place::Encoding;
use super::uri;
use crate::source::Source;
use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// An open text, in the last version that the client has sent.
#[derive(Debug)]
pub(super) struct OpenDocument {
    /// Its address, as the client writes it.
    pub(super) uri: String,
    /// The client's number of this text.
    pub(super) version: i32,
    /// The text.
    pub(super) source: Source,
    /// The path of its file, with links resolved as far as the directories exist.
    pub(super) path: Option<PathBuf>,
}

impl OpenDocument {
    /// A text that a client opens.
    pub(super) fn new(uri: String, version: i32, text: String) -> Self {
        let path = uri::to_path(&uri).map(|path| real(&path));
        let source = Source::new(uri.clone(), text.into());
        Self { uri, version, source, path }
    }

    /// The text after changes. The places of each change refer to the text after the changes before it.
    pub(super) fn changed(
        &self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Self {
        let mut lines = Lines::of(&self.source.text);
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    lines = Lines::of(&whole.text).into_owned();
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    lines.change(part.range, &part.text, encoding);
                }
            }
        }
        let source = Source::new(self.uri.clone(), lines.0.concat().into());
        Self { uri: self.uri.clone(), version, source, path: self.path.clone() }
    }
}

/// A text in lines, so that a change costs what the lines around it cost: an editor may send thousands at once.
struct Lines<'t>(Vec<Cow<'t, str>>);

impl<'t> Lines<'t> {
    /// The lines with their ends; the last one has none.
    fn of(text: &'t str) -> Self {
        let source = Source::new(String::new(), text.into());
        let starts = source.line_starts().iter().map(|start| *start as usize);
        let ends = starts.clone().skip(1).chain([text.len()]);
        Self(starts.zip(ends).map(|(start, end)| Cow::Borrowed(&text[start..end])).collect())
    }

    fn into_owned(self) -> Lines<'static> {
        Lines(self.0.into_iter().map(|line| Cow::Owned(line.into_owned())).collect())
    }

    fn change(&mut self, range: Range, new: &str, encoding: Encoding) {
        let last = self.0.len() - 1;
        let place = |position: Position| match self.0.get(position.line as usize) {
            Some(line) => {
                let text = line.trim_end_matches(['\n', '\r']);
                (position.line as usize, encoding.within(text, position.character))
            }
            None => (last, self.0[last].len()),
        };
        let start = place(range.start);
        let end = place(range.end).max(start);
        // The end of the line before and a new text may be one line end.
        let (from, to) = (start.0.saturating_sub(1), (end.0 + 1).min(last));
        let before = self.0[from..start.0].concat() + &self.0[start.0][..start.1];
        let behind = self.0[end.0][end.1..].to_owned() + &self.0[end.0 + 1..=to.max(end.0)].concat();
        let text = [&before, new, &behind].concat();
        let mut changed = Lines::of(&text).into_owned().0;
        if to < last {
            // The text ends with the end of a line.
            changed.pop();
        }
        self.0.splice(from..=to, changed);
    }
}

/// The path with its links resolved. If the file does not exist yet, the links of its directory are resolved.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| entry(path))
}

/// The path in its directory, whose links are resolved. A link at the path itself stays.
pub(super) fn entry(path: &Path) -> PathBuf {
    let directory = path.parent().and_then(|directory| directory.canonicalize().ok());
    let name = path.file_name();
    directory.zip(name).map_or_else(|| path.to_owned(), |(directory, name)| directory.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{TextDocumentContentChangePartial, TextDocumentContentChangeWholeDocument};

    fn part(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |(line, character)| Position { line, character };
        let range = Range { start: position(from), end: position(to) };
        #[expect(deprecated, reason = "old clients send the length, too")]
        let part = TextDocumentContentChangePartial { range, range_length: None, text: text.into() };
        part.into()
    }

    #[test]
    fn thousands_of_changes_take_no_time() {
        let document = OpenDocument::new("untitled:1".into(), 1, "a: b\n".repeat(100_000));
        let changes: Vec<_> = (0..20_000).map(|line| part((line, 3), (line, 4), "c")).collect();
        let start = std::time::Instant::now();
        let next = document.changed(2, changes, Encoding::Utf16);
        assert_eq!(next.source.text.matches("a: c\n").count(), 20_000);
        // One copy of the text for each change takes many minutes.
        assert!(start.elapsed().as_secs() < 60);
    }

    #[test]
    fn changes_count_on_those_before_them() {
        let document = OpenDocument::new("untitled:1".into(), 1, "a: é𝄞x\nb: 2\n".into());
        let changes = vec![
            part((0, 6), (0, 7), "y"),
            part((1, 3), (1, 99), "3\nc: 4"),
            part((2, 0), (2, 0), "# "),
            part((9, 0), (9, 9), "end\n"),
            part((2, 4), (2, 1), "!"),
        ];
        let next = document.changed(2, changes, Encoding::Utf16);
        assert_eq!(&*next.source.text, "a: é𝄞y\nb: 3\n# c:! 4\nend\n");
        let joined = vec![part((0, 1), (1, 0), "\r"), part((1, 0), (1, 0), "\n"), part((1, 0), (9, 0), "c")];
        let text = OpenDocument::new("untitled:1".into(), 1, "a\nb\n".into());
        assert_eq!(&*text.changed(2, joined, Encoding::Utf16).source.text, "a\r\nc");
        let whole = TextDocumentContentChangeWholeDocument { text: "new".into() };
        assert_eq!(&*next.changed(3, vec![whole.into()], Encoding::Utf8).source.text, "new");
    }
}
