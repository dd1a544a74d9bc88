//! Characters that end a line in YAML 1.1, but not in YAML 1.2: U+0085, U+2028 and U+2029. `oc`, the tools of the API
//! server and Argo CD share the Go library that reads YAML 1.1 (go-yaml `yamlprivateh.go`, `is_break`). YAML 1.2,
//! editors and reviews show such a character as part of the line. After it, a comment ends, and the rest is read as a
//! new line.

use super::{Broken, BrokenWhat, may_hold_ours};
use crate::source::Span;
use crate::yaml::{self, Document};
use memchr::memmem;

const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// The places of such characters in a text; most texts have none.
pub(super) struct Breaks<'t> {
    text: &'t str,
    places: Vec<usize>,
}

impl<'t> Breaks<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut places = Vec::new();
        // Most texts are ASCII, or have neither of the two lead bytes of these characters.
        for lead in ["\u{85}".as_bytes(), &"\u{2028}".as_bytes()[..2]] {
            places.extend(
                memmem::find_iter(text.as_bytes(), lead).filter(|at| text[*at..].starts_with(BREAKS)),
            );
        }
        places.sort_unstable();
        Self { text, places }
    }

    /// The first such character that changes the result of reading: not in quotes, where it is a part of the value,
    /// and not at the end of a comment. In a document that does not matter, it counts only if it hides image
    /// configuration.
    pub(super) fn first_in(&self, document: &Document, matters: bool) -> Option<Broken> {
        let span = document.span();
        let (start, end) = (span.start as usize, span.end as usize);
        let first = self.places.partition_point(|place| *place < start);
        let places = self.places[first..].iter().copied().take_while(|place| *place < end);
        let hit = places.into_iter().find(|place| {
            let line =
                yaml::lines(&self.text[*place..]).next().unwrap_or_default().trim_end_matches(['\r', '\n']);
            let rest = line.trim_start_matches(|c: char| BREAKS.contains(&c) || c == ' ' || c == '\t');
            let is_in_value = document.in_scalar(*place as u32);
            let is_idle =
                !is_in_value && (rest.is_empty() || rest.starts_with('#') && !rest.contains(BREAKS));
            let is_meant = matters || may_hold_ours(line);
            !is_idle && is_meant && !document.in_quotes(*place as u32)
        })?;
        let character = self.text[hit..].chars().next()?;
        let span = Span::new(document.file(), hit, hit + character.len_utf8());
        Some(Broken { span, what: BrokenWhat::LineEnd(character) })
    }
}
