//! Wraps text to lines of a width. A line breaks at a blank, but never inside of a value in backquotes, so that people can
//! copy the value.

use std::io::{self, Write};

/// `text` in lines of at most `width` columns, if its words allow it. The first line begins with `first`, the others with
/// `hanging` blanks.
pub fn wrapped(text: &str, first: &str, hanging: usize, width: usize) -> String {
    let mut used = columns(first);
    let text = text.trim();
    if !text.contains('\u{1b}') && used + columns(text) <= width {
        return [first, text].concat().trim_end().to_owned();
    }
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_first = true;
    for (blanks, word) in words(text) {
        let length = columns(word);
        if is_first {
            is_first = false;
        } else if used + blanks.len() + length > width {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = " ".repeat(hanging);
            used = hanging;
        } else {
            line.push_str(blanks);
            used += blanks.len();
        }
        line.push_str(word);
        used += length;
    }
    lines + line.trim_end()
}

/// The pieces between which a line may break, each with the blanks before it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = rest.len() - rest.trim_start_matches(' ').len();
        let (blanks, text) = rest.split_at(start);
        let mut is_value = false;
        let end = text.char_indices().find_map(|(at, c)| {
            is_value ^= c == '`';
            (c == ' ' && !is_value).then_some(at)
        });
        // A backquote without a partner does not prevent a break.
        let end = end.unwrap_or(if is_value { text.find(' ').unwrap_or(text.len()) } else { text.len() });
        rest = &text[end..];
        Some((blanks, &text[..end]))
    })
}

/// The number of columns of a text: colors and links have none.
fn columns(text: &str) -> usize {
    let mut chars = text.chars();
    let mut count = 0;
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            count += 1;
        } else if chars.next() == Some('[') {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            chars.by_ref().find(|&c| c == '\u{1b}');
            chars.next();
        }
    }
    count
}

/// Wraps the lines that are written to it, for a screen. Continued lines have more indentation.
pub struct Wrapping<'w> {
    out: &'w mut dyn Write,
    width: usize,
    line: Vec<u8>,
}

impl<'w> Wrapping<'w> {
    /// Writes to `out` in lines of at most `width` columns.
    pub fn new(out: &'w mut dyn Write, width: usize) -> Self {
        Self { out, width, line: Vec::new() }
    }
}

impl Write for Wrapping<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        for part in text.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.flush()?;
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let Ok(text) = std::str::from_utf8(&line) else { return self.out.write_all(&line) };
        if columns(text) <= self.width {
            return self.out.write_all(&line);
        }
        let start = text.len() - text.trim_start_matches([' ', '│', '├', '└', '─', '|', '`', '-']).len();
        let (lead, said) = text.split_at(start);
        let hanging = (lead.chars().count() + 2).min(self.width / 2);
        let end = if text.ends_with('\n') { "\n" } else { "" };
        write!(self.out, "{}{end}", wrapped(said, lead, hanging, self.width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_at_blanks_outside_of_values() {
        let text = "ask `https://api.prod.example.com:6443/a-b` or `oc adm migrate icsp` there";
        let lines = "  help: ask\n        `https://api.prod.example.com:6443/a-b`\n        or\n        \
                     `oc adm migrate icsp`\n        there";
        assert_eq!(wrapped(text, "  help: ", 8, 20), lines);
        assert_eq!(wrapped("", "x: ", 3, 20), "x:");
        assert_eq!(wrapped("one ` two three", "", 0, 5), "one `\ntwo\nthree");
        assert_eq!(wrapped("\u{1b}[1mone\u{1b}[0m  two", "", 0, 8), "\u{1b}[1mone\u{1b}[0m  two");
    }

    #[test]
    fn a_screen_gets_short_lines_and_the_same_words() {
        let mut out = Vec::new();
        let mut wrapping = Wrapping::new(&mut out, 20);
        write!(wrapping, "├─ one        two three four\nshort\n  ab")
            .and_then(|()| wrapping.flush())
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "├─ one        two\n     three four\nshort\n  ab");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(text in "[a` ]{0,60}", width in 1_usize..30) {
            let lines = wrapped(&text, "", 2, width);
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(squeezed(&lines), squeezed(&text));
        }
    }
}
