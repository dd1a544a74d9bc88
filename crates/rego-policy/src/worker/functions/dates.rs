//! Moments and durations in nanoseconds. No clock is read.

use super::{list, string};
use regorus::Value;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The day's number since 1970, by the calendar of Gregory.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 + (day - 1)
}

/// Year, month and day of a day's number.
fn civil(number: i64) -> (i64, i64, i64) {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A moment in UTC, or in a zone without rules.
fn moment(argument: Option<&Value>) -> Option<i64> {
    match argument? {
        Value::Array(array) => {
            let zone = string(array.get(1))?;
            if !matches!(zone, "" | "UTC") {
                return None;
            }
            array.get(0)?.as_i64().ok()
        }
        value => value.as_i64().ok(),
    }
}

fn split(ns: i64) -> (i64, i64) {
    let day = i64::try_from(i128::from(ns).div_euclid(DAY)).unwrap_or_default();
    let seconds = i64::try_from(i128::from(ns).rem_euclid(DAY) / SECOND).unwrap_or_default();
    (day, seconds)
}

fn whole(ns: i128) -> Option<Value> {
    i64::try_from(ns).ok().map(Value::from)
}

pub(super) fn date(arguments: &[Value]) -> Option<Value> {
    let (year, month, day) = civil(split(moment(arguments.first())?).0);
    Some(list([Value::from(year), Value::from(month), Value::from(day)]))
}

pub(super) fn clock(arguments: &[Value]) -> Option<Value> {
    let seconds = split(moment(arguments.first())?).1;
    Some(list([Value::from(seconds / 3600), Value::from(seconds / 60 % 60), Value::from(seconds % 60)]))
}

pub(super) fn weekday(arguments: &[Value]) -> Option<Value> {
    const NAMES: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let day = split(moment(arguments.first())?).0;
    NAMES.get(usize::try_from(day.rem_euclid(7)).ok()?).map(|name| Value::from(*name))
}

pub(super) fn add_date(arguments: &[Value]) -> Option<Value> {
    let ns = moment(arguments.first())?;
    let number = |n: usize| arguments.get(n)?.as_i64().ok().filter(|number| number.abs() < 1_000_000);
    let (years, months, days) = (number(1)?, number(2)?, number(3)?);
    let (year, month, day) = civil(split(ns).0);
    let number = day_number(year + years, month + months, day + days);
    whole(i128::from(number) * DAY + i128::from(ns).rem_euclid(DAY))
}

pub(super) fn parse_rfc3339(arguments: &[Value]) -> Option<Value> {
    let text = string(arguments.first())?;
    let number = |from: usize, to: usize, low: i64, high: i64| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<i64>().ok().filter(|number| (low..=high).contains(number))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| text.as_bytes().get(*at) != Some(mark)) {
        return None;
    }
    let (year, month, day) = (number(0, 4, 0, 9999)?, number(5, 7, 1, 12)?, number(8, 10, 1, 31)?);
    let (hour, minute, second) = (number(11, 13, 0, 23)?, number(14, 16, 0, 59)?, number(17, 19, 0, 59)?);
    let days = day_number(year, month, day);
    if civil(days) != (year, month, day) {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut nanos = 0_i64;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        nanos = format!("{:0<9}", &fraction[..digits.min(9)]).parse().ok()?;
        rest = &fraction[digits..];
    }
    let offset = match rest.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let part = |from: usize, most: i64| {
                rest.get(from..from + 2)?.parse::<i64>().ok().filter(|n| (0..=most).contains(n))
            };
            (part(1, 24)? * 3600 + part(4, 60)? * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds = i128::from(days) * 86_400 + i128::from(hour * 3600 + minute * 60 + second - offset);
    whole(seconds * SECOND + i128::from(nanos))
}

#[expect(clippy::cast_precision_loss, reason = "units are below 2^53")]
pub(super) fn parse_duration(arguments: &[Value]) -> Option<Value> {
    let text = string(arguments.first())?;
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return whole(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    let mut exact: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = &rest[..end];
        rest = &rest[end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit: i128 = match &rest[..unit_end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        rest = &rest[unit_end..];
        match number.parse::<i128>() {
            Ok(number) => exact = exact.checked_add(number.checked_mul(unit)?)?,
            Err(_) => total += number.parse::<f64>().ok()? * unit as f64,
        }
    }
    whole(sign * (exact + total as i128))
}
