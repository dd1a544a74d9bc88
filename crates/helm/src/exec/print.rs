//! Values as Go's `fmt` prints them with `%v`.

use super::budget::Budget;
use crate::value::{Data, Native, Value};
use crate::{Error, Result};
use std::fmt::Write;

/// How deep a value may nest that is printed: one that holds itself has no end.
const MAX_DEPTH: usize = 100;

/// What a value prints as.
pub(crate) fn print(value: &Value, budget: &mut Budget) -> Result<String> {
    let mut out = String::new();
    write(value, &mut out, budget, 0)?;
    budget.bytes(out.len())?;
    Ok(out)
}

/// `fmt.Sprint`: a blank stands only between two operands that are no strings.
pub(crate) fn sprint(values: &[Value], budget: &mut Budget) -> Result<String> {
    let mut out = String::new();
    let mut was_text = true;
    for (place, value) in values.iter().enumerate() {
        let is_text = matches!(value.data, Data::Text(_));
        if place > 0 && !is_text && !was_text {
            out.push(' ');
        }
        was_text = is_text;
        write(value, &mut out, budget, 0)?;
    }
    budget.bytes(out.len())?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, budget: &mut Budget, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::limit("a value nests too deeply to be printed"));
    }
    budget.steps(1)?;
    match &value.data {
        Data::Nil => out.push_str("<nil>"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(number, crate::value::NumberType::Uint64) => {
            let _ = write!(out, "{}", number.cast_unsigned());
        }
        Data::Int(number, _) => {
            let _ = write!(out, "{number}");
        }
        Data::Float(number) => out.push_str(&float(*number)),
        Data::Text(text) => {
            budget.text(text)?;
            out.push_str(text.as_str());
        }
        Data::Bytes(bytes) => {
            budget.bytes(bytes.len() * 4)?;
            let shown: Vec<String> = bytes.iter().map(u8::to_string).collect();
            let _ = write!(out, "[{}]", shown.join(" "));
        }
        Data::List(list) => {
            out.push('[');
            for (place, item) in list.items().iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                write(item, out, budget, depth + 1)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            out.push_str("map[");
            for (place, (key, slot)) in map.borrow().iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(&slot.value, out, budget, depth + 1)?;
            }
            out.push(']');
        }
        Data::Native(native) => self::native(native, out, budget, depth)?,
    }
    Ok(())
}

fn native(native: &Native, out: &mut String, budget: &mut Budget, depth: usize) -> Result<()> {
    match native {
        Native::KubeVersion(version) => out.push_str(&version.version),
        Native::ApiVersions(versions) => {
            let shown: Vec<&str> = versions.iter().map(String::as_str).collect();
            let _ = write!(out, "[{}]", shown.join(" "));
        }
        Native::Files(files) => {
            out.push_str("map[");
            for (place, (name, (bytes, _))) in files.files.iter().enumerate() {
                budget.bytes(bytes.len() * 4)?;
                let shown: Vec<String> = bytes.iter().map(u8::to_string).collect();
                let _ = write!(out, "{}{name}:[{}]", if place > 0 { " " } else { "" }, shown.join(" "));
            }
            out.push(']');
        }
        Native::Struct(of) => {
            out.push_str(if of.name.starts_with('*') { "&{" } else { "{" });
            for (place, (_, field)) in of.fields.iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                write(field, out, budget, depth + 1)?;
            }
            out.push('}');
        }
        Native::Version(version) => out.push_str(&version.to_string()),
        Native::Time(time) => out.push_str(&time.to_string()),
    }
    Ok(())
}

/// A number with a fraction: the shortest text that reads as the same number, with an exponent from a million on.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (sign, digits, exponent) = shortest(number);
    general(sign, &digits, exponent, 6)
}

/// `%g` of digits whose first stands for `10^exponent`.
pub(super) fn general(is_negative: bool, digits: &str, exponent: i32, limit: i32) -> String {
    let sign = if is_negative { "-" } else { "" };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{mark}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
}

/// The sign, the fewest digits that read as the number, and the power of ten of the first.
pub(super) fn shortest(number: f64) -> (bool, String, i32) {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let is_negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (is_negative, digits, exponent.parse().unwrap_or(0))
}

/// A text in quotes, as Go's `%q` and `strconv.Quote` write it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c == ' ' || is_printable(c) => out.push(c),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// What Go takes for printable, as far as texts of charts go: no control and format characters, no odd blanks.
fn is_printable(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}');
    !c.is_control() && !c.is_whitespace() && !is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_printed_as_go_does() {
        for (number, text) in [
            (8080.0, "8080"),
            (1.5, "1.5"),
            (1e6, "1e+06"),
            (12_345_678.0, "1.2345678e+07"),
            (123_456.0, "123456"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.0, "-0"),
            (1e21, "1e+21"),
            (100_000.5, "100000.5"),
            (1_234_567.5, "1.2345675e+06"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn texts_are_quoted_as_go_does() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é\u{7f}\u{200b}"), r#""a\"b\\c\n\x01é\x7f\u200b""#);
    }
}
