//! Changes to texts as a patch that `git apply` and `patch -p1` take.

use super::human::Style;
use super::text::{is_unprintable, masked};
use similar::{Algorithm, ChangeTag, TextDiff};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";

/// Writes what makes `after` of `before`, the text of the file `name`. Without a screen the lines are those of the file,
/// byte for byte.
pub fn write(name: &str, before: &str, after: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = (lines(before), lines(after));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .newline_terminated(true)
        .diff_slices(&before, &after);
    let paint = |code: &str, text: &str| {
        if style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    };
    // Without this, `git apply` takes the paths to start where it stands, not at the root of the repository.
    let (old, new) = (path("a/", name), path("b/", name));
    writeln!(out, "{}", paint(BOLD, &format!("diff --git {} {}", old.trim_end(), new.trim_end())))?;
    writeln!(out, "{}", paint(BOLD, &format!("--- {}", path("a/", name))))?;
    writeln!(out, "{}", paint(BOLD, &format!("+++ {}", path("b/", name))))?;
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        writeln!(out, "{}", paint(CYAN, &hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let line = change.value();
            let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
            let text: Cow<'_, str> =
                if style.screen { masked(text.trim_end_matches('\r')) } else { text.into() };
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
    Ok(())
}

/// Lines as `git` sees them: they end at `\n` alone.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A name as Git writes it into a patch: quoted where it holds what could be mistaken, closed by a tab where it holds
/// blanks.
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
    fn nothing_steers_a_screen() {
        let screen = Style { color: true, screen: true, ..Style::PLAIN };
        let shown = patch("\u{1b}]0;x\u{7}.yaml", "a: \u{1b}[2J\n", "a: b\r\n", &screen);
        assert!(
            !shown.contains("\u{1b}[2J") && !shown.contains('\u{7}') && !shown.contains('\r'),
            "{shown:?}"
        );
        assert!(shown.contains("\"a/\\033]0;x\\007.yaml\"") && shown.contains("\u{1b}[31m-a: "), "{shown:?}");
    }
}
