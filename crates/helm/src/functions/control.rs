//! Calls of templates, and functions that stop the rendering.

use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function, take};
use crate::value::{Data, Map, Value};

pub(super) const TABLE: &[Function] = &[
    function("include", "sa", include),
    function("tpl", "sa", |call, arguments| {
        let [text, given] = take(arguments)?;
        call.template(&text, given)
    }),
    function("required", "sa", required),
    function("fail", "s", |_, arguments| fail(cast::text(&arguments[0]))),
    function("lookup", "ssss", |_, _| Ok(Map::new().into())),
    // No host is looked up: without a network, `helm template` returns nothing either.
    function("getHostByName", "s", |_, _| Ok("".into())),
    function("call", "aa*", |_, arguments| {
        fail(format!("non-function of type {}", arguments[0].type_name()))
    }),
];

fn include(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [name, given] = take(arguments)?;
    Ok(call.include(&cast::text(&name), given)?.into())
}

/// Fails with its first argument if the second one is missing: nil or an empty string.
fn required(_: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [why, value] = take(arguments)?;
    let is_missing = match &value.data {
        Data::Nil => true,
        Data::Text(text) => text.is_empty(),
        _ => false,
    };
    if is_missing { fail(cast::text(&why)) } else { Ok(value) }
}
