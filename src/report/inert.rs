//! Filters all output for people, so that no text of a repository is a command to a terminal or in a workflow's log.
//!
//! GitHub's runner (`src/Runner.Common/ActionCommand.cs`) ends lines at `\n`, `\r\n` and a lone `\r`. A line that begins
//! with `::`, apart from blanks, is a command, and so is `##[` anywhere in a line. Azure Pipelines reads `##vso[`, others
//! read `##name[`. A terminal obeys control characters, and direction marks of Unicode change the order in which a line is
//! shown. `machine::terminal::escape` makes single values safe; this module makes every complete line safe, after
//! it is assembled and wrapped.

use crate::machine::terminal::{command_bracket, is_command, is_unprintable, steers};
use std::io::{self, Write};

/// Writes lines without commands. The first character of a command becomes an escape that YAML, JSON and TOML read in
/// quotes: `\u005b`.
pub struct Inert<'w> {
    out: &'w mut dyn Write,
    /// Whether pullwarden's own colors and links pass.
    color: bool,
    /// The part of the current line that is not written yet.
    line: Vec<u8>,
    /// Whether a part of the current line that is not blank is already written.
    is_inside: bool,
}

impl<'w> Inert<'w> {
    /// A filter before `out`. With `color`, pullwarden's own colors and links pass.
    pub fn new(out: &'w mut dyn Write, color: bool) -> Self {
        Self { out, color, line: Vec::new(), is_inside: false }
    }

    /// Writes the current line as far as possible.
    fn pass(&mut self, ended: bool) -> io::Result<()> {
        if self.line.is_empty() {
            return Ok(());
        }
        // Before the end of the line, the last character may be incomplete.
        let whole = match std::str::from_utf8(&self.line) {
            Err(error) if !ended && error.error_len().is_none() => error.valid_up_to(),
            _ => self.line.len(),
        };
        let rest = self.line.split_off(whole);
        let line = std::mem::replace(&mut self.line, rest);
        let line = String::from_utf8_lossy(&line);
        if is_harmless(&line) {
            self.out.write_all(line.as_bytes())?;
        } else {
            self.out.write_all(self.shown(&line).as_bytes())?;
        }
        self.is_inside = !ended && (self.is_inside || !line.trim().is_empty());
        Ok(())
    }

    fn shown(&self, line: &str) -> String {
        let is_command = is_command(line);
        let mut shown = String::with_capacity(line.len());
        let mut at_start = !self.is_inside;
        let mut bracket = command_bracket(line, 0);
        let mut at = 0;
        while let Some(c) = line[at..].chars().next() {
            let rest = &line[at..];
            let own = if self.color { own_sequence(rest) } else { 0 };
            if own > 0 {
                shown.push_str(&rest[..own]);
                at += own;
                continue;
            }
            let is_line_end = c == '\r' && &rest[1..] == "\n";
            if (at_start && rest.starts_with("::"))
                || bracket == Some(at)
                || (steers(c) && !is_line_end)
                || (is_command && is_unprintable(c) && !is_line_end)
            {
                escape_into(&mut shown, c);
            } else {
                shown.push(c);
            }
            if bracket == Some(at) {
                bracket = command_bracket(line, at + 1);
            }
            at_start &= c.is_whitespace();
            at += c.len_utf8();
        }
        shown
    }
}

impl Write for Inert<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_whole = self.line.is_empty() && part.ends_with(b"\n");
            if is_whole && std::str::from_utf8(part).is_ok_and(is_harmless) {
                self.out.write_all(part)?;
                self.is_inside = false;
                continue;
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass(true)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(false)?;
        self.out.flush()
    }
}

impl Drop for Inert<'_> {
    fn drop(&mut self) {
        // A caller who needs the error calls `flush` before.
        let _ = self.pass(false);
    }
}

/// Whether a line has no character that `Inert::shown` changes, as most lines: no part of it begins a command, and
/// nothing in it is invisible. A bracket begins a command only behind `##`.
fn is_harmless(line: &str) -> bool {
    let may_command = line.contains("::") || (line.contains("##") && line.contains('['));
    !may_command && !line.chars().any(is_unprintable)
}

fn escape_into(text: &mut String, c: char) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail.
    let _ = match u32::from(c) {
        code @ 0..=0xffff => write!(text, "\\u{code:04x}"),
        code => write!(text, "\\U{code:08x}"),
    };
}

/// The length of an escape sequence that pullwarden writes itself: a color, or one half of a link.
fn own_sequence(text: &str) -> usize {
    if let Some(rest) = text.strip_prefix("\x1b[") {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(rest.len());
        return if rest[digits..].starts_with('m') { 2 + digits + 1 } else { 0 };
    }
    let Some(rest) = text.strip_prefix("\x1b]8;;") else { return 0 };
    let address = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len());
    if rest[address..].starts_with("\x1b\\") { 5 + address + 2 } else { 0 }
}

/// `text` as lines without commands.
pub fn inert(text: &str) -> String {
    let mut out = Vec::new();
    let mut gate = Inert::new(&mut out, false);
    // Writing to a vector cannot fail.
    let _ = gate.write_all(text.as_bytes()).and_then(|()| gate.flush());
    drop(gate);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_broken_and_the_rest_stays() {
        for (text, shown) in [
            ("a: b # c::d ##x\t[y]\r\nz", "a: b # c::d ##x\t[y]\r\nz"),
            ("::error::x\n", "\\u003a:error::x\n"),
            ("a\n \t\u{3000}::stop-commands::x", "a\n \t\u{3000}\\u003a:stop-commands::x"),
            ("a ##[add-mask]b ##vso[c]", "a ##\\u005badd-mask]b ##vso\\u005bc]"),
            ("###[x]", "###\\u005bx]"),
            (
                "a\r::b\u{85}\u{2028}\u{1b}[2J\u{202e}\u{7f}",
                "a\\u000d::b\\u0085\\u2028\\u001b[2J\\u202e\\u007f",
            ),
            ("a: \u{200d}é\u{feff}", "a: \u{200d}é\u{feff}"),
            ("\u{200b}::error::x", "\\u200b::error::x"),
            ("#\u{ad}#\u{200d}[x]", "#\\u00ad#\\u200d[x]"),
        ] {
            assert_eq!(inert(text), shown);
        }
    }

    #[test]
    fn a_harmless_line_is_one_that_does_not_change() {
        let pieces = ["::", ":", "[", "##", "a", " ", "\t", "é", "│", "\u{200b}", "\r", "\u{85}", "\n"];
        for one in pieces {
            for other in pieces {
                for last in pieces {
                    let line = [one, other, last].concat();
                    let gate =
                        Inert { out: &mut Vec::new(), color: false, line: Vec::new(), is_inside: false };
                    assert!(!is_harmless(&line) || gate.shown(&line) == line, "{line:?}");
                }
            }
        }
    }

    #[test]
    fn own_colours_pass_and_others_do_not() {
        let mut out = Vec::new();
        let mut gate = Inert::new(&mut out, true);
        write!(gate, "\x1b[1;31mred\x1b[0m \x1b]8;;https://a.example/b\x1b\\c\x1b]8;;\x1b\\ \x1b[2J")
            .unwrap();
        write!(gate, "\x1b]0;title\x07\n \x1b[1m::x\n").unwrap();
        drop(gate);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\x1b[1;31mred\x1b[0m \x1b]8;;https://a.example/b\x1b\\c\x1b]8;;\x1b\\ \\u001b[2J\\u001b]0;title\\u0007\n \
             \x1b[1m\\u003a:x\n"
        );
    }

    #[test]
    fn pieces_make_the_same_lines_as_a_whole() {
        let text = "é ##[x]\n  ::y\u{85}é\n";
        for size in 1..text.len() {
            let mut out = Vec::new();
            let mut gate = Inert::new(&mut out, false);
            for piece in text.as_bytes().chunks(size) {
                gate.write_all(piece).unwrap();
            }
            drop(gate);
            assert_eq!(String::from_utf8(out).unwrap(), inert(text), "{size}");
        }
    }
}
