//! Points in time. The only zones are UTC and those that a text names by their distance from UTC.

use crate::layout;

/// The names of the months, from January.
pub(crate) const MONTHS: [&str; 12] = [
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

/// The names of the days of a week, from Sunday.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY: i64 = 86_400;
const SECOND: i128 = 1_000_000_000;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    /// What is left of a second.
    pub(crate) nanos: u32,
    /// How many seconds the zone is ahead of UTC.
    pub(crate) offset: i32,
}

/// A day of the calendar and a time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second.
    pub second: i64,
    /// The day of the week: 0 is Sunday.
    pub weekday: i64,
    /// The day of the year, from 1.
    pub year_day: i64,
}

impl DateTime {
    /// `February`
    pub fn month_name(&self) -> &'static str {
        MONTHS[usize::try_from(self.month - 1).unwrap_or(0) % MONTHS.len()]
    }

    /// `Thursday`
    pub fn weekday_name(&self) -> &'static str {
        WEEKDAYS[usize::try_from(self.weekday).unwrap_or(0) % WEEKDAYS.len()]
    }
}

/// Days from 1970 to a day of the calendar; months beyond a year count on.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let month = month - 1;
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Time {
    /// Go's zero time: the first day of the year 1.
    pub const ZERO: Self = Self { seconds: -62_135_596_800, nanos: 0, offset: 0 };

    /// `time.Unix(seconds, 0)` in UTC, for seconds within 35 million years of 1970; beyond this it is the last or the first.
    pub const fn from_seconds(seconds: i64) -> Self {
        const MOST: i64 = 1 << 50;
        let seconds = if seconds > MOST {
            MOST
        } else if seconds < -MOST {
            -MOST
        } else {
            seconds
        };
        Self { seconds, nanos: 0, offset: 0 }
    }

    /// The point in time so many nanoseconds after 1970, in UTC.
    pub fn from_nanos(nanos: i64) -> Self {
        Self { seconds: 0, nanos: 0, offset: 0 }.plus(nanos)
    }

    /// `time.Parse`: the time that a text says in a layout.
    pub fn parse(layout: &str, text: &str) -> Option<Self> {
        layout::parse(layout, text)
    }

    /// `Time.Format`: the time in a layout, such as `2006-01-02`.
    pub fn format(self, layout: &str) -> String {
        layout::format(layout, self)
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The nanoseconds of its second.
    pub fn subsecond_nanos(self) -> u32 {
        self.nanos
    }

    /// Nanoseconds since 1970, if they fit.
    pub fn nanos(self) -> Option<i64> {
        i64::try_from(i128::from(self.seconds) * SECOND + i128::from(self.nanos)).ok()
    }

    /// The same time in UTC.
    #[must_use]
    pub fn utc(self) -> Self {
        Self { offset: 0, ..self }
    }

    /// Later by so many nanoseconds.
    #[must_use]
    pub fn plus(self, nanos: i64) -> Self {
        let all = i128::from(self.seconds) * SECOND + i128::from(self.nanos) + i128::from(nanos);
        Self { seconds: all.div_euclid(SECOND) as i64, nanos: all.rem_euclid(SECOND) as u32, ..self }
    }

    /// `Time.AddDate`: the 31st of a month with 30 days is the first of the next. Each number counts up to a million.
    #[must_use]
    pub fn plus_date(self, years: i64, months: i64, days_: i64) -> Self {
        let [years, months, more] = [years, months, days_].map(|number| number.clamp(-1_000_000, 1_000_000));
        let date = self.date_time();
        let day = days(date.year + years, date.month + months, date.day + more);
        let offset = i64::from(self.offset);
        Self { seconds: day * DAY + (self.seconds + offset).rem_euclid(DAY) - offset, ..self }
    }

    /// The day of the calendar and the time of the day, in its own zone.
    pub fn date_time(self) -> DateTime {
        let local = self.seconds + i64::from(self.offset);
        let (day, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        DateTime {
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

/// `Time.String`
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
