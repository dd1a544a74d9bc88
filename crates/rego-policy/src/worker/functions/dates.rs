//! Points in time and durations, in nanoseconds. No clock is read.

use super::{list, string};
use go_formats::Time;
use regorus::Value;

/// A point in time in UTC, or in a zone without rules.
fn moment(argument: Option<&Value>) -> Option<Time> {
    let nanos = match argument? {
        Value::Array(array) => {
            let zone = string(array.get(1))?;
            if !matches!(zone, "" | "UTC") {
                return None;
            }
            array.get(0)?.as_i64().ok()
        }
        value => value.as_i64().ok(),
    };
    nanos.map(Time::from_nanos)
}

pub(super) fn date(arguments: &[Value]) -> Option<Value> {
    let date = moment(arguments.first())?.date_time();
    Some(list([date.year, date.month, date.day].map(Value::from)))
}

pub(super) fn clock(arguments: &[Value]) -> Option<Value> {
    let date = moment(arguments.first())?.date_time();
    Some(list([date.hour, date.minute, date.second].map(Value::from)))
}

pub(super) fn weekday(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(moment(arguments.first())?.date_time().weekday_name()))
}

pub(super) fn add_date(arguments: &[Value]) -> Option<Value> {
    let time = moment(arguments.first())?;
    let number = |n: usize| arguments.get(n)?.as_i64().ok().filter(|number| number.abs() < 1_000_000);
    time.plus_date(number(1)?, number(2)?, number(3)?).nanos().map(Value::from)
}

pub(super) fn parse_rfc3339(arguments: &[Value]) -> Option<Value> {
    Time::parse("2006-01-02T15:04:05Z07:00", string(arguments.first())?)?.nanos().map(Value::from)
}

pub(super) fn parse_duration(arguments: &[Value]) -> Option<Value> {
    go_formats::parse_duration(string(arguments.first())?).map(Value::from)
}
