//! Markdown for comments and summaries. Names and values come from the repository, and must not become markup. They stand in
//! code spans, in fences that are longer than any run of backticks in them, or escaped as HTML.

use crate::machine::terminal::{cut, escape};
use std::fmt::Write as _;

/// The most characters of a comment. GitHub refuses more than 65,536, and drops a step summary over 1,024 KiB.
pub(super) const COMMENT: usize = 60_000;

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A block of code in a language. Its fence is longer than any run of backticks in it.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// The longest name that is shown in full.
const LONGEST: usize = 200;

/// A value on one line, cut if it is long.
pub(super) fn shortened(value: &str) -> String {
    cut(&escape(value), LONGEST).into_owned()
}

/// A code span in a cell of a table.
pub(crate) fn cell(value: &str) -> String {
    // A `|` ends a cell even in a code span, where the backslash before it is not shown.
    let value = shortened(value).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&value) + 1);
    let space = if value.starts_with('`') || value.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{value}{space}{fence}")
}

/// Code in HTML.
pub(super) fn html(value: &str) -> String {
    format!("<code>{}</code>", plain(&shortened(value)))
}

/// A sentence on one line, with the values in backticks as code.
pub(super) fn inline(sentence: &str) -> String {
    let sentence = escape(sentence);
    let parts: Vec<&str> = sentence.split('`').collect();
    // If a backtick has no partner, it is unknown which text is code.
    if parts.len().is_multiple_of(2) {
        return plain(&sentence);
    }
    let shown = parts.iter().enumerate();
    shown.map(|(number, part)| if number % 2 == 1 { html(part) } else { plain(part) }).collect()
}

/// A text in HTML without markup, mentions and references.
fn plain(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '`' | '*' | '_' | '[' | ']' | '@' | '#' | '~' | '\\' | '|' | '!' | ':' => {
                let _ = write!(text, "&#{};", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_markdown_and_html() {
        assert_eq!(cell("a`b``c|d"), "```a`b``c\\|d```");
        assert_eq!(cell("`"), "`` ` ``");
        assert_eq!(
            html("<img src=x> @team #1 `x` [a](b)"),
            "<code>&lt;img src=x&gt; &#64;team &#35;1 &#96;x&#96; &#91;a&#93;(b)</code>"
        );
        assert_eq!(
            inline("`a|b` is *c* of `<d>`"),
            "<code>a&#124;b</code> is &#42;c&#42; of <code>&lt;d&gt;</code>"
        );
        assert_eq!(inline("`a` and `"), "&#96;a&#96; and &#96;");
        assert_eq!(longest_run("a``b`````c"), 5);
        assert_eq!(shortened(&"x".repeat(300)).chars().count(), 201);
    }
}
