//! Quoted texts, as `strconv.Quote` writes them.

use crate::spec::Spec;
use std::fmt::Write;

/// `strconv.Quote`: a text in double quotes.
pub fn quote(text: &str) -> String {
    quoted(text.chars(), '"', false)
}

/// `strconv.QuoteToASCII`: the same, in ASCII alone.
pub fn quote_to_ascii(text: &str) -> String {
    quoted(text.chars(), '"', true)
}

/// A character in single quotes.
pub(crate) fn character(character: char, is_ascii: bool) -> String {
    quoted([character].into_iter(), '\'', is_ascii)
}

/// `%q`, `%+q` and `%#q`.
pub(crate) fn verb(text: &str, spec: Spec) -> String {
    let text = spec.truncate(text);
    let is_plain = |c: char| c == '\t' || !matches!(c, '\0'..' ' | '`' | '\u{7f}' | '\u{feff}');
    spec.pad(&match (spec.sharp, spec.plus) {
        (true, _) if text.chars().all(is_plain) => format!("`{text}`"),
        (_, true) => quote_to_ascii(text),
        (_, false) => quote(text),
    })
}

fn quoted(text: impl Iterator<Item = char>, mark: char, is_ascii: bool) -> String {
    let mut out = String::from(mark);
    for c in text {
        let _ = match c {
            '\\' => out.write_str("\\\\"),
            c if c == mark => write!(out, "\\{mark}"),
            '\u{7}' => out.write_str("\\a"),
            '\u{8}' => out.write_str("\\b"),
            '\u{c}' => out.write_str("\\f"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '\u{b}' => out.write_str("\\v"),
            c if (c.is_ascii() || !is_ascii) && is_printable(c) => out.write_char(c),
            c => match u32::from(c) {
                code @ 0..0x80 => write!(out, "\\x{code:02x}"),
                code @ 0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            },
        };
    }
    out.push(mark);
    out
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols, and the space of ASCII.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // The standard library escapes what is not printable. It also escapes a mark, but not behind a letter.
    let mut buffer = [b'a', 0, 0, 0, 0];
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}
