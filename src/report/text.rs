//! Text from a repository, made fit to be shown: nothing in it may steer a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character can steer a terminal or hide text: control characters, and Unicode's invisible and
/// direction-changing ones.
pub fn is_unprintable(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\t');
    control
        || crate::model::scope::is_invisible(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` in one line, with every unprintable character written as `\u{…}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_unprintable(c) && !matches!(c, '\n' | '\t');
    if text.chars().all(plain) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
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

/// `text` in the lines that it has, each made fit to be shown.
pub fn prose(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// `text` with every unprintable character replaced by one that takes as many bytes, so that byte offsets stay.
pub fn masked(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unprintable(c) && c != '\r') {
        return text.into();
    }
    let mask = |c: char| match (is_unprintable(c) && c != '\r', c.len_utf8()) {
        (false, _) => c.to_string(),
        (true, 2) => "¿".into(),
        (true, 3) => "\u{fffd}".into(),
        (true, width) => "?".repeat(width),
    };
    text.chars().map(mask).collect::<String>().into()
}
