//! Numbers of templates, as Go reads them.

/// A number, with its possible types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// Its value as a whole number, if it is one: `1e3` is, too.
    pub(crate) int: Option<i64>,
    /// Its value as a fraction; a number too large for `int` has only that.
    pub(crate) float: f64,
    /// Whether it is written as a fraction, which decides if nothing else does.
    pub(crate) is_float: bool,
}

impl Number {
    /// Reads a number; `None` if Go refuses it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "as Go does")]
        if let Some(int) = integer(text) {
            return Some(Self { int: Some(int), float: int as f64, is_float: false });
        }
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return None;
        }
        let float = if is_hexadecimal(text) { hex_float(text)? } else { decimal_float(text)? };
        let is_whole = float.fract() == 0.0 && float.abs() < 9.2e18;
        Some(Self { int: is_whole.then_some(float as i64), float, is_float: true })
    }

    /// A character is a number of type `int`.
    pub(crate) fn character(character: char) -> Self {
        let code = u32::from(character);
        Self { int: Some(i64::from(code)), float: f64::from(code), is_float: false }
    }
}

fn is_hexadecimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.starts_with("0x") || digits.starts_with("0X")
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(crate) fn integer(text: &str) -> Option<i64> {
    i64::try_from(spanned_yaml::scalar::integer(text)?).ok()
}

fn decimal_float(text: &str) -> Option<f64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE_".contains(&byte)) {
        return None;
    }
    // An underscore stands between two digits.
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let stands_well = |at: usize| at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1));
    if !text.match_indices('_').all(|(at, _)| stands_well(at)) {
        return None;
    }
    let float: f64 = text.replace('_', "").parse().ok()?;
    float.is_finite().then_some(float)
}

/// `0x1.8p3`
fn hex_float(text: &str) -> Option<f64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let (mantissa, exponent) = rest.get(2..)?.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()?.checked_mul(-4)?.checked_add(exponent)?;
    let value = sign * value * 2f64.powi(scale);
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, int, is_float) in [
            ("1", Some(1), false),
            ("-3", Some(-3), false),
            ("+7", Some(7), false),
            ("0x1F", Some(31), false),
            ("0755", Some(493), false),
            ("0o17", Some(15), false),
            ("0b101", Some(5), false),
            ("1_000", Some(1000), false),
            ("1e3", Some(1000), true),
            ("1.5", None, true),
            ("1_000.5", None, true),
            ("0x1p4", Some(16), true),
        ] {
            let number = Number::read(text).unwrap();
            assert_eq!((number.int, number.is_float), (int, is_float), "{text}");
        }
        for text in ["08", "1__0", "_1", "9223372036854775808", "1e999", "0x", ".", "1.2.3", "1_.5", "1__0.5"]
        {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }
}
