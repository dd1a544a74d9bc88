//! Splits Rego into tokens, to distinguish names, texts and brackets. It never fails.

use std::ops::Range;

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A text in quotes of any kind.
    Text,
    /// From `#` to the end of the line.
    Comment,
    /// A number.
    Number,
    /// One character of anything else.
    Sign,
}

/// A token and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

/// All tokens of `text`, without the space between them.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        let first = text[at..].chars().next()?;
        let (kind, length) = token(&text[at..], first);
        let range = at..at + length;
        at = range.end;
        Some(Token { kind, range })
    })
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let until = |ends: &dyn Fn(char) -> bool| rest.find(ends).unwrap_or(rest.len());
    match first {
        '#' => (Kind::Comment, until(&|c| c == '\n')),
        '"' => (Kind::Text, quoted(rest)),
        '`' => (Kind::Text, rest[1..].find('`').map_or(rest.len(), |end| end + 2)),
        _ if first.is_alphabetic() || first == '_' => {
            (Kind::Word, until(&|c| !(c.is_alphanumeric() || c == '_')))
        }
        _ if first.is_ascii_digit() => (Kind::Number, until(&|c| !(c.is_ascii_alphanumeric() || c == '.'))),
        _ => (Kind::Sign, first.len_utf8()),
    }
}

/// The length of a text in double quotes; the end of the line ends the text at the latest.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            '\n' => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The depth of braces and square brackets up to which a module is read. The interpreter reads the inside of each of
/// them twice, so its time doubles with each level.
pub(super) const DEEPEST: usize = 20;

/// The first brace or square bracket that is nested too deep.
pub(super) fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    tokens(text).filter(|token| token.kind == Kind::Sign).map(|token| token.range).find(|range| {
        match &text[range.clone()] {
            "[" | "{" => depth += 1,
            "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// The first bracket without its counterpart, with the error message.
pub(super) fn unbalanced(text: &str) -> Option<(Range<usize>, String)> {
    let mut open: Vec<(Range<usize>, &str)> = Vec::new();
    for token in tokens(text).filter(|token| token.kind == Kind::Sign) {
        let sign = &text[token.range.clone()];
        let closes = match sign {
            "(" | "[" | "{" => {
                open.push((token.range, sign));
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        match open.pop() {
            Some((_, opened)) if opened == closes => {}
            Some((range, opened)) => {
                return Some((range, format!("`{opened}` is not closed before `{sign}`")));
            }
            None => return Some((token.range, format!("`{sign}` closes nothing"))),
        }
    }
    open.pop().map(|(range, opened)| (range, format!("`{opened}` is never closed")))
}
