//! Dates and durations. A value that depends on the current time is unknown.

use super::cast;
use super::time::NOW;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function, take};
use crate::value::{Data, Native, Value};
use go_formats::{Time, duration_text, parse_duration};

pub(super) const TABLE: &[Function] = &[
    function("date", "sa", |call, arguments| in_zone(call, &arguments[0], &arguments[1], "Local")),
    function("dateInZone", "sas", |call, arguments| {
        in_zone(call, &arguments[0], &arguments[1], &cast::text(&arguments[2]))
    }),
    function("date_in_zone", "sas", |call, arguments| {
        in_zone(call, &arguments[0], &arguments[1], &cast::text(&arguments[2]))
    }),
    function("htmlDate", "a", |call, arguments| in_zone(call, &"2006-01-02".into(), &arguments[0], "Local")),
    function("htmlDateInZone", "as", |call, arguments| {
        in_zone(call, &"2006-01-02".into(), &arguments[0], &cast::text(&arguments[1]))
    }),
    function("toDate", "ss", |_, arguments| {
        let time = Time::parse(&cast::text(&arguments[0]), &cast::text(&arguments[1])).unwrap_or(Time::ZERO);
        Ok(Native::Time(time).into())
    }),
    function("mustToDate", "ss", |_, arguments| {
        match Time::parse(&cast::text(&arguments[0]), &cast::text(&arguments[1])) {
            Some(time) => Ok(Native::Time(time).into()),
            None => fail(format!("parsing time {:?}", cast::text(&arguments[1]))),
        }
    }),
    function("dateModify", "sa", |_, arguments| modify(arguments, false)),
    function("date_modify", "sa", |_, arguments| modify(arguments, false)),
    function("mustDateModify", "sa", |_, arguments| modify(arguments, true)),
    function("must_date_modify", "sa", |_, arguments| modify(arguments, true)),
    function("unixEpoch", "a", |_, arguments| Ok(time_of(&arguments[0])?.seconds().to_string().into())),
    function("ago", "a", |_, _| Ok(Value::from("0s").unknown())),
    function("duration", "a", |_, arguments| {
        let seconds = match &arguments[0].data {
            Data::Text(text) => text.as_str().parse().unwrap_or(0),
            Data::Int(seconds, of) if of.name() == "int64" => *seconds,
            _ => 0,
        };
        Ok(duration_text(seconds.wrapping_mul(SECOND)).into())
    }),
    function("durationRound", "a", |_, arguments| {
        Ok(match &arguments[0].data {
            Data::Text(text) => rounded(parse_duration(text.as_str()).unwrap_or(0)).into(),
            Data::Int(nanos, of) if of.name() == "int64" => rounded(*nanos).into(),
            Data::Native(Native::Time(_)) => Value::from("0s").unknown(),
            _ => rounded(0).into(),
        })
    }),
];

const SECOND: i64 = 1_000_000_000;

fn time_of(value: &Value) -> Result<Time> {
    match value.data {
        Data::Native(Native::Time(time)) => Ok(time),
        _ => fail(format!("wrong type for value; expected time.Time; got {}", value.type_name())),
    }
}

/// A time in a layout. Only UTC is known as a zone. A value that is not a time means the current time.
fn in_zone(call: &mut Call<'_, '_>, layout: &Value, date: &Value, zone: &str) -> Result<Value> {
    let layout = cast::text(layout);
    call.bytes(layout.len() * 4)?;
    let (time, is_now) = match &date.data {
        Data::Native(Native::Time(time)) => (*time, false),
        Data::Int(seconds, of) if of.name().starts_with("int") => (Time::from_seconds(*seconds), false),
        _ => (NOW, true),
    };
    let text = Value::from(time.utc().format(&layout));
    let is_known = !is_now && matches!(zone, "Local" | "UTC" | "");
    Ok(if is_known { text } else { text.unknown() })
}

fn modify(arguments: &[Value], must: bool) -> Result<Value> {
    let [change, date] = take(arguments)?;
    let time = time_of(&date)?;
    match parse_duration(&cast::text(&change)) {
        Some(nanos) => Ok(Value { data: Data::Native(Native::Time(time.plus(nanos))), ..date }),
        None if must => fail(format!("time: invalid duration {:?}", cast::text(&change))),
        None => Ok(date),
    }
}

/// The largest unit of a duration: `2h`, `3mo`.
fn rounded(nanos: i64) -> String {
    let seconds = nanos.unsigned_abs();
    let second = SECOND as u64;
    let units =
        [(365 * 24 * 3600, "y"), (30 * 24 * 3600, "mo"), (24 * 3600, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let unit = units.into_iter().find(|(size, _)| seconds > size * second);
    unit.map_or_else(|| "0s".to_owned(), |(size, name)| format!("{}{name}", seconds / (size * second)))
}
