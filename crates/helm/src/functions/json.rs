//! JSON, as Go writes it.

use crate::exec::{Call, Output, Part};
use crate::value::{Data, Map, Native, NumberType, Value};
use crate::{Error, Result};
use std::fmt::Write;

const MAX_DEPTH: usize = 200;

/// The layout of JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// Whether each value has a line of its own.
    pub(super) is_pretty: bool,
    /// Whether `<`, `>` and `&` stay as they are.
    pub(super) is_raw: bool,
}

/// The text of a value; each scalar in it keeps its place.
pub(super) fn write(call: &mut Call<'_, '_>, value: &Value, style: Style) -> Result<Output> {
    let mut out = Output::default();
    let mut writer = Writer { call, out: &mut out, style };
    writer.value(value, 0)?;
    Ok(out)
}

struct Writer<'w, 'c, 't> {
    call: &'w mut Call<'c, 't>,
    out: &'w mut Output,
    style: Style,
}

impl Writer<'_, '_, '_> {
    fn structure(&mut self, text: &str) {
        let part = self.call.part();
        self.out.part(text, part);
    }

    fn line(&mut self, depth: usize) -> Result<()> {
        if self.style.is_pretty {
            self.call.bytes(depth * 2)?;
            self.structure(&format!("\n{}", "  ".repeat(depth)));
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::nowhere("a value nests too deeply for JSON"));
        }
        self.call.steps(1)?;
        match &value.data {
            Data::List(list) if list.is_empty() => {
                self.structure(if list.is_nil() { "null" } else { "[]" });
            }
            Data::List(list) => {
                self.structure("[");
                for (place, item) in list.items().iter().enumerate() {
                    if place > 0 {
                        self.structure(",");
                    }
                    self.line(depth + 1)?;
                    self.value(item, depth + 1)?;
                }
                self.line(depth)?;
                self.structure("]");
            }
            Data::Map(map) => self.map(map, depth)?,
            Data::Native(native) => {
                if let Some(map) = as_map(native) {
                    return self.map(&map, depth);
                }
                let word = native_word(self.call, value)?;
                let part = Part { is_unknown: value.is_unknown, ..self.call.part() };
                self.out.part(&string(&word, self.style.is_raw), part);
            }
            _ => {
                let word = word(value, self.style.is_raw)?;
                self.call.bytes(word.len())?;
                let part = part_of(self.call, value);
                self.out.part(&word, part);
            }
        }
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<()> {
        if map.is_empty() {
            self.structure("{}");
            return Ok(());
        }
        self.structure("{");
        for (place, (key, slot)) in map.entries().into_iter().enumerate() {
            if place > 0 {
                self.structure(",");
            }
            self.line(depth + 1)?;
            let name = string(&key, self.style.is_raw);
            self.call.bytes(name.len())?;
            let part = Part { origin: slot.key_origin, ..self.call.part() };
            self.out.part(&name, part);
            self.structure(if self.style.is_pretty { ": " } else { ":" });
            self.value(&slot.value, depth + 1)?;
        }
        self.line(depth)?;
        self.structure("}");
        Ok(())
    }
}

/// The origin of a scalar that is printed in full.
pub(super) fn part_of(call: &Call<'_, '_>, value: &Value) -> Part {
    let marks = value.as_text().map_or(&[][..], crate::Text::marks);
    let is_unknown = value.is_unknown || marks.iter().any(|mark| mark.is_unknown);
    Part { origin: value.origin_of_all(), is_unknown, ..call.part() }
}

/// A native value as a string.
pub(super) fn native_word(call: &mut Call<'_, '_>, value: &Value) -> Result<String> {
    if let Data::Native(Native::Time(time)) = &value.data {
        return Ok(time.format("2006-01-02T15:04:05.999999999Z07:00"));
    }
    crate::exec::print(value, &mut call.machine.budget)
}

/// A structure or collection that is a map in JSON.
pub(super) fn as_map(native: &Native) -> Option<Map> {
    match native {
        Native::Struct(of) => Some(of.fields.iter().map(|(name, value)| (*name, value.clone())).collect()),
        Native::Files(files) => {
            let file = |(name, file): (&std::rc::Rc<str>, _)| (name.to_string(), super::files::bytes(file));
            Some(files.files.iter().map(file).collect())
        }
        Native::KubeVersion(version) => Some(
            [("Version", &version.version), ("Major", &version.major), ("Minor", &version.minor)]
                .into_iter()
                .map(|(name, text)| (name, Value::from(text.as_str())))
                .collect(),
        ),
        _ => None,
    }
}

/// A value that is not a collection.
pub(super) fn word(value: &Value, is_raw: bool) -> Result<String> {
    Ok(match &value.data {
        Data::Bool(value) => value.to_string(),
        Data::Int(value, NumberType::Uint64) => value.cast_unsigned().to_string(),
        Data::Int(value, _) => value.to_string(),
        Data::Float(number) => match number_text(*number) {
            Some(text) => text,
            None => return Err(Error::nowhere("json: unsupported value: not a number")),
        },
        Data::Text(text) => string(text.as_str(), is_raw),
        Data::Bytes(bytes) => {
            use base64::Engine;
            string(&base64::engine::general_purpose::STANDARD.encode(bytes), is_raw)
        }
        _ => "null".to_owned(),
    })
}

/// A number as Go's JSON writes it: with an exponent below 1e-6 and from 1e21 on.
pub(super) fn number_text(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return Some(match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        });
    }
    Some(format!("{number}"))
}

/// A string in quotes.
pub(super) fn string(text: &str, is_raw: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' if is_raw => out.push(c),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
