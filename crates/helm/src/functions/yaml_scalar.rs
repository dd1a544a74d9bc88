//! Which strings are plain in YAML, and how the others are quoted: `goyaml.v2` of sigs.k8s.io/yaml.

use spanned_yaml::Scalar;
use spanned_yaml::scalar::resolve;
use std::fmt::Write;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Single,
    Double,
    Literal,
}

/// How a string is written as a value, or as a key on one line.
pub(super) fn form(text: &str, is_key: bool) -> Form {
    let allowed = Allowed::of(text);
    if text.contains('\n') {
        return if allowed.block && !is_key { Form::Literal } else { Form::Double };
    }
    if is_other_than_text(text) {
        return Form::Double;
    }
    match () {
        () if allowed.plain => Form::Plain,
        () if allowed.single => Form::Single,
        () => Form::Double,
    }
}

/// Whether YAML would read the string as another type.
fn is_other_than_text(text: &str) -> bool {
    match resolve(text) {
        Scalar::Str(_) => is_time(text) || is_base_60(text) || is_go_number(text),
        // For Go, a number that no float can hold, or with its first underscore behind the point, is not a number.
        Scalar::Float(number) => {
            text.contains("inf")
                || text.contains("Inf")
                || text.contains("INF")
                || number.is_nan()
                || (number.is_finite() && !text.starts_with("._"))
        }
        _ => true,
    }
}

/// The numbers that Go's `ParseInt` and `ParseFloat` accept beyond YAML. `0o17` and `.5_0` are included there, but binary
/// numbers with a sign are not.
fn is_go_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    plain.starts_with("-0b") && plain.len() > 3 && plain[3..].bytes().all(|byte| matches!(byte, b'0' | b'1'))
}

/// `12:30:45`, which YAML 1.1 reads as a number.
fn is_base_60(text: &str) -> bool {
    let mut parts = text.strip_prefix(['-', '+']).unwrap_or(text).split(':');
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first = parts.next().unwrap_or_default();
    if !(first.starts_with(|c: char| c.is_ascii_digit()) && is_digits(first)) {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let is_sixtieth = |part: &str| match part.as_bytes() {
        [digit] | [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    };
    is_digits(fraction) && is_sixtieth(last) && rest.iter().all(|part| is_sixtieth(part))
}

/// A date, or a date with a time of day.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let split = text.find(['T', 't', ' ']);
    let (date, time) = split.map_or((text, None), |at| (&text[..at], Some((bytes[at], &text[at + 1..]))));
    let number = |part: &str, limit: u32| {
        let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|number| is_number && *number <= limit)
    };
    let mut parts = date.split('-').skip(1);
    let (Some(month), Some(day)) = (parts.next().and_then(|part| number(part, 12)), parts.next()) else {
        return false;
    };
    let year: u32 = text[..4].parse().unwrap_or(0);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        0 => return false,
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if parts.next().is_some() || number(day, days).is_none_or(|day| day == 0) {
        return false;
    }
    let Some((separator, time)) = time else { return true };
    let zone = time.find(['Z', '+', '-']);
    let (time, zone) = time.split_at(zone.unwrap_or(time.len()));
    let is_zone = match zone.as_bytes() {
        [] => separator == b' ',
        [b'Z'] => separator != b' ',
        [b'+' | b'-', h @ .., b':', _, _] => {
            separator != b' ' && h.len() == 2 && number(&zone[4..], 59).is_some()
        }
        _ => false,
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts[..] else { return false };
    is_zone
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && number(hour, 23).is_some()
        && number(minute, 59).is_some()
        && number(second, 59).is_some()
}

/// The forms that are possible for a string.
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
}

impl Allowed {
    fn of(text: &str) -> Self {
        let mut indicates = text.starts_with("---") || text.starts_with("...");
        let (mut has_breaks, mut has_special) = (false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut was_space, mut was_break, mut was_blank) = (false, false, true);
        let mut characters = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = characters.next() {
            let is_before_blank = characters.peek().is_none_or(|next| is_blank(*next));
            indicates |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    is_first
                }
                '#' => is_first || was_blank,
                '?' | '-' => is_first && is_before_blank,
                ':' => is_before_blank,
                _ => false,
            };
            has_special |= !is_printable(c);
            if c == ' ' {
                break_space |= was_break;
            } else if is_break(c) {
                has_breaks = true;
                space_break |= was_space;
            }
            (was_space, was_break, was_blank) = (c == ' ', is_break(c), is_blank(c) || c == '\0');
            is_first = false;
        }
        let is_edge = |c: char| c == ' ' || is_break(c);
        let has_edges = text.starts_with(is_edge) || text.ends_with(is_edge);
        let is_odd = space_break || has_special;
        Self {
            plain: !text.is_empty() && !has_edges && !break_space && !is_odd && !has_breaks && !indicates,
            single: !break_space && !is_odd,
            block: !text.is_empty() && !text.ends_with(' ') && !is_odd,
        }
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t' || is_break(c)
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// The escape in double quotes for a character that cannot be written there.
pub(super) fn escape(c: char, out: &mut String) {
    out.push('\\');
    let _ = match c {
        '\0' => out.write_char('0'),
        '\u{7}' => out.write_char('a'),
        '\u{8}' => out.write_char('b'),
        '\t' => out.write_char('t'),
        '\n' => out.write_char('n'),
        '\u{b}' => out.write_char('v'),
        '\u{c}' => out.write_char('f'),
        '\r' => out.write_char('r'),
        '\u{1b}' => out.write_char('e'),
        '"' => out.write_char('"'),
        '\\' => out.write_char('\\'),
        '\u{85}' => out.write_char('N'),
        '\u{a0}' => out.write_char('_'),
        '\u{2028}' => out.write_char('L'),
        '\u{2029}' => out.write_char('P'),
        c if u32::from(c) <= 0xff => write!(out, "x{:02X}", u32::from(c)),
        c if u32::from(c) <= 0xffff => write!(out, "u{:04X}", u32::from(c)),
        c => write!(out, "U{:08X}", u32::from(c)),
    };
}
