//! Lists.

use super::defaults;
use super::equality::deep_equal;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Data, Element, List, NumberType, Value};

pub(super) const TABLE: &[Function] = &[
    function("list", "a*", |call, arguments| made(call, arguments.to_vec())),
    function("tuple", "a*", |call, arguments| made(call, arguments.to_vec())),
    function("first", "a", |call, arguments| edge(call, &arguments[0], "first", <[Value]>::first)),
    function("mustFirst", "a", |call, arguments| edge(call, &arguments[0], "first", <[Value]>::first)),
    function("last", "a", |call, arguments| edge(call, &arguments[0], "last", <[Value]>::last)),
    function("mustLast", "a", |call, arguments| edge(call, &arguments[0], "last", <[Value]>::last)),
    function("rest", "a", |call, arguments| part(call, &arguments[0], "rest", |items| items.get(1..))),
    function("mustRest", "a", |call, arguments| part(call, &arguments[0], "rest", |items| items.get(1..))),
    function("initial", "a", initial),
    function("mustInitial", "a", initial),
    function("append", "aa", |call, arguments| with(call, arguments, "push on", true)),
    function("push", "aa", |call, arguments| with(call, arguments, "push on", true)),
    function("mustAppend", "aa", |call, arguments| with(call, arguments, "push on", true)),
    function("mustPush", "aa", |call, arguments| with(call, arguments, "push on", true)),
    function("prepend", "aa", |call, arguments| with(call, arguments, "prepend on", false)),
    function("mustPrepend", "aa", |call, arguments| with(call, arguments, "prepend on", false)),
    function("concat", "a*", |call, arguments| {
        let mut all = Vec::new();
        for argument in arguments {
            all.extend_from_slice(items(call, argument, "concat type")?.items());
        }
        if all.is_empty() {
            return Ok(List::nil(Element::Any).into());
        }
        made(call, all)
    }),
    function("reverse", "a", reverse),
    function("mustReverse", "a", reverse),
    function("uniq", "a", uniq),
    function("mustUniq", "a", uniq),
    function("compact", "a", compact),
    function("mustCompact", "a", compact),
    function("without", "aa*", without),
    function("mustWithout", "aa*", without),
    function("has", "aa", has),
    function("mustHas", "aa", has),
];

/// The items of a list, which are charged as steps; other values are refused.
pub(super) fn items(call: &mut Call<'_, '_>, value: &Value, what: &str) -> Result<List> {
    match &value.data {
        Data::List(list) => {
            call.steps(list.len())?;
            Ok(list.clone())
        }
        Data::Bytes(bytes) => {
            call.steps(bytes.len())?;
            let byte = |byte: &u8| Value::new(Data::Int(i64::from(*byte), NumberType::Uint8));
            Ok(List::new(bytes.iter().map(byte).collect()))
        }
        _ => fail(format!("Cannot {what} on type {}", value.type_name())),
    }
}

/// A list of values of any type; its size is charged.
pub(super) fn made(call: &mut Call<'_, '_>, items: Vec<Value>) -> Result<Value> {
    call.bytes(items.len().saturating_mul(size_of::<Value>()))?;
    Ok(items.into())
}

fn edge(
    call: &mut Call<'_, '_>,
    value: &Value,
    name: &str,
    choose: fn(&[Value]) -> Option<&Value>,
) -> Result<Value> {
    match &value.data {
        Data::List(list) => Ok(choose(list.items()).cloned().unwrap_or_else(Value::nil)),
        _ => items(call, value, &format!("find {name}")).map(|_| Value::nil()),
    }
}

fn part(
    call: &mut Call<'_, '_>,
    value: &Value,
    name: &str,
    choose: fn(&[Value]) -> Option<&[Value]>,
) -> Result<Value> {
    let list = items(call, value, &format!("find {name}"))?;
    match choose(list.items()) {
        Some(part) => made(call, part.to_vec()),
        None => Ok(List::nil(Element::Any).into()),
    }
}

fn initial(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    part(call, &arguments[0], "initial", |items| items.split_last().map(|(_, before)| before))
}

fn with(call: &mut Call<'_, '_>, arguments: &[Value], name: &str, at_end: bool) -> Result<Value> {
    let list = items(call, &arguments[0], name)?;
    let mut all = list.items().to_vec();
    all.insert(if at_end { all.len() } else { 0 }, arguments[1].clone());
    made(call, all)
}

fn reverse(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let list = items(call, &arguments[0], "find reverse")?;
    made(call, list.items().iter().rev().cloned().collect())
}

/// Whether an item is in a list.
fn is_among(call: &mut Call<'_, '_>, item: &Value, others: &[Value]) -> Result<bool> {
    for other in others {
        if deep_equal(call, item, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let list = items(call, &arguments[0], "find uniq")?;
    let mut kept = Vec::new();
    for item in list.items() {
        if !is_among(call, item, &kept)? {
            kept.push(item.clone());
        }
    }
    made(call, kept)
}

fn compact(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let list = items(call, &arguments[0], "compact")?;
    made(call, list.items().iter().filter(|item| !defaults::is_empty(item)).cloned().collect())
}

fn without(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let list = items(call, &arguments[0], "find without")?;
    let mut kept = Vec::new();
    for item in list.items() {
        if !is_among(call, item, &arguments[1..])? {
            kept.push(item.clone());
        }
    }
    made(call, kept)
}

fn has(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    if arguments[1].is_nil() {
        return Ok(false.into());
    }
    let list = items(call, &arguments[1], "find has")?;
    Ok(is_among(call, &arguments[0], list.items())?.into())
}

/// A list of numbers.
pub(super) fn numbers(numbers: Vec<i64>) -> Value {
    List::typed(numbers.into_iter().map(Value::int).collect(), Element::Int).into()
}
