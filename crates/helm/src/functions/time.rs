//! The methods of times.

use super::cast;
use crate::Result;
use crate::exec::function::fail;
use crate::value::{Data, Value};
use go_formats::Time;

/// The result of `now`.
pub(super) const NOW: Time = Time::from_seconds(946_684_800);

/// A method of a time.
pub(super) fn method(time: Time, name: &str, arguments: &[Value]) -> Result<Option<Value>> {
    let (date, nanos) = (time.date_time(), i64::from(time.subsecond_nanos()));
    let native = |time| Value::new(Data::Native(crate::Native::Time(time)));
    match (name, arguments) {
        ("Format", [layout]) => return Ok(Some(time.format(&cast::text(layout)).into())),
        ("AddDate", [years, months, days]) => {
            let later = time.plus_date(cast::int(years), cast::int(months), cast::int(days));
            return Ok(Some(native(later)));
        }
        (_, [_, ..]) => return fail(format!("wrong number of args for {name}")),
        _ => {}
    }
    Ok(Some(match name {
        "Unix" => Value::int64(time.seconds()),
        "UnixNano" => Value::int64(time.seconds().wrapping_mul(1_000_000_000).wrapping_add(nanos)),
        "UnixMilli" => Value::int64(time.seconds() * 1000 + nanos / 1_000_000),
        "Year" => Value::int(date.year),
        "Month" => date.month_name().into(),
        "Day" => Value::int(date.day),
        "Hour" => Value::int(date.hour),
        "Minute" => Value::int(date.minute),
        "Second" => Value::int(date.second),
        "Nanosecond" => Value::int(nanos),
        "Weekday" => date.weekday_name().into(),
        "YearDay" => Value::int(date.year_day),
        "IsZero" => (time == Time::ZERO).into(),
        "UTC" | "Local" => native(time.utc()),
        "String" => time.to_string().into(),
        _ => return Ok(None),
    }))
}
