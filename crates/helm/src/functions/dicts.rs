//! Dictionaries. All values that refer to one share it.

use super::cast;
use super::merge::merge;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Data, Element, List, Map, Slot, Value};
use crate::{Error, Result};

pub(super) const TABLE: &[Function] = &[
    function("dict", "a*", dict),
    function("get", "ms", |_, arguments| {
        let found = map_of(&arguments[0]).get(&cast::text(&arguments[1]));
        Ok(found.unwrap_or_else(|| "".into()))
    }),
    function("set", "msa", |call, arguments| {
        let value = arguments[2].clone();
        let key = cast::text(&arguments[1]).into_owned();
        call.bytes(key.len() + size_of::<Slot>())?;
        map_of(&arguments[0]).insert(&key, value);
        Ok(arguments[0].clone())
    }),
    function("unset", "ms", |_, arguments| {
        map_of(&arguments[0]).remove(&cast::text(&arguments[1]));
        Ok(arguments[0].clone())
    }),
    function("hasKey", "ms", |_, arguments| {
        Ok(map_of(&arguments[0]).contains(&cast::text(&arguments[1])).into())
    }),
    function("pluck", "sm*", |call, arguments| {
        let key = cast::text(&arguments[0]).into_owned();
        let found = arguments[1..].iter().filter_map(|map| map_of(map).get(&key)).collect();
        super::lists::made(call, found)
    }),
    // Go returns keys and values in a random order; this is one of them.
    function("keys", "m*", |call, arguments| {
        let mut keys = Vec::new();
        for map in arguments {
            for (key, slot) in entries(call, map)? {
                keys.push(Value::from(&*key).from_text(slot.key_origin));
            }
        }
        Ok(List::typed(keys, Element::Text).into())
    }),
    function("values", "m", |call, arguments| {
        let values = entries(call, &arguments[0])?.into_iter().map(|(_, slot)| slot.value).collect();
        super::lists::made(call, values)
    }),
    function("pick", "ms*", |call, arguments| {
        let picked = Map::new();
        for key in &arguments[1..] {
            let key = cast::text(key);
            if let Some(slot) = map_of(&arguments[0]).slot(&key) {
                call.bytes(key.len() + size_of::<Slot>())?;
                picked.insert_slot(&key, slot);
            }
        }
        Ok(picked.into())
    }),
    function("omit", "ms*", |call, arguments| {
        let left = Map::new();
        let omitted: Vec<_> = arguments[1..].iter().map(cast::text).collect();
        for (key, slot) in entries(call, &arguments[0])? {
            call.steps(omitted.len())?;
            if !omitted.iter().any(|omitted| **omitted == *key) {
                left.insert_slot(&key, slot);
            }
        }
        Ok(left.into())
    }),
    function("dig", "a*", dig),
    function("merge", "mm*", |call, arguments| merged(call, arguments, false)),
    function("mustMerge", "mm*", |call, arguments| merged(call, arguments, false)),
    function("mergeOverwrite", "mm*", |call, arguments| merged(call, arguments, true)),
    function("mustMergeOverwrite", "mm*", |call, arguments| merged(call, arguments, true)),
    function("deepCopy", "a", copied),
    function("mustDeepCopy", "a", copied),
];

/// The map of an argument, whose type the table guarantees.
pub(super) fn map_of(value: &Value) -> Map {
    value.as_map().cloned().unwrap_or_default()
}

fn entries(call: &mut Call<'_, '_>, value: &Value) -> Result<Vec<(std::rc::Rc<str>, Slot)>> {
    let map = map_of(value);
    call.bytes(map.len() * size_of::<Slot>())?;
    call.steps(map.len())?;
    Ok(map.entries())
}

fn dict(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let map = Map::new();
    for pair in arguments.chunks(2) {
        let word = cast::word(call, &pair[0])?;
        call.bytes(word.len() + size_of::<Slot>())?;
        map.insert(&word, pair.get(1).cloned().unwrap_or_else(|| "".into()));
    }
    Ok(map.into())
}

fn dig(_: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [keys @ .., default, start] = arguments else { return fail("dig needs at least three arguments") };
    if keys.is_empty() {
        return fail("dig needs at least three arguments");
    }
    let mut found = start.clone();
    for key in keys {
        let Some(map) = found.as_map() else {
            return fail(format!("{} is no map[string]interface {{}}", found.type_name()));
        };
        let Some(key) = key.as_str() else {
            return fail(format!("a key is {}, not string", key.type_name()));
        };
        match map.get(key) {
            Some(next) => found = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(found)
}

fn merged(call: &mut Call<'_, '_>, arguments: &[Value], overwrites: bool) -> Result<Value> {
    for source in &arguments[1..] {
        merge(call, &map_of(&arguments[0]), &map_of(source), overwrites, 0)?;
    }
    Ok(arguments[0].clone())
}

fn copied(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    if arguments[0].is_nil() {
        return fail("reflect: call of reflect.Value.Type on zero Value");
    }
    deep_copy(call, &arguments[0], 0)
}

/// A value with separate copies of its maps.
fn deep_copy(call: &mut Call<'_, '_>, value: &Value, depth: usize) -> Result<Value> {
    if depth > 200 {
        return Err(Error::limit("a value nests too deeply to be copied"));
    }
    call.bytes(size_of::<Slot>())?;
    call.steps(1)?;
    let data = match &value.data {
        Data::List(list) => {
            let items: Result<Vec<Value>> =
                list.items().iter().map(|item| deep_copy(call, item, depth + 1)).collect();
            Data::List(list.with_items(items?))
        }
        Data::Map(map) => {
            let copy = Map::new();
            for (key, slot) in map.entries() {
                let value = deep_copy(call, &slot.value, depth + 1)?;
                copy.insert_slot(&key, Slot { value, ..slot });
            }
            Data::Map(copy)
        }
        data => data.clone(),
    };
    Ok(Value { data, ..*value })
}
