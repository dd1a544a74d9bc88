//! Functions that return most of a text, together with the marks of its parts.

use super::cast;
use crate::Result;
use crate::exec::function::{Function, fail, function, take};
use crate::exec::{Call, Output, Part};
use crate::template::is_go_space;
use crate::value::{Data, Mark, Text, Value};
use go_formats::quote;

pub(super) const TABLE: &[Function] = &[
    function("indent", "is", |call, arguments| indent(call, arguments, "")),
    function("nindent", "is", |call, arguments| indent(call, arguments, "\n")),
    function("trim", "s", |call, arguments| {
        trimmed(call, &arguments[0], |text| {
            let start = text.len() - text.trim_start_matches(is_go_space).len();
            (start, start + text[start..].trim_end_matches(is_go_space).len())
        })
    }),
    function("trimAll", "ss", trim_all),
    function("trimall", "ss", trim_all),
    function("trimSuffix", "ss", |call, arguments| {
        let [suffix, text] = take(arguments)?;
        let suffix = cast::text(&suffix).into_owned();
        trimmed(call, &text, |text| (0, text.strip_suffix(&suffix).unwrap_or(text).len()))
    }),
    function("trimPrefix", "ss", |call, arguments| {
        let [prefix, text] = take(arguments)?;
        let prefix = cast::text(&prefix).into_owned();
        trimmed(call, &text, |text| {
            (text.len() - text.strip_prefix(&prefix).unwrap_or(text).len(), text.len())
        })
    }),
    function("trunc", "is", truncate),
    function("substr", "iis", substring),
    function("quote", "a*", |call, arguments| {
        let mut out = Output::default();
        for value in arguments.iter().filter(|value| !value.is_nil()) {
            if !out.text.is_empty() {
                out.part(" ", call.part());
            }
            let word = cast::word(call, value)?;
            let inside = quote(&word);
            call.bytes(inside.len() + value.as_text().map_or(0, |text| size_of_val(text.marks())))?;
            let part = Part { origin: value.origin, is_unknown: value.is_unknown, ..call.part() };
            match &value.data {
                // If nothing was escaped, the parts keep their marks.
                Data::Text(text) if inside.len() == word.len() + 2 => {
                    out.part("\"", call.part());
                    out.text(text, part);
                    out.part("\"", call.part());
                }
                _ => out.part(&inside, Part { is_unknown: is_unknown(value), ..part }),
            }
        }
        Ok(out.into_text().into())
    }),
    function("squote", "a*", |call, arguments| {
        let mut out = Output::default();
        for value in arguments.iter().filter(|value| !value.is_nil()) {
            out.part(if out.text.is_empty() { "'" } else { " '" }, call.part());
            call.print(value, &mut out)?;
            out.part("'", call.part());
        }
        Ok(out.into_text().into())
    }),
    function("cat", "a*", |call, arguments| {
        let mut out = Output::default();
        for (place, value) in arguments.iter().filter(|value| !value.is_nil()).enumerate() {
            if place > 0 {
                out.part(" ", call.part());
            }
            call.print(value, &mut out)?;
        }
        Ok(out.into_text().into())
    }),
    function("toString", "a", |call, arguments| {
        let value = arguments[0].clone();
        if matches!(value.data, Data::Text(_)) {
            return Ok(value);
        }
        let text = cast::word(call, &value)?;
        Ok(Value { data: Data::Text(Text::new(text)), ..value })
    }),
];

fn is_unknown(value: &Value) -> bool {
    value.is_unknown
        || matches!(&value.data, Data::Text(text) if text.marks().iter().any(|mark| mark.is_unknown))
}

/// The text of an argument.
fn text_of(value: &Value) -> Text {
    match &value.data {
        Data::Text(text) => text.clone(),
        _ => Text::new(cast::text(value)),
    }
}

fn part_of(call: &Call<'_, '_>, value: &Value) -> Part {
    Part { origin: value.origin, is_unknown: value.is_unknown, ..call.part() }
}

/// Spaces before each line.
fn indent(call: &mut Call<'_, '_>, arguments: &[Value], before: &str) -> Result<Value> {
    let [count, value] = take(arguments)?;
    let Ok(count) = usize::try_from(cast::int(&count)) else { return fail("strings: negative Repeat count") };
    let text = text_of(&value);
    let lines = text.as_str().matches('\n').count() + 1;
    call.machine.budget.text(&text)?;
    call.bytes(count.saturating_add(2 * size_of::<Mark>()).saturating_mul(lines))?;
    let padding = " ".repeat(count);
    let part = part_of(call, &value);
    let mut out = Output::default();
    out.part(before, call.part());
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        out.part(&padding, call.part());
        out.line(&text, at, at + line.len(), part);
        at += line.len();
    }
    if text.is_empty() || text.as_str().ends_with('\n') {
        out.part(&padding, call.part());
    }
    Ok(out.into_text().into())
}

/// A part of a text. If it is the whole text, the value stays the same.
fn trimmed(call: &mut Call<'_, '_>, value: &Value, cut: impl Fn(&str) -> (usize, usize)) -> Result<Value> {
    let text = text_of(value);
    let (start, end) = cut(text.as_str());
    if (start, end) == (0, text.as_str().len()) {
        return Ok(value.clone());
    }
    call.machine.budget.text(&text)?;
    if text.marks().is_empty() {
        return Ok(Value { is_unknown: value.is_unknown, ..text.as_str()[start..end].into() });
    }
    let mut out = Output::default();
    out.slice(&text, start, end, Part { is_unknown: value.is_unknown, ..call.part() });
    Ok(out.into_text().into())
}

fn trim_all(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [set, text] = take(arguments)?;
    let set: Vec<char> = cast::text(&set).chars().collect();
    call.steps(set.len() + cast::text(&text).len() / 16 * set.len())?;
    trimmed(call, &text, |text| {
        let start = text.len() - text.trim_start_matches(&set[..]).len();
        (start, start + text[start..].trim_end_matches(&set[..]).len())
    })
}

/// The first bytes, or the last ones if the number is negative.
fn truncate(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [count, value] = take(arguments)?;
    let length = cast::bytes(&value).len();
    let count = cast::int(&count);
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 && size < length {
        return cut(call, &value, length - size, length);
    }
    if count >= 0 && size < length {
        return cut(call, &value, 0, size);
    }
    Ok(value)
}

fn substring(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [start, end, value] = take(arguments)?;
    let length = cast::bytes(&value).len();
    let (from, to) = (cast::int(&start), cast::int(&end));
    let (from, to) = match (usize::try_from(from), usize::try_from(to)) {
        (Err(_), Ok(to)) => (0, to),
        (Err(_), Err(_)) => return fail("slice bounds out of range"),
        (Ok(from), Ok(to)) if to <= length => (from, to),
        (Ok(from), _) => (from, length),
    };
    if from > to || to > length {
        return fail(format!("slice bounds out of range [{from}:{to}]"));
    }
    cut(call, &value, from, to)
}

/// Bytes of a text. A character that is cut in two becomes invalid.
fn cut(call: &mut Call<'_, '_>, value: &Value, from: usize, to: usize) -> Result<Value> {
    let text = text_of(value);
    let said = text.as_str();
    if said.is_char_boundary(from) && said.is_char_boundary(to) {
        return trimmed(call, value, |_| (from, to));
    }
    call.bytes(to - from)?;
    Ok(String::from_utf8_lossy(&said.as_bytes()[from..to]).into_owned().into())
}
