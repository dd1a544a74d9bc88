//! The verbs of `printf` for words and numbers.

use super::print::{float, general, quoted, shortest};
use super::printf::Spec;
use crate::value::{Data, Value};
use std::fmt::Write;

/// What a verb makes of a value that is no collection; nothing where it does not fit.
pub(super) fn word(verb: char, value: &Value, spec: Spec) -> Option<String> {
    match &value.data {
        Data::Nil => (verb == 'v').then(|| pad("<nil>", spec)),
        Data::Bool(value) => matches!(verb, 't' | 'v').then(|| pad(&value.to_string(), spec)),
        Data::Int(number, _) => integer(verb, *number, spec),
        Data::Float(number) => fraction(verb, *number, spec),
        Data::Text(text) => match verb {
            's' | 'v' if spec.sharp && verb == 'v' => Some(pad(&quoted(text.as_str()), spec)),
            's' | 'v' => Some(pad(&cut(text.as_str(), spec), spec)),
            'x' | 'X' => Some(pad(&hex(cut(text.as_str(), spec).as_bytes(), verb == 'X', spec), spec)),
            _ => None,
        },
        Data::Bytes(bytes) => matches!(verb, 'x' | 'X').then(|| pad(&hex(bytes, verb == 'X', spec), spec)),
        _ => None,
    }
}

fn hex(bytes: &[u8], is_upper: bool, spec: Spec) -> String {
    let mut out = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && spec.space {
            out.push(' ');
        }
        if spec.sharp && (place == 0 || spec.space) {
            out.push_str(if is_upper { "0X" } else { "0x" });
        }
        let _ = if is_upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
    }
    out
}

/// `%q`, `%#q` and `%+q`.
pub(super) fn quote(text: &str, spec: Spec) -> String {
    let is_plain = text.chars().all(|c| c != '`' && c != '\u{feff}' && (c == '\t' || !c.is_control()));
    if spec.sharp && is_plain {
        return format!("`{text}`");
    }
    let quoted = quoted(text);
    if !spec.plus {
        return quoted;
    }
    let mut out = String::new();
    for c in quoted.chars() {
        let _ = match u32::from(c) {
            ..0x80 => write!(out, "{c}"),
            code @ 0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        };
    }
    out
}

/// The first characters of a text, as many as the precision says.
pub(super) fn cut(text: &str, spec: Spec) -> String {
    match spec.precision {
        Some(count) => text.chars().take(count).collect(),
        None => text.to_owned(),
    }
}

/// Fills a text up to the width.
pub(super) fn pad(text: &str, spec: Spec) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    if spec.minus {
        format!("{text}{}", " ".repeat(missing))
    } else {
        format!("{}{text}", if spec.zero { "0" } else { " " }.repeat(missing))
    }
}

/// Fills a number up to the width: zeros stand behind the sign.
fn pad_number(sign: &str, digits: &str, spec: Spec, with_zeros: bool) -> String {
    let length = sign.len() + digits.chars().count();
    let missing = spec.width.unwrap_or(0).saturating_sub(length);
    if spec.zero && with_zeros && !spec.minus {
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    pad(&format!("{sign}{digits}"), Spec { zero: false, ..spec })
}

fn sign(is_negative: bool, spec: Spec) -> &'static str {
    match (is_negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn integer(verb: char, number: i64, spec: Spec) -> Option<String> {
    let size = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'd' | 'v' => (size.to_string(), ""),
        'b' => (format!("{size:b}"), "0b"),
        'o' => (format!("{size:o}"), "0"),
        'O' => (format!("0o{size:o}"), ""),
        'x' => (format!("{size:x}"), "0x"),
        'X' => (format!("{size:X}"), "0X"),
        'c' => {
            let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            return Some(pad(&c.to_string(), spec));
        }
        'q' => {
            let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            let text = quoted(&c.to_string());
            let inner = text[1..text.len() - 1].replace("\\\"", "\"").replace('\'', "\\'");
            return Some(pad(&format!("'{inner}'"), spec));
        }
        'U' => return Some(pad(&format!("U+{size:04X}"), spec)),
        _ => return None,
    };
    let digits = match spec.precision {
        Some(0) if size == 0 => String::new(),
        Some(count) => format!("{}{digits}", "0".repeat(count.saturating_sub(digits.len()))),
        None => digits,
    };
    let sign = sign(number < 0, spec);
    let sign = if spec.sharp { format!("{sign}{prefix}") } else { sign.to_owned() };
    Some(pad_number(&sign, &digits, spec, spec.precision.is_none()))
}

fn fraction(verb: char, number: f64, spec: Spec) -> Option<String> {
    if !matches!(verb, 'v' | 'g' | 'G' | 'e' | 'E' | 'f' | 'F') {
        return None;
    }
    if !number.is_finite() {
        let text = if number.is_nan() { "NaN" } else { "Inf" };
        let sign = if number.is_nan() { sign(false, spec) } else { sign(number < 0.0, spec) };
        let sign = if number.is_infinite() && number > 0.0 && verb == 'v' { "+" } else { sign };
        return Some(pad_number(sign, text, spec, false));
    }
    let size = number.abs();
    let digits = match verb {
        'f' | 'F' => format!("{size:.*}", spec.precision.unwrap_or(6)),
        'e' | 'E' => exponent(&format!("{size:.*e}", spec.precision.unwrap_or(6))),
        _ => match spec.precision {
            None => float(size),
            Some(count) => with_digits(size, count.max(1)),
        },
    };
    let digits = if matches!(verb, 'E' | 'G') { digits.to_uppercase() } else { digits };
    Some(pad_number(sign(number.is_sign_negative(), spec), &digits, spec, true))
}

/// `1.5e3` as `1.5e+03`.
fn exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let number: i32 = exponent.parse().unwrap_or(0);
    let sign = if number < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", number.abs())
}

/// `%.3g`: so many digits, without zeros at the end.
fn with_digits(number: f64, count: usize) -> String {
    let text = format!("{number:.*e}", count - 1);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let power: i32 = power.parse().unwrap_or(0);
    let (_, fewest, _) = shortest(number);
    // A number whose digits all stand before the point is not cut.
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let written = i32::try_from(fewest.len()).unwrap_or(i32::MAX);
    let limit = if count > written && written > power { written } else { count };
    general(false, if digits.is_empty() { "0" } else { digits }, power, limit)
}
