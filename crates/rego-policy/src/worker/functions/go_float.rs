//! Numbers with a point as the `fmt` package of Go formats them.

use super::go_fmt::{Flags, padded};

pub(super) fn float(number: f64, verb: char, flags: &Flags) -> Option<String> {
    let (verb, precision) = match verb {
        'v' => ('g', flags.precision),
        'e' | 'E' | 'f' | 'F' => (if verb == 'F' { 'f' } else { verb }, Some(flags.precision.unwrap_or(6))),
        'g' | 'G' => (verb, flags.precision),
        _ => return None,
    };
    let magnitude = number.abs();
    if !magnitude.is_finite() {
        let name = match number {
            _ if number.is_nan() => "NaN",
            _ if number > 0.0 => "+Inf",
            _ => "-Inf",
        };
        return Some(padded(name, &Flags { zero: false, ..flags.clone() }));
    }
    let digits = match verb {
        'e' | 'E' => exponent(&format!("{magnitude:.*e}", precision.unwrap_or(6)), verb == 'E'),
        'f' => format!("{magnitude:.*}", precision.unwrap_or(6)),
        _ => general(magnitude, precision, verb == 'G', flags.sharp),
    };
    let sign = match (number.is_sign_negative(), flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let fill = flags.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    if flags.zero && !flags.minus {
        return Some(format!("{sign}{}{digits}", "0".repeat(fill)));
    }
    Some(padded(&format!("{sign}{digits}"), &Flags { zero: false, ..flags.clone() }))
}

/// `1.5e7` as Go writes it: `1.5e+07`.
fn exponent(text: &str, upper: bool) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}{}{sign}{digits:0>2}", if upper { 'E' } else { 'e' })
}

/// The shorter of both forms.
fn general(number: f64, precision: Option<usize>, upper: bool, sharp: bool) -> String {
    let shortest = precision.is_none();
    let scientific = match precision {
        None => format!("{number:e}"),
        Some(precision) => format!("{number:.*e}", precision.max(1) - 1),
    };
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let mut limit = i32::try_from(precision.unwrap_or(6).max(1)).unwrap_or(i32::MAX);
    if shortest {
        limit = 6;
    } else if usize::try_from(limit).is_ok_and(|limit| limit > digits)
        && digits >= usize::try_from(power + 1).unwrap_or(0)
    {
        limit = i32::try_from(digits).unwrap_or(i32::MAX);
    }
    let trimmed = |text: &str| {
        let mut text = text.to_owned();
        if sharp {
            let least = precision.unwrap_or(6).max(1);
            if !text.contains('.') {
                text.push('.');
            }
            let leading = text
                .bytes()
                .take_while(|byte| matches!(byte, b'0' | b'.'))
                .filter(|byte| *byte == b'0')
                .count();
            let digits = text.bytes().filter(u8::is_ascii_digit).count() - leading.min(text.len() - 2);
            text.push_str(&"0".repeat(least.saturating_sub(digits)));
        } else if text.contains('.') {
            text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        }
        text
    };
    if power < -4 || power >= limit {
        return exponent(&format!("{}e{power}", trimmed(mantissa)), upper);
    }
    if shortest {
        return trimmed(&format!("{number}"));
    }
    let decimals = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - power;
    trimmed(&format!("{number:.*}", usize::try_from(decimals).unwrap_or(0)))
}
