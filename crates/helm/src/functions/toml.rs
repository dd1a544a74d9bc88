//! Writes TOML as Go's usual library does, and reads it.

use crate::exec::Call;
use crate::value::{Data, Map, Value};
use crate::{Error, Result};
use go_formats::{quote, shortest_float};
use std::fmt::Write;

const MAX_DEPTH: usize = 100;

/// The text of a value.
pub(super) fn write(call: &mut Call<'_, '_>, value: &Value) -> Result<String> {
    let mut out = String::new();
    match &value.data {
        Data::Map(map) => table(call, map, &mut Vec::new(), &mut out)?,
        Data::Nil => return Err(Error::limit("toml: cannot encode nil")),
        _ => inline(call, value, &mut out, 0)?,
    }
    call.bytes(out.len())?;
    Ok(out)
}

/// Writes first the values that fit on a line, and then the tables.
fn table(call: &mut Call<'_, '_>, map: &Map, path: &mut Vec<String>, out: &mut String) -> Result<()> {
    if path.len() > MAX_DEPTH {
        return Err(Error::limit("a value nests too deeply for TOML"));
    }
    call.steps(map.len() + path.len() + 1)?;
    let inner = if path.is_empty() { String::new() } else { "  ".repeat(path.len()) };
    let mut tables = Vec::new();
    for (key, slot) in map.entries() {
        let is_tables = |value: &Value| {
            value.as_list().is_some_and(|list| {
                !list.is_empty() && list.items().iter().all(|item| item.as_map().is_some())
            })
        };
        match &slot.value.data {
            Data::Nil => {}
            Data::Map(_) => tables.push((key, slot.value)),
            Data::List(_) if is_tables(&slot.value) => tables.push((key, slot.value)),
            _ => {
                let _ = write!(out, "{inner}{} = ", self::key(&key));
                inline(call, &slot.value, out, 0)?;
                out.push('\n');
            }
        }
    }
    for (key, value) in tables {
        path.push(self::key(&key));
        let indent = "  ".repeat(path.len() - 1);
        match &value.data {
            Data::Map(map) => {
                if path.len() == 1 && !out.is_empty() {
                    out.push('\n');
                }
                let _ = writeln!(out, "{indent}[{}]", path.join("."));
                table(call, map, path, out)?;
            }
            Data::List(list) => {
                for item in list.items() {
                    if !out.is_empty() {
                        out.push('\n');
                    }
                    let _ = writeln!(out, "{indent}[[{}]]", path.join("."));
                    if let Data::Map(map) = &item.data {
                        table(call, map, path, out)?;
                    }
                }
            }
            _ => {}
        }
        path.pop();
        call.bytes(out.len() / 64)?;
    }
    Ok(())
}

fn key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { key.to_owned() } else { quote(key) }
}

fn inline(call: &mut Call<'_, '_>, value: &Value, out: &mut String, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::limit("a value nests too deeply for TOML"));
    }
    call.steps(1)?;
    match &value.data {
        Data::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Data::Int(number, _) => {
            let _ = write!(out, "{number}");
        }
        Data::Float(number) => {
            let text = shortest_float(*number);
            let point = if text.contains(['.', 'e', 'n', 'I']) { "" } else { ".0" };
            let _ = write!(out, "{text}{point}");
        }
        Data::List(list) => {
            out.push('[');
            for (place, item) in list.items().iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                inline(call, item, out, depth + 1)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            out.push('{');
            for (place, (name, slot)) in map.entries().into_iter().enumerate() {
                let _ = write!(out, "{}{} = ", if place > 0 { ", " } else { "" }, key(&name));
                inline(call, &slot.value, out, depth + 1)?;
            }
            out.push('}');
        }
        Data::Nil => return Err(Error::nowhere("toml: cannot encode array with nil element")),
        _ => out.push_str(&quote(&super::cast::word(call, value)?)),
    }
    Ok(())
}

/// The value of a text, or the reason why it cannot be read.
pub(super) fn read(call: &mut Call<'_, '_>, text: &str) -> Result<std::result::Result<Value, String>> {
    call.bytes(text.len().saturating_mul(4))?;
    Ok(match toml::from_str::<toml::Table>(text) {
        Ok(table) => Ok(of_table(table)),
        Err(error) => Err(format!("toml: {}", error.message())),
    })
}

fn of_table(table: toml::Table) -> Value {
    table.into_iter().map(|(key, value)| (key, of(value))).collect::<Map>().into()
}

fn of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => Value::int64(number),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(of).collect::<Vec<_>>().into(),
        toml::Value::Table(table) => of_table(table),
    }
}
