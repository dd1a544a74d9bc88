//! Strings as lists, and back.

use super::cast;
use crate::Result;
use crate::exec::function::{Function, function};
use crate::exec::{Call, Output, Part};
use crate::value::{Data, Element, List, Map, Value};

pub(super) const TABLE: &[Function] = &[
    function("split", "ss", |call, arguments| {
        let parts = pieces(call, &arguments[1], &arguments[0], None)?;
        Ok(numbered(parts))
    }),
    function("splitn", "sis", |call, arguments| {
        let count = cast::int(&arguments[1]);
        let count = usize::try_from(count).ok();
        Ok(numbered(pieces(call, &arguments[2], &arguments[0], count)?))
    }),
    function("splitList", "ss", |call, arguments| {
        let parts = pieces(call, &arguments[1], &arguments[0], None)?;
        Ok(texts(parts))
    }),
    function("join", "sa", join),
    function("toStrings", "a", |call, arguments| Ok(texts(cast::words(call, &arguments[0])?))),
    function("sortAlpha", "a", |call, arguments| {
        let mut words = cast::words(call, &arguments[0])?;
        call.steps(words.len())?;
        words.sort();
        Ok(texts(words))
    }),
];

/// A list of strings.
pub(super) fn texts(words: Vec<String>) -> Value {
    List::typed(words.into_iter().map(Value::from).collect(), Element::Text).into()
}

/// Strings under `_0`, `_1` and so on.
fn numbered(parts: Vec<String>) -> Value {
    let map: Map =
        parts.into_iter().enumerate().map(|(place, part)| (format!("_{place}"), Value::from(part))).collect();
    map.into()
}

/// `strings.SplitN`
fn pieces(
    call: &mut Call<'_, '_>,
    text: &Value,
    separator: &Value,
    count: Option<usize>,
) -> Result<Vec<String>> {
    let (text, separator) = (cast::text(text), cast::text(separator));
    call.bytes(text.len())?;
    let limit = count.unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Vec::new());
    }
    if separator.is_empty() {
        let size = text.chars().count();
        call.steps(size)?;
        let mut parts: Vec<String> = text.chars().take(limit - 1).map(String::from).collect();
        let used: usize = parts.iter().map(String::len).sum();
        if used < text.len() {
            parts.push(text[used..].to_owned());
        }
        return Ok(parts);
    }
    call.steps(text.matches(&*separator).count().min(limit))?;
    Ok(text.splitn(limit, &*separator).map(str::to_owned).collect())
}

/// The strings of a list, joined with a separator; each keeps its place.
fn join(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let separator = cast::text(&arguments[0]).into_owned();
    let single = [arguments[1].clone()];
    let items = match &arguments[1].data {
        Data::List(list) => list.items(),
        Data::Nil => &[],
        _ => &single,
    };
    call.steps(items.len())?;
    let mut out = Output::default();
    for (place, item) in items.iter().filter(|item| !item.is_nil()).enumerate() {
        if place > 0 {
            call.bytes(separator.len())?;
            out.part(&separator, call.part());
        }
        let part = Part { origin: item.origin, is_unknown: item.is_unknown, ..call.part() };
        match &item.data {
            Data::Text(text) => {
                call.machine.budget.text(text)?;
                out.text(text, part);
            }
            _ => out.part(&cast::word(call, item)?, part),
        }
    }
    Ok(out.into_text().into())
}
