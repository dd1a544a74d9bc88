//! Integers, as `fmt.fmtInteger` and `big.Int.Format` write them.

use crate::argument::BigInteger;
use crate::quote;
use crate::spec::Spec;

pub(crate) fn signed(verb: char, number: i64, spec: Spec) -> Option<String> {
    integer(verb, number < 0, number.unsigned_abs(), number.cast_unsigned(), spec)
}

pub(crate) fn unsigned(verb: char, number: u64, spec: Spec) -> Option<String> {
    integer(verb, false, number, number, spec)
}

/// An integer of the given size; `bits` are its 64 bits, of which characters are made.
fn integer(verb: char, is_negative: bool, size: u64, bits: u64, spec: Spec) -> Option<String> {
    let (digits, prefix) = match verb {
        'd' | 'v' => (size.to_string(), ""),
        'b' => (format!("{size:b}"), "0b"),
        'o' | 'O' => (format!("{size:o}"), "0"),
        'x' => (format!("{size:x}"), "0x"),
        'X' => (format!("{size:X}"), "0X"),
        'c' => return Some(spec.pad(&character(bits).to_string())),
        'q' => return Some(spec.pad(&quote::character(character(bits), spec.plus))),
        'U' => return Some(code_point(bits, spec)),
        _ => return None,
    };
    let sign = spec.sign(is_negative);
    let least = match spec.precision {
        Some(0) if size == 0 => return Some(spec.pad_with_spaces("")),
        Some(precision) => precision,
        // The prefix of the base does not count.
        None if spec.zero && !spec.minus => spec.width.unwrap_or(0).saturating_sub(sign.len()),
        None => 0,
    };
    let digits = format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
    let prefix = if spec.sharp && !(prefix == "0" && digits.starts_with('0')) { prefix } else { "" };
    let octal = if verb == 'O' { "0o" } else { "" };
    Some(spec.pad_with_spaces(&format!("{sign}{octal}{prefix}{digits}")))
}

fn character(bits: u64) -> char {
    u32::try_from(bits).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `%U`: `U+0041`, or `U+0041 'A'`.
fn code_point(bits: u64, spec: Spec) -> String {
    let digits = format!("{bits:X}");
    let least = spec.precision.unwrap_or(4).max(4);
    let mut text = format!("U+{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
    let shown = u32::try_from(bits).ok().and_then(char::from_u32).filter(|c| quote::is_printable(*c));
    if let Some(shown) = shown.filter(|_| spec.sharp) {
        text.extend([' ', '\'', shown, '\'']);
    }
    spec.pad_with_spaces(&text)
}

/// A `*big.Int`, which formats itself.
pub(crate) fn big(verb: char, number: &dyn BigInteger, spec: Spec) -> Option<String> {
    let (digits, prefix) = match verb {
        'd' | 's' | 'v' => (number.digits(10), ""),
        'b' => (number.digits(2), "0b"),
        'o' => (number.digits(8), "0"),
        'O' => (number.digits(8), ""),
        'x' => (number.digits(16), "0x"),
        'X' => (number.digits(16).to_uppercase(), "0X"),
        _ => return None,
    };
    if spec.precision == Some(0) && digits == "0" {
        return Some(String::new());
    }
    let sign = Spec { plus: spec.plus || spec.plus_v, ..spec }.sign(number.is_negative());
    let prefix = match verb {
        'O' => "0o",
        _ if spec.sharp || spec.sharp_v => prefix,
        _ => "",
    };
    let least = match spec.precision {
        Some(precision) => precision,
        None if spec.zero && !spec.minus => spec.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len()),
        None => 0,
    };
    let zeros = "0".repeat(least.saturating_sub(digits.len()));
    Some(spec.pad_with_spaces(&format!("{sign}{prefix}{zeros}{digits}")))
}
