//! Numbers.

use super::cast;
use super::decimal::{self, Operation};
use super::lists::numbers;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("int", "a", |_, arguments| {
        Ok(Value::int(cast::int(&arguments[0])).from_text(arguments[0].origin))
    }),
    function("int64", "a", |_, arguments| {
        Ok(Value::int64(cast::int(&arguments[0])).from_text(arguments[0].origin))
    }),
    function("float64", "a", |_, arguments| {
        Ok(Value::from(cast::float(&arguments[0])).from_text(arguments[0].origin))
    }),
    function("atoi", "s", |_, arguments| {
        let text = cast::text(&arguments[0]).into_owned();
        let is_plain = text.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit());
        Ok(Value::int(if is_plain { text.parse().unwrap_or(0) } else { 0 }))
    }),
    function("toDecimal", "a", |call, arguments| {
        let word = cast::word(call, &arguments[0])?;
        Ok(Value::int64(i64::from_str_radix(&word, 8).unwrap_or(0)))
    }),
    function("add", "a*", |_, arguments| Ok(folded(arguments, 0, i64::wrapping_add))),
    function("add1", "a", |_, arguments| Ok(folded(arguments, 1, i64::wrapping_add))),
    function("sub", "aa", |_, arguments| Ok(of_first(arguments, i64::wrapping_sub))),
    function("mul", "aa*", |_, arguments| Ok(of_first(arguments, i64::wrapping_mul))),
    function("div", "aa", |_, arguments| divided(arguments, i64::wrapping_div)),
    function("mod", "aa", |_, arguments| divided(arguments, i64::wrapping_rem)),
    function("max", "aa*", |_, arguments| Ok(of_first(arguments, i64::max))),
    function("biggest", "aa*", |_, arguments| Ok(of_first(arguments, i64::max))),
    function("min", "aa*", |_, arguments| Ok(of_first(arguments, i64::min))),
    function("maxf", "aa*", |_, arguments| Ok(of_floats(arguments, f64::max))),
    function("minf", "aa*", |_, arguments| Ok(of_floats(arguments, f64::min))),
    function("add1f", "a", |_, arguments| decimals(&[Value::int(1), arguments[0].clone()], Operation::Add)),
    function("addf", "a*", |_, arguments| {
        let from_zero: Vec<Value> = [Value::int(0)].iter().chain(arguments).cloned().collect();
        decimals(&from_zero, Operation::Add)
    }),
    function("subf", "aa*", |_, arguments| decimals(arguments, Operation::Subtract)),
    function("mulf", "aa*", |_, arguments| decimals(arguments, Operation::Multiply)),
    function("divf", "aa*", |_, arguments| decimals(arguments, Operation::Divide)),
    function("floor", "a", |_, arguments| Ok(cast::float(&arguments[0]).floor().into())),
    function("ceil", "a", |_, arguments| Ok(cast::float(&arguments[0]).ceil().into())),
    function("round", "aif*", |_, arguments| Ok(round(arguments).into())),
    function("until", "i", |call, arguments| {
        let count = cast::int(&arguments[0]);
        Ok(numbers(steps(call, 0, count, if count < 0 { -1 } else { 1 })?))
    }),
    function("untilStep", "iii", |call, arguments| {
        let [start, stop, step] = [0, 1, 2].map(|place| cast::int(&arguments[place]));
        Ok(numbers(steps(call, start, stop, step)?))
    }),
    function("seq", "i*", seq),
];

fn folded(arguments: &[Value], start: i64, each: fn(i64, i64) -> i64) -> Value {
    Value::int64(arguments.iter().map(cast::int).fold(start, each))
}

fn of_first(arguments: &[Value], each: fn(i64, i64) -> i64) -> Value {
    folded(&arguments[1..], cast::int(&arguments[0]), each)
}

fn divided(arguments: &[Value], divide: fn(i64, i64) -> i64) -> Result<Value> {
    let (a, b) = (cast::int(&arguments[0]), cast::int(&arguments[1]));
    if b == 0 { fail("integer divide by zero") } else { Ok(Value::int64(divide(a, b))) }
}

fn of_floats(arguments: &[Value], each: fn(f64, f64) -> f64) -> Value {
    arguments[1..].iter().map(cast::float).fold(cast::float(&arguments[0]), each).into()
}

fn decimals(arguments: &[Value], operation: Operation) -> Result<Value> {
    let mut result = cast::float(&arguments[0]);
    let mut exact = decimal::Decimal::from_float(result);
    for argument in &arguments[1..] {
        let other = cast::float(argument);
        if operation == Operation::Divide && other == 0.0 {
            return fail("decimal division by 0");
        }
        exact = exact.zip(decimal::Decimal::from_float(other)).and_then(|(a, b)| a.apply(b, operation));
        result = exact.map_or_else(|| operation.of_floats(result, other), decimal::Decimal::to_float);
    }
    Ok(result.into())
}

fn round(arguments: &[Value]) -> f64 {
    let on = arguments.get(2).map_or(0.5, cast::float);
    let places = cast::int(&arguments[1]).clamp(-400, 400) as i32;
    let scale = 10f64.powi(places);
    let digit = scale * cast::float(&arguments[0]);
    let rounded = if digit.fract() >= on { digit.ceil() } else { digit.floor() };
    rounded / scale
}

/// The numbers from `start` on, in steps, before `end`.
fn steps(call: &mut Call<'_, '_>, start: i64, end: i64, step: i64) -> Result<Vec<i64>> {
    let is_down = end < start;
    if step == 0 || is_down != (step < 0) {
        return Ok(Vec::new());
    }
    let distance = i128::from(end) - i128::from(start);
    let count = distance.unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.bytes(count.saturating_mul(size_of::<Value>()))?;
    call.steps(count)?;
    Ok((0..count as i64).map(|place| start + place * step).collect())
}

fn seq(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let given: Vec<i64> = arguments.iter().map(cast::int).collect();
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step, beyond) = match given[..] {
        [end] => (1, end, direction(1, end), direction(1, end)),
        [start, end] => (start, end, direction(start, end), direction(start, end)),
        [start, step, end] if end < start && step > 0 => return Ok("".into()),
        [start, step, end] => (start, end, step, direction(start, end)),
        _ => return Ok("".into()),
    };
    let numbers = steps(call, start, end.saturating_add(beyond), step)?;
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(words.join(" ").into())
}
