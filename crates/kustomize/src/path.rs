//! The paths of replacements: `spec.imageDigestMirrors.*.mirrors.0`, `spec.containers.[name=web].image`.

use crate::error::{Error, Result};
use crate::value::{Data, Value};
use regex::Regex;
use spanned_yaml::Span;

/// Splits at the dots outside of brackets; `\.` is a dot in a name.
pub(crate) fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        depth += i32::from(c == '[') - i32::from(c == ']');
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                if let Some(part) = parts.last_mut() {
                    part.push('.');
                }
            }
            '.' if depth == 0 => parts.push(String::new()),
            c => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// `key` and `value` of `[key=value]`.
fn condition(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

/// The one value at a path.
pub(crate) fn get<'v>(value: &'v Value, parts: &[String]) -> Option<&'v Value> {
    parts.iter().try_fold(value, |value, part| match &value.data {
        Data::Map(_) => value.get(part),
        Data::List(items) => {
            if let Some((key, due)) = condition(part) {
                let has = |item: &&Value| {
                    if key.is_empty() { item.text() == due } else { item.text_of(key) == due }
                };
                return items.iter().find(has);
            }
            if part == "-" { items.last() } else { items.get(part.parse::<usize>().ok()?) }
        }
        Data::Word(_) => None,
    })
}

/// How a missing field is created.
#[derive(Clone, Copy)]
pub(crate) struct Create<'c> {
    /// The value that will be set, which decides the shape.
    pub(crate) like: &'c Value,
    pub(crate) at: Span,
}

/// Calls `change` for every value at a path and counts them.
pub(crate) fn visit(
    value: &mut Value,
    parts: &[String],
    create: Option<Create<'_>>,
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<usize> {
    let Some((part, rest)) = parts.split_first() else {
        change(value)?;
        return Ok(1);
    };
    if part.starts_with('[') && condition(part).is_none() {
        return Err(Error::at(value.span, format!("`{part}` is not a condition; write `[key=value]`")));
    }
    let (span, is_null) = (value.span, value.is_null());
    match &mut value.data {
        Data::List(items) => {
            if part == "*" {
                return items
                    .iter_mut()
                    .try_fold(0, |count, item| Ok(count + visit(item, rest, create, change)?));
            }
            if let Some((key, due)) = condition(part) {
                return visit_matching(items, (key, due), rest, create, change);
            }
            let Ok(at) = part.parse::<usize>() else {
                return Err(Error::at(span, format!("this is a list, and `{part}` is not an index")));
            };
            if at == items.len()
                && let Some(create) = create
            {
                items.push(empty(rest, create));
            }
            let count = items.len();
            let Some(item) = items.get_mut(at) else {
                return Err(Error::missing(span, format!("there is no item {at} among {count}")));
            };
            visit(item, rest, create, change)
        }
        Data::Map(_) => {
            if part == "*" {
                let Data::Map(members) = &mut value.data else { return Ok(0) };
                return members.iter_mut().try_fold(0, |count, member| {
                    Ok(count + visit(&mut member.value, rest, create, change)?)
                });
            }
            if value.get(part).is_none_or(Value::is_null)
                && let Some(create) = create
            {
                value.set(part, create.at, empty(rest, create));
            }
            value.get_mut(part).map_or(Ok(0), |value| visit(value, rest, create, change))
        }
        Data::Word(_) if is_null => Ok(0),
        Data::Word(_) => Err(Error::missing(span, format!("this has no field `{part}`"))),
    }
}

fn visit_matching(
    items: &mut Vec<Value>,
    (key, due): (&str, &str),
    rest: &[String],
    create: Option<Create<'_>>,
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<usize> {
    let pattern = Regex::new(due).ok();
    let has = |item: &Value| {
        let text = if key.is_empty() { item.text() } else { item.text_of(key) };
        pattern.as_ref().map_or(text == due, |pattern| !text.is_empty() && pattern.is_match(text))
    };
    if let Some(create) = create
        && !items.iter().any(&has)
    {
        let mut item = Value::map(create.at);
        item.set(key, create.at, Value::string(due, create.at));
        items.push(if key.is_empty() { Value::string(due, create.at) } else { item });
    }
    let matching = items.iter_mut().filter(|item| has(item));
    matching.into_iter().try_fold(0, |count, item| Ok(count + visit(item, rest, create, change)?))
}

/// The placeholder for a missing value along the path.
fn empty(rest: &[String], create: Create<'_>) -> Value {
    match (rest.first(), &create.like.data) {
        (Some(part), _) if part.parse::<usize>().is_ok() || condition(part).is_some() => {
            Value::list(create.at)
        }
        (Some(_), _) | (None, Data::Map(_)) => Value::map(create.at),
        (None, Data::List(_)) => Value::list(create.at),
        // The text of a new scalar decides its type.
        (None, Data::Word(_)) => Value::plain("", create.at),
    }
}
