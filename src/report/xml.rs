//! XML for JUnit and Checkstyle reports: elements, attributes and text.

use crate::machine::terminal::{command_bracket, is_unprintable};
use std::fmt::Write;

/// The beginning of an XML document.
pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A start tag without its closing bracket: the name of the element and its attributes.
pub(super) fn tag(name: &str, attributes: &[(&str, &str)]) -> String {
    let mut tag = format!("<{name}");
    for (key, value) in attributes {
        let _ = write!(tag, " {key}=\"{}\"", escaped(value));
    }
    tag
}

/// A text without markup. XML 1.0 cannot express most control characters, so characters that cannot be printed are written
/// as in messages: `\u{1b}`. Line ends, and brackets that begin a command to a build server, are written as references.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut bracket = command_bracket(text, 0);
    for (at, character) in text.char_indices() {
        match character {
            '[' if bracket == Some(at) => {
                escaped.push_str("&#91;");
                bracket = command_bracket(text, at + 1);
            }
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            // Noncharacters are printable, but XML does not allow them.
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
            character if is_unprintable(character) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_markup() {
        assert_eq!(
            tag("a", &[("b", "\"<x>&\n\u{1b}\u{ffff}\"")]),
            "<a b=\"&quot;&lt;x&gt;&amp;&#10;\\u{1b}\\u{ffff}&quot;\""
        );
        assert_eq!(escaped("##[a] ##vso[b] [c]"), "##&#91;a] ##vso&#91;b] [c]");
    }
}
