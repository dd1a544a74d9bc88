//! Checks a single value: its type, its size, its text.

use super::Draft;
use crate::value::{Data, Value};
use serde_json::{Number, Value as Json};
use std::fmt::Write;

/// The value as a number, if it is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value.data {
        #[expect(clippy::cast_precision_loss, reason = "JSON's numbers are compared as floats")]
        Data::Int(number, _) => Some(number as f64),
        Data::Float(number) => Some(number),
        _ => None,
    }
}

/// Whether a value has the type that a schema names; `None` if there is no such type.
pub(super) fn has_type(value: &Value, name: &str) -> Option<bool> {
    Some(match name {
        "null" => value.is_nil(),
        "boolean" => value.as_bool().is_some(),
        "string" => matches!(value.data, Data::Text(_) | Data::Bytes(_)),
        "number" => number(value).is_some(),
        "integer" => number(value).is_some_and(|number| number.fract() == 0.0),
        "array" => value.as_list().is_some(),
        "object" => value.as_map().is_some(),
        _ => return None,
    })
}

/// The name of a value's type.
pub(super) fn type_name(value: &Value) -> &'static str {
    let names = ["null", "boolean", "string", "integer", "number", "array", "object"];
    names.into_iter().find(|name| has_type(value, name) == Some(true)).unwrap_or("something else")
}

/// Whether a value is equal to a value in a schema.
pub(super) fn equals(value: &Value, json: &Json) -> bool {
    match json {
        Json::Null => value.is_nil(),
        Json::Bool(wanted) => value.as_bool() == Some(*wanted),
        Json::Number(wanted) => number(value).is_some() && number(value) == wanted.as_f64(),
        Json::String(wanted) => value.as_str() == Some(wanted),
        Json::Array(wanted) => value.as_list().is_some_and(|list| {
            list.len() == wanted.len()
                && list.items().iter().zip(wanted).all(|(item, wanted)| equals(item, wanted))
        }),
        Json::Object(wanted) => value.as_map().is_some_and(|map| {
            let has =
                |(key, wanted): (&String, &Json)| map.get(key).is_some_and(|value| equals(&value, wanted));
            map.len() == wanted.len() && wanted.iter().all(has)
        }),
    }
}

/// A text form that is the same for equal values.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

fn print(value: &Value, text: &mut String) {
    match &value.data {
        Data::List(list) => {
            text.push('[');
            for item in list.items() {
                print(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Data::Map(map) => {
            text.push('{');
            for (key, slot) in map.entries() {
                let _ = write!(text, "{key:?}:");
                print(&slot.value, text);
                text.push(',');
            }
            text.push('}');
        }
        _ => match (number(value), value.as_str()) {
            (Some(number), _) => text.push_str(&number.to_string()),
            (_, Some(word)) => {
                let _ = write!(text, "{word:?}");
            }
            _ => {
                let _ = write!(text, "{:?}", value.as_bool());
            }
        },
    }
}

/// The violation of a limit for a number; `Err` if the keyword itself is invalid.
pub(super) fn check_number(
    number: f64,
    keyword: &str,
    limit: &Json,
    draft: Draft,
) -> Result<Option<String>, ()> {
    // In draft 4, a boolean excludes the limit itself; `judge` handles both keywords together.
    if draft == Draft::Four && limit.is_boolean() {
        return Ok(None);
    }
    let limit = limit.as_number().and_then(Number::as_f64).ok_or(())?;
    let (holds, words) = match keyword {
        "minimum" => (number >= limit, "less than"),
        "maximum" => (number <= limit, "more than"),
        "exclusiveMinimum" => (number > limit, "not more than"),
        "exclusiveMaximum" => (number < limit, "not less than"),
        _ => {
            let parts = number / limit;
            (parts.fract() == 0.0 || (parts - parts.round()).abs() < 1e-9, "no multiple of")
        }
    };
    Ok((!holds).then(|| format!("{words} {limit}")))
}

/// The violation of a limit for a length.
pub(super) fn check_length(length: usize, keyword: &str, limit: &Json) -> Result<Option<String>, ()> {
    let limit = limit.as_f64().filter(|limit| *limit >= 0.0).ok_or(())?;
    #[expect(clippy::cast_precision_loss, reason = "lengths are small")]
    let length = length as f64;
    Ok(match keyword.starts_with("min") {
        true if length < limit => Some(format!("shorter than {limit}")),
        false if length > limit => Some(format!("longer than {limit}")),
        _ => None,
    })
}
