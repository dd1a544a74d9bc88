//! `printf`, as Go's `fmt.Sprintf` does it.

use super::budget::Budget;
use super::output::{Output, Part};
use super::print::print;
use crate::value::{Data, NumberType, Value};
use crate::{Error, Result};
use go_formats::{Argument, Fault, Piece, Scalar, Spec, each_piece, quote};

/// The largest width. Go itself accepts numbers in a format that are up to ten times as large.
const MAX_WIDTH: usize = 1_000_000;

/// The output of a format and its values. A value that is printed unchanged keeps its marks.
pub(crate) fn printf(format: &str, values: &[Value], part: Part, budget: &mut Budget) -> Result<Output> {
    let mut out = Output::default();
    let integer = |place: usize| match values.get(place)?.data {
        Data::Int(number, _) => Some(number),
        _ => None,
    };
    each_piece(format, values.len(), integer, |piece| {
        match piece {
            Piece::Text(text) => {
                budget.bytes(text.len())?;
                out.part(text, part);
            }
            Piece::Verb { verb, argument, spec } => {
                let widest = spec.width.max(spec.precision).unwrap_or(0);
                if widest > MAX_WIDTH {
                    return Err(too_wide());
                }
                one(verb, &values[argument], spec, &mut out, part, budget)?;
            }
            Piece::Fault(Fault::TooLarge) => return Err(too_wide()),
            Piece::Fault(fault) => out.part(&fault.to_string(), part),
            Piece::Extra(first) => extra(&values[first..], &mut out, part, budget)?,
        }
        Ok(())
    })?;
    Ok(out)
}

fn too_wide() -> Error {
    Error::limit(format!("a width of printf is larger than {MAX_WIDTH}"))
}

/// Prints the values that no verb asks for.
fn extra(values: &[Value], out: &mut Output, part: Part, budget: &mut Budget) -> Result<()> {
    out.part("%!(EXTRA ", part);
    for (place, value) in values.iter().enumerate() {
        let name = if value.is_nil() { String::new() } else { format!("{}=", value.type_name()) };
        let text = format!("{}{name}{}", if place > 0 { ", " } else { "" }, print(value, budget)?);
        out.part(&text, part);
    }
    out.part(")", part);
    Ok(())
}

/// Prints a value inside of another one, where nil is always printed as nil.
fn nested(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    budget.steps(1)?;
    if value.is_nil() {
        out.part(&Spec { zero: false, ..spec }.pad("<nil>"), part);
        return Ok(());
    }
    one(verb, value, spec, out, part, budget)
}

/// Prints one value.
fn one(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    budget.descend()?;
    let printed = within(verb, value, spec, out, part, budget);
    budget.rise();
    printed
}

fn within(
    verb: char,
    value: &Value,
    spec: Spec,
    out: &mut Output,
    part: Part,
    budget: &mut Budget,
) -> Result<()> {
    let part = Part { origin: value.origin, is_unknown: value.is_unknown, ..part };
    if let (Data::Text(text), 's' | 'v', None) = (&value.data, verb, spec.precision)
        && !spec.sharp_v
    {
        {
            budget.text(text)?;
            let missing = spec.width.unwrap_or(0).saturating_sub(text.as_str().chars().count());
            budget.bytes(missing)?;
            let padding = if spec.zero { "0" } else { " " }.repeat(missing);
            let plain = Part { origin: None, ..part };
            if !spec.minus {
                out.part(&padding, plain);
            }
            out.text(text, part);
            if spec.minus {
                out.part(&padding, plain);
            }
            return Ok(());
        }
    }
    budget.bytes(spec.width.unwrap_or(0) + spec.precision.unwrap_or(0))?;
    let text = match (verb, &value.data) {
        ('v', _) if spec.sharp_v => spec.pad(&source(value, budget, 0)?),
        ('s' | 'q' | 'x' | 'X' | 'd' | 't' | 'f' | 'g' | 'e' | 'v', Data::List(list)) => {
            let mut text = String::from("[");
            for (place, item) in list.items().iter().enumerate() {
                let mut inner = Output::default();
                nested(verb, item, spec, &mut inner, part, budget)?;
                if place > 0 {
                    text.push(' ');
                }
                text.push_str(&inner.text);
            }
            text.push(']');
            text
        }
        ('v', Data::Map(_) | Data::Bytes(_)) | ('v' | 's', Data::Native(_)) => {
            spec.pad(&print(value, budget)?)
        }
        ('s' | 'q' | 'd' | 't' | 'f', Data::Map(map)) => {
            budget.steps(map.len() + 64)?;
            let mut text = String::from("map[");
            for (place, (key, slot)) in map.entries().into_iter().enumerate() {
                let mut inner = Output::default();
                one(verb, &Value::from(&*key), spec, &mut inner, part, budget)?;
                inner.part(":", part);
                nested(verb, &slot.value, spec, &mut inner, part, budget)?;
                if place > 0 {
                    text.push(' ');
                }
                text.push_str(&inner.text);
                budget.bytes(text.len() / 64)?;
            }
            text.push(']');
            text
        }
        _ => match scalar(value) {
            Some(scalar) => Argument { type_name: value.type_name(), value: scalar }.format(verb, spec),
            None if verb == 'T' => spec.pad(value.type_name()),
            None => format!("%!{verb}({}={})", value.type_name(), print(value, budget)?),
        },
    };
    budget.bytes(text.len())?;
    out.part(&text, part);
    Ok(())
}

/// A value that is no collection, as Go's `fmt` sees it.
fn scalar(value: &Value) -> Option<Scalar<'_>> {
    Some(match &value.data {
        Data::Nil => Scalar::Nil,
        Data::Bool(value) => Scalar::Bool(*value),
        Data::Int(number, NumberType::Uint64) => Scalar::Uint(number.cast_unsigned()),
        Data::Int(number, _) => Scalar::Int(*number),
        Data::Float(number) => Scalar::Float(*number),
        Data::Text(text) => Scalar::Text(text.as_str()),
        Data::Bytes(bytes) => Scalar::Bytes(bytes),
        Data::List(_) | Data::Map(_) | Data::Native(_) => return None,
    })
}

/// `%#v`: a value as Go's source would write it.
fn source(value: &Value, budget: &mut Budget, depth: usize) -> Result<String> {
    if depth > 100 {
        return Err(Error::limit("a value nests too deeply to be printed"));
    }
    budget.steps(1)?;
    let text = match &value.data {
        Data::Nil => "interface {}(nil)".to_owned(),
        Data::Text(text) => quote(text.as_str()),
        Data::List(list) => {
            let items: Result<Vec<String>> =
                list.items().iter().map(|item| source(item, budget, depth + 1)).collect();
            format!("{}{{{}}}", value.type_name(), items?.join(", "))
        }
        Data::Map(map) => {
            let mut items = Vec::new();
            for (key, slot) in map.entries() {
                items.push(format!("{}:{}", quote(&key), source(&slot.value, budget, depth + 1)?));
            }
            format!("{}{{{}}}", value.type_name(), items.join(", "))
        }
        _ => print(value, budget)?,
    };
    budget.bytes(text.len())?;
    Ok(text)
}
