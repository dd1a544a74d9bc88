//! Printing into strings.

use super::cast;
use crate::Result;
use crate::exec::function::{Function, fail, function};
use crate::exec::{Call, Output, Part, printf, sprint};
use crate::value::{Data, Value};

pub(super) const TABLE: &[Function] = &[
    function("printf", "sa*", |call, arguments| {
        let Some((format, values)) = arguments.split_first() else { return fail("missing format") };
        let format = cast::text(format).into_owned();
        let part = call.part();
        Ok(printf(&format, values, part, &mut call.machine.budget)?.into_text().into())
    }),
    function("print", "a*", print),
    function("println", "a*", |call, arguments| {
        let mut out = Output::default();
        for (place, value) in arguments.iter().enumerate() {
            if place > 0 {
                out.part(" ", call.part());
            }
            operand(call, value, &mut out)?;
        }
        out.part("\n", call.part());
        Ok(out.into_text().into())
    }),
];

/// `fmt.Sprint`: a blank is printed between two operands that are both not strings.
fn print(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let mut out = Output::default();
    let is_text = |value: &Value| matches!(value.data, Data::Text(_));
    for (place, value) in arguments.iter().enumerate() {
        if place > 0 && !is_text(value) && !is_text(&arguments[place - 1]) {
            out.part(" ", call.part());
        }
        operand(call, value, &mut out)?;
    }
    Ok(out.into_text().into())
}

fn operand(call: &mut Call<'_, '_>, value: &Value, out: &mut Output) -> Result<()> {
    if matches!(value.data, Data::Text(_)) {
        return call.print(value, out);
    }
    let text = sprint(std::slice::from_ref(value), &mut call.machine.budget)?;
    out.part(&text, Part { origin: value.origin, is_unknown: value.is_unknown, ..call.part() });
    Ok(())
}
