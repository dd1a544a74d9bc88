//! Comparison in templates: only values of one kind can be compared.

use crate::value::{Data, NumberType, Value};
use crate::{Error, Result};
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Other,
}

fn kind(value: &Value) -> Kind {
    match value.data {
        Data::Bool(_) => Kind::Bool,
        Data::Int(..) => Kind::Int,
        Data::Float(_) => Kind::Float,
        Data::Text(_) => Kind::Text,
        _ => Kind::Other,
    }
}

/// `eq a b`
pub(crate) fn equal(a: &Value, b: &Value) -> Result<bool> {
    match (&a.data, &b.data) {
        (Data::Bool(a), Data::Bool(b)) => return Ok(a == b),
        (Data::Int(a, _), Data::Int(b, _)) => return Ok(a == b),
        #[expect(clippy::float_cmp, reason = "as Go does")]
        (Data::Float(a), Data::Float(b)) => return Ok(a == b),
        (Data::Text(a), Data::Text(b)) => return Ok(a.as_str() == b.as_str()),
        _ => {}
    }
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() && b.is_nil());
    }
    if kind(a) != kind(b) {
        return Err(Error::nowhere(format!(
            "incompatible types for comparison: {} and {}",
            a.type_name(),
            b.type_name()
        )));
    }
    Err(Error::nowhere(format!("non-comparable type {}", a.type_name())))
}

/// The order of two values, for `lt` and similar functions; `None` if one is not a number.
pub(crate) fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>> {
    match (&a.data, &b.data) {
        (Data::Int(a, of), Data::Int(b, other)) => {
            let is_unsigned = |of: &NumberType| matches!(of, NumberType::Uint8 | NumberType::Uint64);
            // An unsigned number is never below zero, whatever its bits are.
            let key = |number: i64, of| {
                i128::from(number) + if is_unsigned(of) && number < 0 { 1 << 64 } else { 0 }
            };
            Ok(Some(key(*a, of).cmp(&key(*b, other))))
        }
        (Data::Float(a), Data::Float(b)) => Ok(a.partial_cmp(b)),
        (Data::Text(a), Data::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        _ if kind(a) == Kind::Other || kind(b) == Kind::Other || kind(a) == kind(b) => {
            let odd = if matches!(kind(a), Kind::Other | Kind::Bool) { a } else { b };
            Err(Error::nowhere(format!("invalid type for comparison: {}", odd.type_name())))
        }
        _ => Err(Error::nowhere(format!(
            "incompatible types for comparison: {} and {}",
            a.type_name(),
            b.type_name()
        ))),
    }
}
