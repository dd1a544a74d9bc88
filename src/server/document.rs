//! Texts that a client has open.

use super::place::Encoding;
use super::uri;
use crate::source::Source;
use gen_lsp_types::TextDocumentContentChangeEvent;
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
        let mut source = Source::new(self.uri.clone(), self.source.text.clone());
        for change in changes {
            let text = match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text,
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let start = encoding.offset(&source, part.range.start);
                    let end = encoding.offset(&source, part.range.end).max(start);
                    let (before, behind) = (&source.text[..start], &source.text[end..]);
                    [before, &part.text, behind].concat()
                }
            };
            source = Source::new(self.uri.clone(), text.into());
        }
        Self { uri: self.uri.clone(), version, source, path: self.path.clone() }
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
    use gen_lsp_types::{
        Position, Range, TextDocumentContentChangePartial, TextDocumentContentChangeWholeDocument,
    };

    fn part(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |(line, character)| Position { line, character };
        let range = Range { start: position(from), end: position(to) };
        #[expect(deprecated, reason = "old clients send the length, too")]
        let part = TextDocumentContentChangePartial { range, range_length: None, text: text.into() };
        part.into()
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
        let whole = TextDocumentContentChangeWholeDocument { text: "new".into() };
        assert_eq!(&*next.changed(3, vec![whole.into()], Encoding::Utf8).source.text, "new");
    }
}
