//! Values as numbers and words, as `spf13/cast` and sprig's `strval` read them.

use crate::Result;
use crate::exec::{Call, print};
use crate::template::integer;
use crate::value::{Data, Value};
use std::borrow::Cow;

/// `cast.ToInt64`: an invalid value is 0.
pub(super) fn int(value: &Value) -> i64 {
    match &value.data {
        Data::Int(number, _) => *number,
        Data::Float(number) => *number as i64,
        Data::Bool(value) => i64::from(*value),
        Data::Text(text) => text_int(text.as_str()),
        _ => 0,
    }
}

/// A text as a whole number; zeros behind a point don't matter.
fn text_int(text: &str) -> i64 {
    let trimmed = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    integer(trimmed).unwrap_or(0)
}

/// `cast.ToFloat64`.
pub(super) fn float(value: &Value) -> f64 {
    match &value.data {
        #[expect(clippy::cast_precision_loss, reason = "as Go does")]
        Data::Int(number, _) => *number as f64,
        Data::Float(number) => *number,
        Data::Bool(value) => f64::from(u8::from(*value)),
        Data::Text(text) => parse_float(text.as_str()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// `strconv.ParseFloat`
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" | "nan" => {}
        _ if unsigned.len() + 1 < text.len() => return None,
        _ if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') => return None,
        _ => {}
    }
    let is_separated = !text.contains("__") && !text.ends_with('_');
    if is_separated { text.replace('_', "").parse().ok() } else { None }
}

/// The string, or an empty text for other values.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match &value.data {
        Data::Text(text) => Cow::Borrowed(text.as_str()),
        Data::Bytes(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    }
}

/// The bytes of a string.
pub(super) fn bytes(value: &Value) -> &[u8] {
    match &value.data {
        Data::Text(text) => text.as_str().as_bytes(),
        Data::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// `strval`: the value as a string.
pub(super) fn word(call: &mut Call<'_, '_>, value: &Value) -> Result<String> {
    Ok(match &value.data {
        Data::Text(text) => {
            call.bytes(text.as_str().len())?;
            text.as_str().to_owned()
        }
        Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => print(value, &mut call.machine.budget)?,
    })
}

/// `strslice`: the strings of a list. Another value is a single string, and nil is none.
pub(super) fn words(call: &mut Call<'_, '_>, value: &Value) -> Result<Vec<String>> {
    match &value.data {
        Data::List(list) => {
            call.steps(list.len())?;
            list.items().iter().filter(|item| !item.is_nil()).map(|item| word(call, item)).collect()
        }
        Data::Nil => Ok(Vec::new()),
        _ => Ok(vec![word(call, value)?]),
    }
}
