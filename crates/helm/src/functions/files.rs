//! `.Files`.

use super::cast;
use crate::Result;
use crate::exec::function::fail;
use crate::exec::{Call, Output};
use crate::value::{Data, Element, FileBytes, Files, List, Map, Native, Slot, Value};
use base64::Engine;
use regex::Regex;
use spanned_yaml::Span;
use std::rc::Rc;

/// The contents of a file as bytes.
pub(crate) fn bytes(file: &FileBytes) -> Value {
    Value { origin: origin(file), ..Value::new(Data::Bytes(Rc::from(&*file.0))) }
}

/// The contents of a file as a text with its places.
fn text(file: &FileBytes) -> Value {
    let data = match std::str::from_utf8(&file.0) {
        Ok(text) => Data::Text(crate::Text::new(text)),
        Err(_) => Data::Bytes(Rc::from(&*file.0)),
    };
    Value { origin: origin(file), ..Value::new(data) }
}

fn origin(file: &FileBytes) -> Option<Span> {
    file.1.map(|id| Span::new(id, 0, file.0.len()))
}

/// A method of `.Files`, or a file of that name.
pub(super) fn method(
    call: &mut Call<'_, '_>,
    files: &Rc<Files>,
    name: &str,
    arguments: &[Value],
) -> Result<Option<Value>> {
    let one = || match arguments {
        [argument] => Ok(cast::text(argument).into_owned()),
        _ => fail(format!("wrong number of args for {name}: want 1 got {}", arguments.len())),
    };
    let none = || match arguments {
        [] => Ok(()),
        _ => fail(format!("wrong number of args for {name}: want 0 got {}", arguments.len())),
    };
    let size = |file: &FileBytes| file.0.len();
    Ok(Some(match name {
        "Get" => match files.files.get(&*one()?) {
            Some(file) => {
                call.bytes(size(file))?;
                text(file)
            }
            None => "".into(),
        },
        "GetBytes" => match files.files.get(&*one()?) {
            Some(file) => {
                call.bytes(size(file))?;
                bytes(file)
            }
            None => Value::new(Data::Bytes(Rc::new([]))),
        },
        "Glob" => {
            call.steps(files.files.len() * 4)?;
            let Some(glob) = glob(&one()?) else { return Ok(Some(Native::Files(Rc::clone(files)).into())) };
            let found = files.files.iter().filter(|(name, _)| glob.is_match(name));
            let found = found.map(|(name, file)| (Rc::clone(name), file.clone())).collect();
            Native::Files(Rc::new(Files { files: found })).into()
        }
        "Lines" => {
            let Some(file) = files.files.get(&*one()?) else {
                return Ok(Some(List::typed(Vec::new(), Element::Text).into()));
            };
            call.bytes(size(file))?;
            let said = String::from_utf8_lossy(&file.0);
            let said = said.strip_suffix('\n').unwrap_or(&said);
            call.steps(said.matches('\n').count())?;
            let lines =
                if file.0.is_empty() { Vec::new() } else { said.split('\n').map(Value::from).collect() };
            List::typed(lines, Element::Text).into()
        }
        "AsConfig" => {
            none()?;
            as_yaml(call, files, |_, file| Ok(text(file)))?
        }
        "AsSecrets" => {
            none()?;
            as_yaml(call, files, |call, file| {
                call.bytes(size(file) * 2)?;
                let encoded = base64::engine::general_purpose::STANDARD.encode(&file.0);
                Ok(Value::from(encoded).from_text(origin(file)))
            })?
        }
        _ => files.files.get(name).map_or_else(|| Value::new(Data::Bytes(Rc::new([]))), bytes),
    }))
}

/// The files as a map of YAML, from their last names.
fn as_yaml(
    call: &mut Call<'_, '_>,
    files: &Files,
    each: impl Fn(&mut Call<'_, '_>, &FileBytes) -> Result<Value>,
) -> Result<Value> {
    let map = Map::new();
    for (name, file) in &files.files {
        call.bytes(file.0.len())?;
        let value = each(call, file)?;
        let value = match &value.data {
            Data::Bytes(bytes) => {
                Value::from(String::from_utf8_lossy(bytes).into_owned()).from_text(value.origin)
            }
            _ => value,
        };
        let key = name.rsplit('/').next().unwrap_or(name);
        map.insert_slot(key, Slot { key_origin: None, value });
    }
    let text = super::yaml_write::write(call, &map.into(), super::yaml_write::Style::Plain)?;
    Ok(Output::into_text(text).into())
}

/// A pattern of `gobwas/glob` with `/` as the separator; `None` if the library refuses it, which then matches everything.
fn glob(pattern: &str) -> Option<Regex> {
    let mut out = String::from("^");
    let mut rest = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                while rest.peek() == Some(&'*') {
                    rest.next();
                }
                out.push_str("(?s:.*)");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => {
                out.push('[');
                if rest.peek() == Some(&'!') {
                    rest.next();
                    out.push('^');
                }
                let mut is_closed = false;
                for c in rest.by_ref() {
                    if c == ']' {
                        is_closed = true;
                        break;
                    }
                    if c == '-' {
                        out.push('-');
                    } else {
                        out.push_str(&regex::escape(&c.to_string()));
                    }
                }
                if !is_closed {
                    return None;
                }
                out.push(']');
            }
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => out.push_str(&regex::escape(&rest.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    if depth > 0 {
        return None;
    }
    out.push('$');
    regex::RegexBuilder::new(&out).size_limit(1 << 20).build().ok()
}
