//! Points in time. There are no zones but UTC and those that a text names by their distance from it.

use super::time_layout::format;
use super::{cast, fail};
use crate::Result;
use crate::value::{Data, Value};

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970.
    pub(super) seconds: i64,
    /// What is left of a second.
    pub(super) nanos: u32,
    /// How many seconds the zone is ahead of UTC.
    pub(super) offset: i32,
}

/// A day of the calendar and a time of the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// From Sunday, 0.
    pub(super) weekday: i64,
    /// From 1.
    pub(super) year_day: i64,
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Days from 1970 to a day of the calendar; months beyond a year count on.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let month = month - 1;
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Time {
    /// What `now` gives.
    pub(super) const NOW: Self = Self { seconds: 946_684_800, nanos: 0, offset: 0 };
    /// What a text gives that is no time: the first day of the year 1.
    pub(super) const ZERO: Self = Self { seconds: -62_135_596_800, nanos: 0, offset: 0 };

    pub(super) fn unix(seconds: i64) -> Self {
        // Beyond this, no calendar helps.
        Self { seconds: seconds.clamp(-1 << 50, 1 << 50), nanos: 0, offset: 0 }
    }

    pub(super) fn utc(self) -> Self {
        Self { offset: 0, ..self }
    }

    /// Later by so many nanoseconds.
    pub(super) fn plus(self, nanos: i64) -> Self {
        let all = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos) + i128::from(nanos);
        let seconds = all.div_euclid(1_000_000_000);
        Self { seconds: seconds as i64, nanos: all.rem_euclid(1_000_000_000) as u32, ..self }
    }

    pub(super) fn parts(self) -> Parts {
        let local = self.seconds + i64::from(self.offset);
        let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Parts {
            year,
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            weekday: (day + 4).rem_euclid(7),
            year_day: day - days(year, 1, 1) + 1,
        }
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format("2006-01-02 15:04:05.999999999 -0700 MST", *self))
    }
}

/// A method of a time.
pub(super) fn method(time: Time, name: &str, arguments: &[Value]) -> Result<Option<Value>> {
    let parts = time.parts();
    match (name, arguments) {
        ("Format", [layout]) => return Ok(Some(format(&cast::text(layout), time).into())),
        ("AddDate", [years, months, days_]) => {
            let [years, months, more] =
                [years, months, days_].map(|value| cast::int(value).clamp(-100_000, 100_000));
            let local = time.seconds + i64::from(time.offset);
            let day = days(parts.year + years, parts.month + months, parts.day + more);
            let seconds = day * 86_400 + local.rem_euclid(86_400) - i64::from(time.offset);
            return Ok(Some(Value::new(Data::Native(crate::Native::Time(Time { seconds, ..time })))));
        }
        (_, [_, ..]) => return fail(format!("wrong number of args for {name}")),
        _ => {}
    }
    let native = |time| Value::new(Data::Native(crate::Native::Time(time)));
    Ok(Some(match name {
        "Unix" => Value::int64(time.seconds),
        "UnixNano" => Value::int64(time.seconds.wrapping_mul(1_000_000_000) + i64::from(time.nanos)),
        "UnixMilli" => Value::int64(time.seconds * 1000 + i64::from(time.nanos / 1_000_000)),
        "Year" => Value::int(parts.year),
        "Month" => MONTHS[parts.month as usize - 1].into(),
        "Day" => Value::int(parts.day),
        "Hour" => Value::int(parts.hour),
        "Minute" => Value::int(parts.minute),
        "Second" => Value::int(parts.second),
        "Nanosecond" => Value::int(i64::from(time.nanos)),
        "Weekday" => DAYS[parts.weekday as usize].into(),
        "YearDay" => Value::int(parts.year_day),
        "IsZero" => (time == Time::ZERO).into(),
        "UTC" | "Local" => native(time.utc()),
        "String" => time.to_string().into(),
        _ => return Ok(None),
    }))
}
