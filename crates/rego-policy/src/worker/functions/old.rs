//! Functions of the old language, and small ones of the new language.

use super::{list, members, string};
use regorus::Value;
use semver::Version;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

pub(super) fn any(arguments: &[Value]) -> Option<Value> {
    let yes = Value::from(true);
    Some(Value::from(members(arguments.first()?)?.contains(&&yes)))
}

pub(super) fn all(arguments: &[Value]) -> Option<Value> {
    let yes = Value::from(true);
    Some(Value::from(members(arguments.first()?)?.into_iter().all(|value| *value == yes)))
}

pub(super) fn cast_array(arguments: &[Value]) -> Option<Value> {
    Some(list(members(arguments.first()?)?.into_iter().cloned()))
}

pub(super) fn cast_set(arguments: &[Value]) -> Option<Value> {
    let values: BTreeSet<Value> = members(arguments.first()?)?.into_iter().cloned().collect();
    Some(Value::from(values))
}

pub(super) fn cast_boolean(arguments: &[Value]) -> Option<Value> {
    arguments.first().filter(|value| matches!(value, Value::Bool(_))).cloned()
}

pub(super) fn cast_null(arguments: &[Value]) -> Option<Value> {
    arguments.first().filter(|value| matches!(value, Value::Null)).cloned()
}

pub(super) fn cast_object(arguments: &[Value]) -> Option<Value> {
    arguments.first().filter(|value| matches!(value, Value::Object(_))).cloned()
}

pub(super) fn cast_string(arguments: &[Value]) -> Option<Value> {
    arguments.first().filter(|value| matches!(value, Value::String(_))).cloned()
}

pub(super) fn set_diff(arguments: &[Value]) -> Option<Value> {
    let (Value::Set(from), Value::Set(take)) = (arguments.first()?, arguments.get(1)?) else { return None };
    let left: BTreeSet<Value> = from.iter().filter(|value| !take.contains(value)).cloned().collect();
    Some(Value::from(left))
}

/// Replaces lists in a list by their elements, but not lists inside of those.
pub(super) fn flatten(arguments: &[Value]) -> Option<Value> {
    let Value::Array(array) = arguments.first()? else { return None };
    let mut flat = Vec::new();
    for value in array.iter() {
        match value {
            Value::Array(inner) => flat.extend(inner.iter().cloned()),
            value => flat.push(value.clone()),
        }
    }
    Some(Value::from(flat))
}

pub(super) fn sha256(arguments: &[Value]) -> Option<Value> {
    let digest = Sha256::digest(string(arguments.first())?.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(Value::from(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect::<String>()))
}

/// A version, which may begin with `v`.
fn version(argument: Option<&Value>) -> Option<Version> {
    let text = string(argument)?;
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

#[expect(clippy::unnecessary_wraps, reason = "as all functions")]
pub(super) fn is_version(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(version(arguments.first()).is_some()))
}

pub(super) fn compare_versions(arguments: &[Value]) -> Option<Value> {
    let order = version(arguments.first())?.cmp_precedence(&version(arguments.get(1))?);
    Some(Value::from(order as i64))
}
