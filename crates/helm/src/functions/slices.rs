//! Places in lists, maps and strings.

use super::cast;
use super::lists::items;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Data, Element, List, Native, NumberType, Value};

pub(super) const TABLE: &[Function] = &[
    function("index", "aa*", index),
    function("len", "a", len),
    function("slice", "aa*", slice),
    function("mustSlice", "aa*", slice),
    function("chunk", "ia", chunk),
    function("mustChunk", "ia", chunk),
];

fn index(_: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let Some((first, keys)) = arguments.split_first() else { return fail("index of untyped nil") };
    let mut value = first.clone();
    for key in keys {
        let place = |length: usize| match key.data {
            Data::Int(number, _) => match usize::try_from(number) {
                Ok(place) if place < length => Ok(place),
                _ => fail(format!("index out of range: {number}")),
            },
            _ => fail(format!("cannot index slice/array with type {}", key.type_name())),
        };
        value = match &value.data {
            Data::Nil => return fail("index of nil pointer"),
            Data::List(list) => list.items()[place(list.len())?].clone(),
            Data::Text(text) => byte(text.as_str().as_bytes()[place(text.as_str().len())?]),
            Data::Bytes(bytes) => byte(bytes[place(bytes.len())?]),
            Data::Map(map) => match key.as_str() {
                Some(key) => map.get(key).unwrap_or_else(Value::nil),
                None if key.is_nil() => return fail("value is nil; should be of type string"),
                None => return fail(format!("value has type {}; should be string", key.type_name())),
            },
            Data::Native(Native::Files(files)) => {
                let found = key.as_str().and_then(|key| files.files.get(key));
                found.map_or_else(Value::nil, super::files::bytes)
            }
            _ => return fail(format!("can't index item of type {}", value.type_name())),
        };
    }
    Ok(value)
}

fn byte(byte: u8) -> Value {
    Value::new(Data::Int(i64::from(byte), NumberType::Uint8))
}

fn len(_: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let value = &arguments[0];
    let length = match &value.data {
        Data::Text(text) => text.as_str().len(),
        Data::Bytes(bytes) => bytes.len(),
        Data::List(list) => list.len(),
        Data::Map(map) => map.len(),
        Data::Native(Native::Files(files)) => files.files.len(),
        Data::Native(Native::ApiVersions(versions)) => versions.len(),
        Data::Nil => return fail("len of nil pointer"),
        _ => return fail(format!("len of type {}", value.type_name())),
    };
    Ok(Value::int(length as i64))
}

fn slice(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let Data::List(list) = &arguments[0].data else {
        return fail(format!("list should be type of slice or array but {}", arguments[0].type_name()));
    };
    if list.is_empty() {
        return Ok(Value::nil());
    }
    let start = arguments.get(1).map_or(0, cast::int);
    let end = arguments.get(2).map_or(list.len() as i64, cast::int);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(chosen) = range.and_then(|(start, end)| list.items().get(start..end)) else {
        return fail("slice index out of bounds");
    };
    call.bytes(size_of_val(chosen))?;
    Ok(List::typed(chosen.to_vec(), list.of()).into())
}

fn chunk(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let list = items(call, &arguments[1], "chunk")?;
    let size = match usize::try_from(cast::int(&arguments[0])) {
        Ok(0) => return fail("the size of a chunk is zero"),
        Ok(size) => size,
        Err(_) => return Ok(Vec::new().into()),
    };
    let chunks = list.items().chunks(size).map(|chunk| chunk.to_vec().into()).collect();
    call.bytes(list.len() * size_of::<Value>())?;
    Ok(List::typed(chunks, Element::List).into())
}
