//! Layouts of Go, which show how 2 January 2006, 15:04:05, seven hours behind UTC is to be written.

use crate::time::{MONTHS, Time, WEEKDAYS, days};
use std::fmt::Write;

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item<'l> {
    Literal(&'l str),
    Month {
        is_short: bool,
    },
    Weekday {
        is_short: bool,
    },
    /// A number: which, how many digits, and what fills it up.
    Number(Field, usize, char),
    /// `PM` or `pm`.
    Half {
        is_upper: bool,
    },
    /// `MST`
    ZoneName,
    /// `-07:00`: whether `Z` stands for UTC, whether there is a colon, whether there are minutes.
    Zone {
        has_z: bool,
        has_colon: bool,
        has_minutes: bool,
    },
    /// Digits behind the point, and whether zeros at the end go.
    Fraction {
        mark: char,
        digits: usize,
        is_trimmed: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    ShortYear,
    Month,
    Day,
    YearDay,
    Hour,
    HalfHour,
    Minute,
    Second,
}

const WORDS: [(&str, Item<'static>); 29] = [
    ("January", Item::Month { is_short: false }),
    ("Monday", Item::Weekday { is_short: false }),
    ("Jan", Item::Month { is_short: true }),
    ("Mon", Item::Weekday { is_short: true }),
    ("MST", Item::ZoneName),
    ("2006", Item::Number(Field::Year, 4, '0')),
    ("002", Item::Number(Field::YearDay, 3, '0')),
    ("01", Item::Number(Field::Month, 2, '0')),
    ("02", Item::Number(Field::Day, 2, '0')),
    ("03", Item::Number(Field::HalfHour, 2, '0')),
    ("04", Item::Number(Field::Minute, 2, '0')),
    ("05", Item::Number(Field::Second, 2, '0')),
    ("06", Item::Number(Field::ShortYear, 2, '0')),
    ("15", Item::Number(Field::Hour, 2, '0')),
    ("__2", Item::Number(Field::YearDay, 3, ' ')),
    ("_2", Item::Number(Field::Day, 2, ' ')),
    ("1", Item::Number(Field::Month, 1, '0')),
    ("2", Item::Number(Field::Day, 1, '0')),
    ("3", Item::Number(Field::HalfHour, 1, '0')),
    ("4", Item::Number(Field::Minute, 1, '0')),
    ("5", Item::Number(Field::Second, 1, '0')),
    ("PM", Item::Half { is_upper: true }),
    ("pm", Item::Half { is_upper: false }),
    ("-07:00", Item::Zone { has_z: false, has_colon: true, has_minutes: true }),
    ("-0700", Item::Zone { has_z: false, has_colon: false, has_minutes: true }),
    ("-07", Item::Zone { has_z: false, has_colon: false, has_minutes: false }),
    ("Z07:00", Item::Zone { has_z: true, has_colon: true, has_minutes: true }),
    ("Z0700", Item::Zone { has_z: true, has_colon: false, has_minutes: true }),
    ("Z07", Item::Zone { has_z: true, has_colon: false, has_minutes: false }),
];

/// The parts of a layout.
fn items(layout: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < layout.len() {
        let rest = &layout[at..];
        match item(rest) {
            Some((item, length)) => {
                if start < at {
                    items.push(Item::Literal(&layout[start..at]));
                }
                items.push(item);
                at += length;
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if start < at {
        items.push(Item::Literal(&layout[start..]));
    }
    items
}

/// The part at the start of a text that is no literal, and its length.
fn item(text: &str) -> Option<(Item<'static>, usize)> {
    if text.starts_with("_2006") {
        return None;
    }
    let found = WORDS.iter().find(|(word, item)| {
        let is_name = matches!(item, Item::Month { is_short: true } | Item::Weekday { is_short: true });
        let behind = text.strip_prefix(word);
        behind.is_some_and(|behind| !(is_name && behind.starts_with(|c: char| c.is_ascii_lowercase())))
    });
    if let Some((word, item)) = found {
        return Some((*item, word.len()));
    }
    let mark = text.chars().next().filter(|mark| matches!(mark, '.' | ','))?;
    let digit = text[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = text[1..].chars().take_while(|c| *c == digit).count();
    if text[1 + digits..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((Item::Fraction { mark, digits, is_trimmed: digit == '9' }, 1 + digits))
}

/// A time in a layout.
pub(crate) fn format(layout: &str, time: Time) -> String {
    let parts = time.date_time();
    let mut out = String::new();
    for item in items(layout) {
        let _ = match item {
            Item::Literal(text) => out.write_str(text),
            Item::Month { is_short } => {
                let name = parts.month_name();
                out.write_str(if is_short { &name[..3] } else { name })
            }
            Item::Weekday { is_short } => {
                let name = parts.weekday_name();
                out.write_str(if is_short { &name[..3] } else { name })
            }
            Item::Number(field, width, fill) => {
                let number = match field {
                    Field::Year => parts.year,
                    Field::ShortYear => parts.year.rem_euclid(100),
                    Field::Month => parts.month,
                    Field::Day => parts.day,
                    Field::YearDay => parts.year_day,
                    Field::Hour => parts.hour,
                    Field::HalfHour => (parts.hour + 11) % 12 + 1,
                    Field::Minute => parts.minute,
                    Field::Second => parts.second,
                };
                if fill == ' ' { write!(out, "{number:width$}") } else { write!(out, "{number:0width$}") }
            }
            Item::Half { is_upper } => out.write_str(match (is_upper, parts.hour >= 12) {
                (true, true) => "PM",
                (true, false) => "AM",
                (false, true) => "pm",
                (false, false) => "am",
            }),
            Item::ZoneName if time.offset == 0 => out.write_str("UTC"),
            Item::ZoneName => out.write_str(&zone(time.offset, false, true)),
            Item::Zone { has_z: true, .. } if time.offset == 0 => out.write_str("Z"),
            Item::Zone { has_colon, has_minutes, .. } => {
                out.write_str(&zone(time.offset, has_colon, has_minutes))
            }
            Item::Fraction { mark, digits, is_trimmed } => {
                let all = format!("{:09}", time.nanos);
                let text = &all[..digits.min(9)];
                let text = if is_trimmed { text.trim_end_matches('0') } else { text };
                if text.is_empty() { Ok(()) } else { write!(out, "{mark}{text}") }
            }
        };
    }
    out
}

fn zone(offset: i32, has_colon: bool, has_minutes: bool) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    let colon = if has_colon { ":" } else { "" };
    if has_minutes {
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    } else {
        format!("{sign}{:02}", minutes / 60)
    }
}

/// The time that a text says in a layout.
pub(crate) fn parse(layout: &str, text: &str) -> Option<Time> {
    let mut rest = text;
    let (mut year, mut month, mut day, mut hour, mut minute, mut second) = (0, 1, 1, 0, 0, 0);
    let (mut nanos, mut offset, mut is_afternoon) = (0, 0, None);
    for item in items(layout) {
        match item {
            Item::Literal(literal) => rest = rest.strip_prefix(literal)?,
            Item::Month { is_short } => {
                let (found, behind) = name(rest, &MONTHS, is_short)?;
                (month, rest) = (found + 1, behind);
            }
            Item::Weekday { is_short } => rest = name(rest, &WEEKDAYS, is_short)?.1,
            Item::Number(field, width, fill) => {
                if fill == ' ' {
                    rest = rest.trim_start_matches(' ');
                }
                let widest = if width == 1 || fill == ' ' { width.max(2) } else { width };
                // Go takes an hour of one digit for `15`, too.
                let least = if width == 1 || fill == ' ' || field == Field::Hour { 1 } else { width };
                let (number, behind) = digits(rest, least, widest)?;
                rest = behind;
                match field {
                    Field::Year => year = number,
                    Field::ShortYear => year = number + if number >= 69 { 1900 } else { 2000 },
                    Field::Month => month = number,
                    Field::Day => day = number,
                    Field::YearDay => (month, day) = (1, number),
                    Field::Hour | Field::HalfHour => hour = number,
                    Field::Minute => minute = number,
                    Field::Second => {
                        second = number;
                        // A fraction is taken even where the layout has none.
                        if !layout.contains(".0") && !layout.contains(".9") {
                            (nanos, rest) = fraction(rest);
                        }
                    }
                }
            }
            Item::Half { .. } => {
                let half = rest.get(..2)?.to_ascii_lowercase();
                is_afternoon = Some(half == "pm").filter(|is_afternoon| *is_afternoon || half == "am");
                is_afternoon?;
                rest = &rest[2..];
            }
            Item::ZoneName => rest = rest.strip_prefix("UTC").or_else(|| rest.strip_prefix("GMT"))?,
            Item::Zone { has_z: true, .. } if rest.starts_with('Z') => rest = &rest[1..],
            Item::Zone { has_colon, has_minutes, .. } => {
                let sign = if rest.starts_with('-') { -1 } else { 1 };
                let (hours, behind) = digits(rest.strip_prefix(['+', '-'])?, 2, 2)?;
                rest = behind;
                let mut minutes = 0;
                if has_minutes {
                    rest = if has_colon { rest.strip_prefix(':')? } else { rest };
                    (minutes, rest) = digits(rest, 2, 2)?;
                }
                if hours > 24 || minutes > 60 {
                    return None;
                }
                offset = sign * (hours * 3600 + minutes * 60);
            }
            Item::Fraction { .. } => (nanos, rest) = fraction(rest),
        }
    }
    match is_afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let length = days(year, month + 1, 1) - days(year, month, 1);
    let fits = (1..=12).contains(&month) && (day >= 1 && (day <= length || layout.contains("002")));
    if !rest.is_empty() || !fits || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(Time { seconds, nanos, offset: offset as i32 })
}

fn name<'t>(text: &'t str, names: &[&str], is_short: bool) -> Option<(i64, &'t str)> {
    (0..).zip(names).find_map(|(place, name)| {
        let name = if is_short { &name[..3] } else { name };
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| (place, &text[name.len()..]))
    })
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// Nanoseconds of a fraction of a second, if there is one.
fn fraction(text: &str) -> (u32, &str) {
    let Some(behind) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let count = behind.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return (0, text);
    }
    let nanos: String = behind[..count].chars().chain("000000000".chars()).take(9).collect();
    (nanos.parse().unwrap_or(0), &behind[count..])
}
