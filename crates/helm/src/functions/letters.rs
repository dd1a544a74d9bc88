//! Letters: case, initials, blanks.

use super::case::joined;
use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, function};
use crate::template::is_go_space;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("upper", "s", |call, arguments| {
        mapped(call, &arguments[0], |text| text.chars().map(upper).collect())
    }),
    function("lower", "s", |call, arguments| {
        mapped(call, &arguments[0], |text| text.chars().map(lower).collect())
    }),
    function("title", "s", |call, arguments| mapped(call, &arguments[0], title)),
    function("untitle", "s", |call, arguments| mapped(call, &arguments[0], untitle)),
    function("swapcase", "s", |call, arguments| {
        mapped(call, &arguments[0], |text| {
            text.chars().map(|c| if c.is_uppercase() { lower(c) } else { upper(c) }).collect()
        })
    }),
    function("initials", "s", |call, arguments| {
        mapped(call, &arguments[0], |text| {
            // The first byte of each word, read as a character.
            text.split(is_go_space).filter_map(|word| word.bytes().next().map(char::from)).collect()
        })
    }),
    function("nospace", "s", |call, arguments| {
        mapped(call, &arguments[0], |text| text.chars().filter(|c| !is_go_space(*c)).collect())
    }),
    function("snakecase", "s", |call, arguments| mapped(call, &arguments[0], |text| joined(text, '_'))),
    function("kebabcase", "s", |call, arguments| mapped(call, &arguments[0], |text| joined(text, '-'))),
    function("camelcase", "s", |call, arguments| mapped(call, &arguments[0], camel)),
];

/// A string made from another one; an unchanged string keeps its place.
fn mapped(call: &mut Call<'_, '_>, value: &Value, change: impl Fn(&str) -> String) -> Result<Value> {
    let text = cast::text(value);
    call.bytes(text.len())?;
    let changed = change(&text);
    Ok(if changed == text { value.clone() } else { changed.into() })
}

/// A letter whose upper case is a single letter.
fn upper(c: char) -> char {
    let mut letters = c.to_uppercase();
    match (letters.next(), letters.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// `strings.Title`: a letter behind a separator becomes upper case.
fn title(text: &str) -> String {
    let mut before = ' ';
    let is_separator = |c: char| {
        if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            !c.is_alphanumeric() && is_go_space(c)
        }
    };
    text.chars().map(|c| if is_separator(std::mem::replace(&mut before, c)) { upper(c) } else { c }).collect()
}

fn untitle(text: &str) -> String {
    let mut before = ' ';
    text.chars().map(|c| if is_go_space(std::mem::replace(&mut before, c)) { lower(c) } else { c }).collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_go_space(c)
}

/// `xstrings.ToPascalCase`: connectors are removed and the letters behind them become upper case; connectors at the start
/// stay.
fn camel(text: &str) -> String {
    let start = text.find(|c| !is_connector(c)).unwrap_or(text.len());
    let mut out = text[..start].to_owned();
    let mut is_run = false;
    let mut letters = text[start..].chars().peekable();
    let mut is_first = true;
    while let Some(c) = letters.next() {
        if is_connector(c) {
            match letters.peek() {
                Some(next) if !is_connector(*next) => is_first = true,
                _ => out.push(c),
            }
        } else if is_first {
            is_run = c.is_uppercase();
            out.push(upper(c));
            is_first = false;
        } else {
            let is_upper = c.is_uppercase();
            out.push(if is_run && is_upper { lower(c) } else { c });
            is_run &= is_upper;
        }
    }
    out
}
