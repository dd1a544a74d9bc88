//! Texts in queries of URLs.

use super::{list, members, string};
use regorus::Value;
use std::collections::BTreeMap;

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let digits =
                    [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'));
                out.push('%');
                out.extend(digits.map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    out
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digit = |byte: u8| char::from(byte).to_digit(16);
                out.push(u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?);
            }
            _ => out.push(byte),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

pub(super) fn encode(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(encoded(string(arguments.first())?)))
}

pub(super) fn decode(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(decoded(string(arguments.first())?)?))
}

pub(super) fn encode_object(arguments: &[Value]) -> Option<Value> {
    let Value::Object(object) = arguments.first()? else { return None };
    let mut pairs = Vec::new();
    for (key, value) in object.iter_sorted() {
        let key = string(Some(key))?;
        let values = members(value).unwrap_or_else(|| vec![value]);
        for value in values {
            pairs.push(format!("{}={}", encoded(key), encoded(string(Some(value))?)));
        }
    }
    Some(Value::from(pairs.join("&")))
}

pub(super) fn decode_object(arguments: &[Value]) -> Option<Value> {
    let mut values: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for pair in string(arguments.first())?.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        values.entry(Value::from(decoded(key)?)).or_default().push(Value::from(decoded(value)?));
    }
    let lists: BTreeMap<Value, Value> = values.into_iter().map(|(key, values)| (key, list(values))).collect();
    Some(Value::from(lists))
}
