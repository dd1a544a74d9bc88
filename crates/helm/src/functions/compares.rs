//! Comparison and logic.

use crate::Result;
use crate::exec::function::{Function, Special, fail, function};
use crate::exec::{Call, compare, equal};
use crate::value::Value;
use std::cmp::Ordering;

pub(super) const TABLE: &[Function] = &[
    Function { special: Some(Special::And), ..function("and", "aa*", nothing) },
    Function { special: Some(Special::Or), ..function("or", "aa*", nothing) },
    function("not", "a", |_, arguments| Ok((!arguments[0].is_true()).into())),
    function("eq", "aa*", eq),
    function("ne", "aa", |call, arguments| Ok((eq(call, arguments)?.as_bool() == Some(false)).into())),
    function("lt", "aa", |_, arguments| less(arguments)),
    function("ge", "aa", |_, arguments| Ok((less(arguments)?.as_bool() == Some(false)).into())),
    function("le", "aa", |_, arguments| less_or_equal(arguments)),
    function("gt", "aa", |_, arguments| Ok((less_or_equal(arguments)?.as_bool() == Some(false)).into())),
];

/// `and` and `or` stop early, so the evaluation of the arguments does their work.
#[expect(clippy::unnecessary_wraps, reason = "it stands in the table of functions")]
fn nothing(_: &mut Call<'_, '_>, _: &[Value]) -> Result<Value> {
    Ok(Value::nil())
}

fn eq(_: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let Some((first, others)) = arguments.split_first() else { return Ok(false.into()) };
    if others.is_empty() {
        return fail("missing argument for comparison");
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn less(arguments: &[Value]) -> Result<Value> {
    Ok((compare(&arguments[0], &arguments[1])? == Some(Ordering::Less)).into())
}

fn less_or_equal(arguments: &[Value]) -> Result<Value> {
    let order = compare(&arguments[0], &arguments[1])?;
    Ok(matches!(order, Some(Ordering::Less | Ordering::Equal)).into())
}
