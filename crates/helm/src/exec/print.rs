//! Values as Go's `fmt` prints them with `%v`.

use super::budget::Budget;
use crate::value::{Data, Native, Value};
use crate::{Error, Result};
use go_formats::shortest_float;
use std::fmt::Write;

/// The limit of depth for printed values, since a value may contain itself.
const MAX_DEPTH: usize = 100;

/// The text of a value.
pub(crate) fn print(value: &Value, budget: &mut Budget) -> Result<String> {
    let mut out = String::new();
    write(value, &mut out, budget, 0)?;
    budget.bytes(out.len())?;
    Ok(out)
}

/// `fmt.Sprint`: a blank is printed only between two operands that are not strings.
pub(crate) fn sprint(values: &[Value], budget: &mut Budget) -> Result<String> {
    let mut out = String::new();
    let mut was_text = true;
    for (place, value) in values.iter().enumerate() {
        let is_text = matches!(value.data, Data::Text(_));
        if place > 0 && !is_text && !was_text {
            out.push(' ');
        }
        was_text = is_text;
        write(value, &mut out, budget, 0)?;
    }
    budget.bytes(out.len())?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, budget: &mut Budget, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::limit("a value nests too deeply to be printed"));
    }
    budget.steps(1)?;
    match &value.data {
        Data::Nil => out.push_str("<nil>"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(number, crate::value::NumberType::Uint64) => {
            let _ = write!(out, "{}", number.cast_unsigned());
        }
        Data::Int(number, _) => {
            let _ = write!(out, "{number}");
        }
        Data::Float(number) => out.push_str(&shortest_float(*number)),
        Data::Text(text) => {
            budget.text(text)?;
            out.push_str(text.as_str());
        }
        Data::Bytes(bytes) => {
            budget.bytes(bytes.len() * 4)?;
            let shown: Vec<String> = bytes.iter().map(u8::to_string).collect();
            let _ = write!(out, "[{}]", shown.join(" "));
        }
        Data::List(list) => {
            out.push('[');
            for (place, item) in list.items().iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                write(item, out, budget, depth + 1)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            out.push_str("map[");
            for (place, (key, slot)) in map.borrow().iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(&slot.value, out, budget, depth + 1)?;
            }
            out.push(']');
        }
        Data::Native(native) => self::native(native, out, budget, depth)?,
    }
    Ok(())
}

fn native(native: &Native, out: &mut String, budget: &mut Budget, depth: usize) -> Result<()> {
    match native {
        Native::KubeVersion(version) => out.push_str(&version.version),
        Native::ApiVersions(versions) => {
            let shown: Vec<&str> = versions.iter().map(String::as_str).collect();
            let _ = write!(out, "[{}]", shown.join(" "));
        }
        Native::Files(files) => {
            out.push_str("map[");
            for (place, (name, (bytes, _))) in files.files.iter().enumerate() {
                budget.bytes(bytes.len() * 4)?;
                let shown: Vec<String> = bytes.iter().map(u8::to_string).collect();
                let _ = write!(out, "{}{name}:[{}]", if place > 0 { " " } else { "" }, shown.join(" "));
            }
            out.push(']');
        }
        Native::Struct(of) => {
            out.push_str(if of.name.starts_with('*') { "&{" } else { "{" });
            for (place, (_, field)) in of.fields.iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                write(field, out, budget, depth + 1)?;
            }
            out.push('}');
        }
        Native::Version(version) => out.push_str(&version.to_string()),
        Native::Time(time) => out.push_str(&time.to_string()),
    }
    Ok(())
}
