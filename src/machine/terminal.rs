//! Text from a repository, made safe to print: nothing in it can control a terminal.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// Characters that take no room on a screen: a name with one of them looks like another name.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a character can control a terminal or hide text: control characters, and Unicode's invisible and
/// direction-changing characters.
pub fn is_unprintable(c: char) -> bool {
    // Nearly all characters are these.
    if matches!(c, ' '..='~') {
        return false;
    }
    let control = c.is_control() && !matches!(c, '\n' | '\t');
    control
        || is_invisible(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character moves a terminal's cursor, ends a line for some reader, or turns the direction of the text.
pub fn steers(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The next bracket, from the byte `from` on, that makes the text around it a command for a build server: `##[…]`,
/// `##vso[…]`.
pub fn command_bracket(text: &str, from: usize) -> Option<usize> {
    let mut from = from;
    while let Some(at) = text[from..].find('[').map(|at| from + at) {
        if text[..at].trim_end_matches(|c: char| c.is_ascii_alphabetic()).ends_with("##") {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether a build server takes a line for a command. GitHub's runner is written in .NET, which compares texts as if
/// invisible characters were not there.
pub fn is_command(line: &str) -> bool {
    let visible = || line.chars().filter(|c| !is_unprintable(*c));
    let begins = || visible().skip_while(|c| c.is_whitespace()).take(2).eq("::".chars());
    begins() || (line.contains('[') && command_bracket(&visible().collect::<String>(), 0).is_some())
}

/// A path in one line, made safe to print. Messages show paths only by this function.
pub fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

/// `text` in one line, with every unprintable character written as `\u{…}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_unprintable(c) && !matches!(c, '\n' | '\t');
    let mut bracket = command_bracket(text, 0);
    if bracket.is_none() && text.chars().all(plain) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        if bracket == Some(at) {
            escaped.push_str("\\u{5b}");
            bracket = command_bracket(text, at + 1);
            continue;
        }
        match c {
            c if plain(c) => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    escaped.into()
}

/// The first `most` characters of `text`.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most).filter(|_| text.len() > most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// `text` with its lines, each made safe to print.
pub fn prose(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// `text` with every unprintable character replaced by a text of as many bytes, so that byte offsets stay. A lone
/// carriage return ends a line in YAML, so it ends a line here.
pub fn masked(text: &str) -> Cow<'_, str> {
    let is_line_end = |at: usize| text[at + 1..].starts_with('\n');
    let is_plain = |(at, c): (usize, char)| !is_unprintable(c) || (c == '\r' && is_line_end(at));
    let mut bracket = command_bracket(text, 0);
    if bracket.is_none() && text.char_indices().all(is_plain) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let width = c.len_utf8();
        match c {
            _ if bracket == Some(at) => {
                shown.push('?');
                bracket = command_bracket(text, at + 1);
            }
            c if is_plain((at, c)) => shown.push(c),
            '\r' => shown.push('\n'),
            _ if width == 2 => shown.push('¿'),
            _ if width == 3 => shown.push('\u{fffd}'),
            _ => shown.extend(std::iter::repeat_n('?', width)),
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_texts_contain_no_commands_of_ci() {
        assert_eq!(escape("##[a] ##vso[b] #[c]\r\n"), "##\\u{5b}a] ##vso\\u{5b}b] #[c]\\u{d}\\n");
        assert_eq!(masked("a\r\nb\r::c\u{85}##[d]\u{2028}"), "a\r\nb\n::c¿##?d]\u{fffd}");
    }

    proptest::proptest! {
        #[test]
        fn masks_take_as_many_bytes(text in "(##|\\[|\r|\n|[a\u{85}\u{2028}\u{e0001}\u{7f}])*") {
            let shown = masked(&text);
            proptest::prop_assert_eq!(shown.len(), text.len());
            proptest::prop_assert!(text.char_indices().all(|(at, _)| shown.is_char_boundary(at)));
            proptest::prop_assert!(!shown.contains("##[") && !shown.replace("\r\n", "").chars().any(steers));
        }
    }
}
