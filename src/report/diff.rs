//! Changes to texts as a patch for `git apply` and `patch -p1`.

use super::human::Style;
use crate::machine::terminal::{is_command, is_unprintable, masked, steers};
use crate::read::manifest::secrets;
use crate::source::FileId;
use similar::{Algorithm, ChangeTag, TextDiff};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// Writes the patch that turns `before` into `after`, for the file `name`. Without a screen, the lines are byte for byte
/// those of the file, so that `git apply` accepts them. Lines that contain a secret, or a command to a terminal or a
/// workflow's log, are never written. If such a line is only context, the patch has less context. If it is a changed line,
/// nothing is written and the result is `false`.
pub fn write(name: &str, before: &str, after: &str, style: &Style, out: &mut dyn Write) -> io::Result<bool> {
    let (before, after) = (Text::of(before), Text::of(after));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .newline_terminated(true)
        .diff_slices(&before.lines, &after.lines);
    let fits = |radius: &usize| {
        diff.unified_diff().context_radius(*radius).iter_hunks().all(|hunk| {
            hunk.iter_changes().all(|change| {
                let is_old = change.old_index().is_none_or(|number| before.may_be_shown(number));
                is_old && change.new_index().is_none_or(|number| after.may_be_shown(number))
            })
        })
    };
    // Git does not apply a patch without context.
    let radius = if style.screen { Some(CONTEXT) } else { (1..=CONTEXT).rev().find(fits) };
    let Some(radius) = radius else { return Ok(false) };
    let paint = |code: &str, text: &str| {
        if style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    };
    // Without this line, `git apply` reads paths relative to the current directory, not to the root of the repository.
    let (old, new) = (path("a/", name), path("b/", name));
    writeln!(out, "{}", paint(BOLD, &format!("diff --git {} {}", old.trim_end(), new.trim_end())))?;
    writeln!(out, "{}", paint(BOLD, &format!("--- {}", path("a/", name))))?;
    writeln!(out, "{}", paint(BOLD, &format!("+++ {}", path("b/", name))))?;
    for hunk in diff.unified_diff().context_radius(radius).iter_hunks() {
        writeln!(out, "{}", paint(CYAN, &hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let line = change.value();
            let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
            let is_secret = change.old_index().is_some_and(|number| before.is_secret(number))
                || change.new_index().is_some_and(|number| after.is_secret(number));
            let text: Cow<'_, str> = match style.screen {
                true if is_secret => "****".into(),
                true => masked(text.trim_end_matches('\r')).replace('\n', "?").into(),
                false => text.into(),
            };
            let (sign, code) = match change.tag() {
                ChangeTag::Equal => (' ', None),
                ChangeTag::Delete => ('-', Some(RED)),
                ChangeTag::Insert => ('+', Some(GREEN)),
            };
            let line = format!("{sign}{text}");
            writeln!(out, "{}", code.map_or(line.clone(), |code| paint(code, &line)))?;
            if end.is_empty() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(true)
}

/// The lines of a text, with the secrets in them.
struct Text<'t> {
    lines: Vec<&'t str>,
    secret: Vec<bool>,
}

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Self {
        let lines = lines(text);
        let mut secret = vec![false; lines.len()];
        let mut starts = vec![0];
        starts.extend(lines.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        }));
        for span in secrets::in_text(FileId(0), &text.into()) {
            let range = span.range();
            let first = starts.partition_point(|&start| start <= range.start) - 1;
            let last = starts.partition_point(|&start| start < range.end.max(range.start + 1)) - 1;
            secret[first..=last.min(lines.len() - 1)].fill(true);
        }
        Self { lines, secret }
    }

    fn is_secret(&self, number: usize) -> bool {
        self.secret.get(number).is_some_and(|is_secret| *is_secret)
    }

    fn may_be_shown(&self, number: usize) -> bool {
        let Some(line) = self.lines.get(number) else { return true };
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        !self.is_secret(number) && !is_command(line) && !line.chars().any(steers)
    }
}

/// Lines as `git` reads them: only `\n` ends a line.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A name as Git writes it into a patch: in quotes if it contains special characters, and with a tab behind it if it
/// contains blanks.
fn path(side: &str, name: &str) -> String {
    let needs_quotes = |c: char| matches!(c, '"' | '\\') || c.is_control() || is_unprintable(c);
    if !name.contains(needs_quotes) {
        let end = if name.contains(' ') { "\t" } else { "" };
        return format!("{side}{name}{end}");
    }
    let mut quoted = format!("\"{side}");
    for c in name.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if needs_quotes(c) => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(name: &str, before: &str, after: &str, style: &Style) -> String {
        let mut out = Vec::new();
        write(name, before, after, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_keep_their_ends() {
        assert_eq!(
            patch("a b.yaml", "\u{feff}1\r\n2\r\n3", "\u{feff}1\r\nx\r\n3", &Style::PLAIN),
            "diff --git a/a b.yaml b/a b.yaml\n--- a/a b.yaml\t\n+++ b/a b.yaml\t\n@@ -1,3 +1,3 @@\n \u{feff}1\r\n-2\r\n+x\r\n 3\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn nothing_of_a_patch_is_a_command_or_secret() {
        let same = "1\n2\n3\n4\n";
        let mut out = Vec::new();
        for (line, lines) in [("a", 7), ("##[x]", 5), ("  ::x", 5), ("\u{1b}[2J", 5), ("\u{85}", 5)] {
            out.clear();
            let before = format!("{line}\n{same}old\n{same}");
            let after = format!("{line}\n{same}new\n{same}").replacen("2\n3\n4\nnew", "2\n3\n4x\nnew", 1);
            assert!(write("a", &before, &after, &Style::PLAIN, &mut out).unwrap(), "{line}");
            let before = format!("1\n{line}\nold\n");
            let after = format!("1\n{line}\nnew\n");
            assert_eq!(
                write("a", &before, &after, &Style::PLAIN, &mut Vec::new()).unwrap(),
                lines == 7,
                "{line}"
            );
        }
        let secret = "kind: Secret\nstringData:\n  a: hidden\n---\nb: 1\nc: 2\n";
        assert!(write("a", secret, &secret.replace("c: 2", "c: 3"), &Style::PLAIN, &mut out).unwrap());
        assert!(!String::from_utf8_lossy(&out).contains("hidden"));
        let screen = Style { screen: true, ..Style::PLAIN };
        assert!(write("a", secret, &secret.replace("b: 1", "b: 2"), &screen, &mut out).unwrap());
        assert!(!String::from_utf8_lossy(&out).contains("hidden"));
    }

    #[test]
    fn a_patch_contains_no_control_sequences() {
        let screen = Style { color: true, screen: true, ..Style::PLAIN };
        let shown = patch("\u{1b}]0;x\u{7}.yaml", "a: \u{1b}[2J\n", "a: b\r\n", &screen);
        assert!(
            !shown.contains("\u{1b}[2J") && !shown.contains('\u{7}') && !shown.contains('\r'),
            "{shown:?}"
        );
        assert!(shown.contains("\"a/\\033]0;x\\007.yaml\"") && shown.contains("\u{1b}[31m-a: "), "{shown:?}");
    }
}
