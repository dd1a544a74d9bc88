//! Values as OPA writes them in texts.

use super::{list, string};
use go_formats::{Argument, BigInteger, Scalar, quote};
use num_bigint::{BigInt, Sign};
use regorus::Value;

/// A value as `%v` formats it in a list.
pub(super) fn written(value: &Value) -> String {
    let list = |open: &str, values: Vec<String>, close: &str| format!("{open}{}{close}", values.join(", "));
    match value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.format_decimal(),
        Value::String(text) => quote(text),
        Value::Array(array) => list("[", array.iter().map(written).collect(), "]"),
        Value::Set(set) if set.is_empty() => "set()".into(),
        Value::Set(set) => list("{", set.iter().map(written).collect(), "}"),
        Value::Object(object) => {
            let pair = |(key, value): (&Value, &Value)| format!("{}: {}", written(key), written(value));
            list("{", object.iter_sorted().map(pair).collect(), "}")
        }
        Value::Undefined => "undefined".into(),
    }
}

/// `sprintf`.
pub(super) fn sprintf(arguments: &[Value]) -> Option<Value> {
    let format = string(arguments.first())?;
    let Value::Array(values) = arguments.get(1)? else { return None };
    let values: Vec<_> = values.iter().map(Converted::new).collect();
    let values: Vec<_> = values.iter().map(Converted::argument).collect();
    Some(Value::from(go_formats::sprintf(format, &values)))
}

/// A value as OPA converts it for Go's `fmt`.
enum Converted {
    Int(i64),
    Big(Whole),
    Float(f64),
    Text(String),
}

/// A whole number that only a big integer holds.
#[derive(Debug)]
struct Whole(BigInt);

impl BigInteger for Whole {
    fn is_negative(&self) -> bool {
        self.0.sign() == Sign::Minus
    }

    fn digits(&self, base: u32) -> String {
        self.0.magnitude().to_str_radix(base)
    }
}

impl Converted {
    fn new(value: &Value) -> Self {
        match value {
            Value::Number(number) => match (number.is_integer(), number.as_i64(), number.to_big()) {
                (true, Some(whole), _) => Self::Int(whole),
                (true, None, Ok(whole)) => Self::Big(Whole(whole.as_ref().clone())),
                _ => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text.to_string()),
            value => Self::Text(written(value)),
        }
    }

    fn argument(&self) -> Argument<'_> {
        match self {
            Self::Int(number) => (*number).into(),
            Self::Big(number) => Argument { type_name: "*big.Int", value: Scalar::Big(number) },
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

/// `strings.split_n`: the first parts, or the last ones if the number is negative.
pub(super) fn split_n(arguments: &[Value]) -> Option<Value> {
    let (text, delimiter) = (string(arguments.first())?, string(arguments.get(1))?);
    let most = arguments.get(2)?.as_i64().ok()?;
    let parts: Vec<Value> = if delimiter.is_empty() {
        text.chars().map(|part| Value::from(part.to_string())).collect()
    } else {
        text.split(delimiter).map(Value::from).collect()
    };
    let taken = usize::try_from(most.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    Some(list(if most < 0 { parts[parts.len() - taken..].to_vec() } else { parts[..taken].to_vec() }))
}

/// `indexof`, in characters.
pub(super) fn indexof(arguments: &[Value]) -> Option<Value> {
    let (text, wanted) = (string(arguments.first())?, string(arguments.get(1))?);
    if wanted.is_empty() {
        return None;
    }
    let at = text.find(wanted).map(|byte| text[..byte].chars().count());
    Some(at.map_or(Value::from(-1_i64), Value::from))
}

/// Go converts each character separately.
fn each(text: &str, change: impl Fn(char) -> Option<char>) -> Value {
    Value::from(text.chars().map(|c| change(c).unwrap_or(c)).collect::<String>())
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

pub(super) fn upper(arguments: &[Value]) -> Option<Value> {
    Some(each(string(arguments.first())?, |c| single(c.to_uppercase())))
}

pub(super) fn lower(arguments: &[Value]) -> Option<Value> {
    Some(each(string(arguments.first())?, |c| c.to_lowercase().next()))
}

/// `to_number`: without spaces, and with no sign other than a minus.
pub(super) fn to_number(arguments: &[Value]) -> Option<Value> {
    match arguments.first()? {
        Value::Null => Some(Value::from(0_i64)),
        Value::Bool(truth) => Some(Value::from(i64::from(*truth))),
        number @ Value::Number(_) => Some(number.clone()),
        Value::String(text) if !text.contains(char::is_whitespace) => {
            Value::from_json_str(text).ok().filter(|value| matches!(value, Value::Number(_)))
        }
        _ => None,
    }
}

/// Conftest's `parse_config`, for the formats that need no other program.
pub(super) fn parse_config(arguments: &[Value]) -> Option<Value> {
    let (parser, text) = (string(arguments.first())?, string(arguments.get(1))?);
    match parser {
        "yaml" | "json" => Value::from_yaml_str(text).ok(),
        _ => None,
    }
}
