//! Frames without colors around one place: nearly all frames of a long report. miette draws all others, in the same form; a
//! test compares both.

use super::code::{Excerpt, excerpt};
use crate::machine::terminal::escape;
use crate::source::{Source, Span};
use std::fmt::Write;

/// Adds the frame of a place that has no label to `text`. Returns false for a place that miette has to draw: one where a
/// character may be wider or narrower than one column, or a place without a text.
pub(super) fn frame(source: &Source, span: Span, text: &mut String) -> bool {
    let Excerpt { first, lines, marked_line, marked } = excerpt(source, span, 1);
    if marked.len() != span.range().len() || marked.is_empty() || !lines.iter().all(|line| is_plain(line)) {
        return false;
    }
    let width = (first + lines.len() - 1).to_string().len();
    let position = source.position(span.start);
    // Writing to a string cannot fail.
    let _ =
        writeln!(text, "{:width$}  ╭─[{}:{}:{}]", "", escape(&source.name), position.line, position.column);
    for (number, line) in lines.iter().enumerate() {
        let _ = write!(text, " {:>width$} │ {line}", first + number);
        text.truncate(text.trim_end().len());
        text.push('\n');
        if number == marked_line {
            let _ = writeln!(text, " {:width$} · {:2$}{3}", "", "", marked.start, "─".repeat(marked.len()));
        }
    }
    let _ = writeln!(text, "{:width$}  ╰────", "");
    true
}

/// Whether each character takes one column.
fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::super::Style;
    use super::super::block::Blocks;
    use super::frame;
    use crate::rules::rule::Severity;
    use crate::source::{Source, Sources, Span};
    use proptest::prelude::*;

    /// The frame of a place, if it is drawn here, and what miette draws.
    fn drawn(text: &str, start: usize, end: usize) -> (Option<String>, String) {
        let mut sources = Sources::default();
        let mut source = Source::new("a/b [c].yaml".to_owned(), text.into());
        source.hide(Span::new(crate::source::FileId(0), 0, text.find(' ').unwrap_or(0)));
        let file = sources.add(source);
        let span = Span::new(file, start, end);
        let (mut own, mut other) = (String::new(), String::new());
        let is_own = sources.get(file).is_some_and(|source| frame(source, span, &mut own));
        Blocks::new(&sources, &Style::PLAIN).draw(Severity::Warning, vec![(span, None)], &mut other);
        (is_own.then_some(own), other)
    }

    #[test]
    fn most_frames_are_drawn_here() {
        let text = "spec:\n  image: quay.io/a:v1\n\nlast: 1\n";
        let (own, other) = drawn(text, 15, 27);
        let lines = "   ╭─[a/b [c].yaml:2:10]\n 1 │ *****\n 2 │   image: quay.io/a:v1\n   ·          ────────────\n 3 │\n   ╰────\n";
        assert_eq!((own.as_deref(), other.as_str()), (Some(lines), lines));
    }

    proptest! {
        #[test]
        fn frames_are_those_of_miette(
            text in "([a-z:#\\[ ]{0,12}\n|[ a]{0,3}|é|\t|\r\n|\r|\u{feff}|x{420}\n){0,14}",
            start in 0_usize..80,
            length in 0_usize..12,
        ) {
            let start = start % (text.len() + 1);
            let end = (start + length).min(text.len());
            let Some(place) = text.get(start..end).filter(|place| !place.contains(['\n', '\r'])) else {
                return Ok(());
            };
            let (own, other) = drawn(&text, start, end);
            let is_simple = text.split('\n').all(|line| super::is_plain(line) && !line.contains("xx"));
            prop_assert!(own.is_some() || place.is_empty() || !is_simple, "{text:?}");
            prop_assert!(own.is_none_or(|own| own == other), "{text:?}");
        }
    }
}
