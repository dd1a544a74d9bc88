//! Dates and spans of time. What is measured from now on is unknown.

use super::time::Time;
use super::time_layout::{format, parse};
use super::{Function, cast, fail, function, take};
use crate::Result;
use crate::exec::Call;
use crate::value::{Data, Native, Value};

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
        let time = parse(&cast::text(&arguments[0]), &cast::text(&arguments[1])).unwrap_or(Time::ZERO);
        Ok(Native::Time(time).into())
    }),
    function("mustToDate", "ss", |_, arguments| {
        match parse(&cast::text(&arguments[0]), &cast::text(&arguments[1])) {
            Some(time) => Ok(Native::Time(time).into()),
            None => fail(format!("parsing time {:?}", cast::text(&arguments[1]))),
        }
    }),
    function("dateModify", "sa", |_, arguments| modify(arguments, false)),
    function("date_modify", "sa", |_, arguments| modify(arguments, false)),
    function("mustDateModify", "sa", |_, arguments| modify(arguments, true)),
    function("must_date_modify", "sa", |_, arguments| modify(arguments, true)),
    function("unixEpoch", "a", |_, arguments| Ok(time_of(&arguments[0])?.seconds.to_string().into())),
    function("ago", "a", |_, _| Ok(Value::from("0s").unknown())),
    function("duration", "a", |_, arguments| {
        let seconds = match &arguments[0].data {
            Data::Text(text) => text.as_str().parse().unwrap_or(0),
            Data::Int(seconds, of) if of.name() == "int64" => *seconds,
            _ => 0,
        };
        Ok(shown(seconds.wrapping_mul(SECOND)).into())
    }),
    function("durationRound", "a", |_, arguments| {
        Ok(match &arguments[0].data {
            Data::Text(text) => rounded(nanos(text.as_str()).unwrap_or(0)).into(),
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

/// A time in a layout. Of zones only UTC is known; what is no time counts as now.
fn in_zone(call: &mut Call<'_, '_>, layout: &Value, date: &Value, zone: &str) -> Result<Value> {
    let layout = cast::text(layout);
    call.bytes(layout.len() * 4)?;
    let (time, is_now) = match &date.data {
        Data::Native(Native::Time(time)) => (*time, false),
        Data::Int(seconds, of) if of.name().starts_with("int") => (Time::unix(*seconds), false),
        _ => (Time::NOW, true),
    };
    let text = Value::from(format(&layout, time.utc()));
    let is_known = !is_now && matches!(zone, "Local" | "UTC" | "");
    Ok(if is_known { text } else { text.unknown() })
}

fn modify(arguments: &[Value], must: bool) -> Result<Value> {
    let [change, date] = take(arguments)?;
    let time = time_of(&date)?;
    match nanos(&cast::text(&change)) {
        Some(nanos) => Ok(Value { data: Data::Native(Native::Time(time.plus(nanos))), ..date }),
        None if must => fail(format!("time: invalid duration {:?}", cast::text(&change))),
        None => Ok(date),
    }
}

/// `time.ParseDuration`: `-1h30m`, `1.5s`.
fn nanos(text: &str) -> Option<i64> {
    let is_negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut all = 0i64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        all = all.checked_add(whole.checked_mul(unit)?)?;
        let (mut scale, mut part) = (1i128, 0i128);
        for digit in fraction.bytes().take(18) {
            (scale, part) = (scale * 10, part * 10 + i128::from(digit - b'0'));
        }
        all = all.checked_add((part * i128::from(unit) / scale) as i64)?;
        rest = behind;
    }
    Some(if is_negative { -all } else { all })
}

/// `Duration.String`: `1h2m3.5s`.
fn shown(nanos: i64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    let sign = if nanos < 0 { "-" } else { "" };
    let all = nanos.unsigned_abs();
    let with_fraction = |number: u64, unit: u64| {
        let (whole, part) = (number / unit, number % unit);
        let digits = unit.ilog10() as usize;
        let fraction = format!("{part:0digits$}");
        let fraction = fraction.trim_end_matches('0');
        if part == 0 { whole.to_string() } else { format!("{whole}.{fraction}") }
    };
    let second = SECOND as u64;
    match all {
        0..1_000 => format!("{sign}{all}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", with_fraction(all, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", with_fraction(all, 1_000_000)),
        _ => {
            let (hours, minutes) = (all / (3600 * second), all / (60 * second) % 60);
            let seconds = with_fraction(all % (60 * second), second);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, _) => format!("{sign}{minutes}m{seconds}s"),
                _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// The largest unit of a span of time: `2h`, `3mo`.
fn rounded(nanos: i64) -> String {
    let seconds = nanos.unsigned_abs();
    let second = SECOND as u64;
    let units =
        [(365 * 24 * 3600, "y"), (30 * 24 * 3600, "mo"), (24 * 3600, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let unit = units.into_iter().find(|(size, _)| seconds > size * second);
    unit.map_or_else(|| "0s".to_owned(), |(size, name)| format!("{}{name}", seconds / (size * second)))
}
