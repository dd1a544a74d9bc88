//! Converts values to texts of other languages, and back.

use super::yaml_write::{self, Style};
use super::{cast, json, toml, yaml};
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Data, Map, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use spanned_yaml::Kind;
use std::rc::Rc;

pub(super) const TABLE: &[Function] = &[
    function("toYaml", "a", |call, arguments| or_empty(to_yaml(call, &arguments[0], Style::Plain))),
    function("mustToYaml", "a", |call, arguments| to_yaml(call, &arguments[0], Style::Plain)),
    function("toYamlPretty", "a", |call, arguments| or_empty(to_yaml(call, &arguments[0], Style::Pretty))),
    function("fromYaml", "s", |call, arguments| {
        Ok(yaml::read(call, &arguments[0], Kind::Mapping)?.unwrap_or_else(error_map))
    }),
    function("fromYamlArray", "s", |call, arguments| {
        Ok(yaml::read(call, &arguments[0], Kind::Sequence)?.unwrap_or_else(error_list))
    }),
    function("toJson", "a", |call, arguments| or_empty(to_json(call, &arguments[0], false, false))),
    function("mustToJson", "a", |call, arguments| to_json(call, &arguments[0], false, false)),
    function("toPrettyJson", "a", |call, arguments| or_empty(to_json(call, &arguments[0], true, false))),
    function("mustToPrettyJson", "a", |call, arguments| to_json(call, &arguments[0], true, false)),
    function("toRawJson", "a", |call, arguments| to_json(call, &arguments[0], false, true)),
    function("mustToRawJson", "a", |call, arguments| to_json(call, &arguments[0], false, true)),
    function("fromJson", "s", |call, arguments| match from_json(call, &arguments[0])? {
        Ok(value) if value.as_map().is_some() => Ok(value),
        Ok(value) if value.is_nil() => Ok(Map::new().into()),
        Ok(value) => Ok(error_map(wrong(&value, "map[string]interface {}"))),
        Err(why) => Ok(error_map(why)),
    }),
    function("fromJsonArray", "s", |call, arguments| match from_json(call, &arguments[0])? {
        Ok(value) if value.as_list().is_some() => Ok(value),
        Ok(value) if value.is_nil() => Ok(Vec::new().into()),
        Ok(value) => Ok(error_list(wrong(&value, "[]interface {}"))),
        Err(why) => Ok(error_list(why)),
    }),
    function("mustFromJson", "s", |call, arguments| from_json(call, &arguments[0])?.or_else(fail)),
    function("toToml", "a", |call, arguments| {
        Ok(toml::write(call, &arguments[0]).or_else(|error| refused(error, |error| error.message))?.into())
    }),
    function("mustToToml", "a", |call, arguments| Ok(toml::write(call, &arguments[0])?.into())),
    function("fromToml", "s", |call, arguments| {
        Ok(toml::read(call, &cast::text(&arguments[0]))?.unwrap_or_else(error_map))
    }),
    function("b64enc", "s", |call, arguments| {
        let bytes = cast::bytes(&arguments[0]);
        call.bytes(bytes.len() * 2)?;
        Ok(STANDARD.encode(bytes).into())
    }),
    function("b64dec", "s", |call, arguments| {
        let text: String = cast::text(&arguments[0]).chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        call.bytes(text.len())?;
        Ok(match STANDARD.decode(&text) {
            Ok(bytes) => string(bytes),
            Err(base64::DecodeError::InvalidByte(at, _)) => illegal(64, at),
            Err(_) => illegal(64, text.len() / 4 * 4),
        })
    }),
    function("b32enc", "s", |call, arguments| {
        let bytes = cast::bytes(&arguments[0]);
        call.bytes(bytes.len() * 2)?;
        Ok(base32(bytes).into())
    }),
    function("b32dec", "s", |call, arguments| {
        let text: String = cast::text(&arguments[0]).chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        call.bytes(text.len())?;
        Ok(from_base32(&text).map_or_else(|at| illegal(32, at), string))
    }),
];

fn to_yaml(call: &mut Call<'_, '_>, value: &Value, style: Style) -> Result<Value> {
    Ok(yaml_write::write(call, value, style)?.into_text().into())
}

fn to_json(call: &mut Call<'_, '_>, value: &Value, is_pretty: bool, is_raw: bool) -> Result<Value> {
    Ok(json::write(call, value, json::Style { is_pretty, is_raw })?.into_text().into())
}

/// A value that cannot be written gives an empty text; limits stay errors.
fn or_empty(written: Result<Value>) -> Result<Value> {
    written.or_else(|error| refused(error, |_| "".into()))
}

fn refused<T>(error: crate::Error, instead: impl FnOnce(crate::Error) -> T) -> Result<T> {
    if error.is_limit { Err(error) } else { Ok(instead(error)) }
}

/// The map in which Helm returns a parse error.
fn error_map(why: String) -> Value {
    [("Error", Value::from(why))].into_iter().collect::<Map>().into()
}

fn error_list(why: String) -> Value {
    vec![Value::from(why)].into()
}

fn wrong(value: &Value, wanted: &str) -> String {
    let is = match &value.data {
        Data::Map(_) => "object",
        Data::List(_) => "array",
        Data::Text(_) => "string",
        Data::Bool(_) => "bool",
        _ => "number",
    };
    format!("json: cannot unmarshal {is} into Go value of type {wanted}")
}

fn from_json(call: &mut Call<'_, '_>, text: &Value) -> Result<std::result::Result<Value, String>> {
    let text = cast::text(text);
    call.bytes(text.len().saturating_mul(4))?;
    Ok(serde_json::from_str(&text).map(of_json).map_err(|error| {
        if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            format!("invalid JSON: {error}")
        }
    }))
}

fn of_json(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::nil(),
        serde_json::Value::Bool(value) => value.into(),
        serde_json::Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(items) => items.into_iter().map(of_json).collect::<Vec<_>>().into(),
        serde_json::Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, of_json(value))).collect::<Map>().into()
        }
    }
}

/// Bytes as a string, if they are UTF-8.
fn string(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => Value::new(Data::Bytes(Rc::from(error.into_bytes()))),
    }
}

fn illegal(base: u32, at: usize) -> Value {
    format!("illegal base{base} data at input byte {at}").into()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (bits >> (35 - 5 * place)) & 31;
            out.push(if place < digits { char::from(BASE32[digit as usize]) } else { '=' });
        }
    }
    out
}

/// The bytes, or the place of the first invalid character.
fn from_base32(text: &str) -> std::result::Result<Vec<u8>, usize> {
    let plain = text.trim_end_matches('=');
    if !text.len().is_multiple_of(8) {
        let bad = text.bytes().position(|byte| !BASE32.contains(&byte));
        return Err(bad.unwrap_or(text.len()));
    }
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for (at, byte) in plain.bytes().enumerate() {
        let digit = BASE32.iter().position(|digit| *digit == byte).ok_or(at)?;
        bits = (bits << 5) | digit as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Ok(out)
}
