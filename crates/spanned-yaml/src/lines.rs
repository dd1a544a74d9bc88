//! Line ends, in the same sense for the parser and for edits.
//!
//! A line ends at `\n`, `\r\n` or a lone `\r`. YAML 1.1 has three more line ends, which are text in YAML 1.2
//! ([`has_line_end_of_1_1`]). It is not known which version reads a file, so no edit removes them.

/// How far back the start of a line is searched. Before a value in a block there are only blanks, dashes and an anchor.
const MAX_LEAD: usize = 512;

/// Whether a byte ends a line.
pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The lines of a text, each with its line end: `\n`, `\r\n` or a lone `\r`, as everywhere here.
///
/// ```
/// assert_eq!(spanned_yaml::lines("a\r\nb\rc").collect::<Vec<_>>(), ["a\r\n", "b\r", "c"]);
/// ```
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (line, behind) = rest.split_at(line_length(rest));
        rest = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// The length of the first line, with its line end.
pub(super) fn line_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr2(b'\n', b'\r', bytes).map_or(text.len(), |end| {
        let is_both = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
        end + 1 + usize::from(is_both)
    })
}

/// The start of the line that contains `at`.
pub fn line_start(text: &str, at: usize) -> usize {
    memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..at]).map_or(0, |end| end + 1)
}

/// The text between the start of the line and `at`; `None` if the line starts too far away.
pub(super) fn lead(source: &str, at: u32) -> Option<&str> {
    let at = at as usize;
    let bytes = source.as_bytes();
    let from = at.saturating_sub(MAX_LEAD);
    let start = match bytes[from..at].iter().rposition(|byte| is_line_end(*byte)) {
        Some(end) => from + end + 1,
        None if from == 0 => source.len() - source.trim_start_matches('\u{feff}').len(),
        None => return None,
    };
    source.get(start.min(at)..at)
}

/// The place behind the line end that follows `at`, or the end of the text; `at` itself if it is the start of a line.
pub(super) fn behind_line(source: &str, at: u32) -> usize {
    let at = at as usize;
    let bytes = source.as_bytes();
    // The text of a block scalar ends behind its line end.
    if at > 0 && is_line_end(bytes[at - 1]) && !(bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n')) {
        return at;
    }
    at + line_length(&source[at..])
}

/// The first line end in the text, or `\n` if it has none.
pub(super) fn line_end_of(source: &str) -> &'static str {
    let bytes = source.as_bytes();
    match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\r' => {
            if bytes.get(at + 1) == Some(&b'\n') {
                "\r\n"
            } else {
                "\r"
            }
        }
        _ => "\n",
    }
}

/// Whether a text contains a line end that only readers of YAML 1.1 recognize: NEL, U+2028 or U+2029.
pub(super) fn has_line_end_of_1_1(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}
