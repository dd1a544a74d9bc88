//! Places as a client counts them: lines and columns from 0, columns in the units of an encoding.

use crate::source::{Source, Sources, Span};
use gen_lsp_types::{Position, PositionEncodingKind, Range};

/// The units of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every client supports.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The first encoding of a client's list that the server supports.
    pub(super) fn first_of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let known = names.into_iter().find_map(|name| match name {
            "utf-8" => Some(Self::Utf8),
            "utf-16" => Some(Self::Utf16),
            "utf-32" => Some(Self::Utf32),
            _ => None,
        });
        known.unwrap_or_default()
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }

    /// The place of a byte. A byte-order mark takes no column, as editors hide it.
    pub(super) fn position(self, source: &Source, offset: u32) -> Position {
        let offset = offset.min(source.text.len() as u32);
        let line = source.line_of(offset);
        let column = match self {
            Self::Utf8 => {
                let start = source.line_starts()[line] as usize;
                let marks =
                    source.text[start..].len() - source.text[start..].trim_start_matches('\u{feff}').len();
                (offset as usize).saturating_sub(start + marks)
            }
            Self::Utf16 => source.utf16_column(offset) - 1,
            Self::Utf32 => source.position(offset).column - 1,
        };
        Position { line: line as u32, character: column as u32 }
    }

    /// The range of a span.
    pub(super) fn range(self, source: &Source, span: Span) -> Range {
        Range { start: self.position(source, span.start), end: self.position(source, span.end) }
    }

    /// The range of a span in a known text; the start of the file for any other text.
    pub(super) fn range_in(self, sources: &Sources, span: Span) -> Range {
        sources.get(span.file).map_or_else(Range::default, |source| self.range(source, span))
    }

    /// The byte of a place. A place behind the end of a line counts as this end.
    pub(super) fn offset(self, source: &Source, position: Position) -> usize {
        let Some(&start) = source.line_starts().get(position.line as usize) else { return source.text.len() };
        start as usize + self.within(source.line(position.line as usize), position.character)
    }

    /// The byte of a column in a line without its end.
    pub(super) fn within(self, line: &str, column: u32) -> usize {
        let shown = line.trim_start_matches('\u{feff}');
        let mut at = line.len() - shown.len();
        let mut left = column as usize;
        for c in shown.chars() {
            let width = self.width(c);
            if left < width {
                break;
            }
            left -= width;
            at += c.len_utf8();
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn columns_count_in_three_units() {
        let source = Source::new("a".into(), "aé𝄞b\r\nc\n".into());
        for (encoding, column) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            let position = encoding.position(&source, 7);
            assert_eq!((position.line, position.character), (0, column), "{encoding:?}");
            assert_eq!(encoding.offset(&source, position), 7, "{encoding:?}");
            let behind = encoding.offset(&source, Position { line: 0, character: 99 });
            assert_eq!(behind, 8, "{encoding:?}");
            assert_eq!(encoding.offset(&source, Position { line: 9, character: 0 }), 12, "{encoding:?}");
        }
        let inside = Encoding::Utf16.offset(&source, Position { line: 0, character: 3 });
        assert_eq!(inside, 3, "a place in the middle of a character is its start");
        let end = Encoding::Utf16.range(&source, Span::new(FileId(0), 10, 99)).end;
        assert_eq!((end.line, end.character), (2, 0));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let source = Source::new("a".into(), "\u{feff}ab".into());
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            assert_eq!(encoding.position(&source, 4).character, 1, "{encoding:?}");
            assert_eq!(encoding.position(&source, 0).character, 0, "{encoding:?}");
            for (character, offset) in [(0, 3), (1, 4), (9, 5)] {
                assert_eq!(encoding.offset(&source, Position { line: 0, character }), offset, "{encoding:?}");
            }
        }
    }
}
