//! Numbers with a fraction, as `fmt.fmtFloat` and `strconv.FormatFloat` write them.

use crate::spec::Spec;

/// No `f64` has more digits behind the point; all that follow are zeros.
const MOST_DECIMALS: usize = 1074;

/// `%v` of a `float64`: the shortest text that reads as the same number. A number from a million on has an exponent.
pub fn shortest_float(number: f64) -> String {
    float('v', number, Spec::default()).unwrap_or_default()
}

pub(crate) fn float(verb: char, number: f64, spec: Spec) -> Option<String> {
    let precision = match verb {
        'v' | 'g' | 'G' => spec.precision,
        'e' | 'E' | 'f' | 'F' => Some(spec.precision.unwrap_or(6)),
        _ => return None,
    };
    if number.is_nan() {
        return Some(spec.pad_with_spaces(&format!("{}NaN", spec.sign(false))));
    }
    if number.is_infinite() {
        let sign = if number > 0.0 && !spec.space { "+" } else { spec.sign(number < 0.0) };
        return Some(spec.pad_with_spaces(&format!("{sign}Inf")));
    }
    let size = number.abs();
    let digits = match (verb, precision) {
        ('f' | 'F', Some(precision)) => fixed(size, precision),
        ('e' | 'E', Some(precision)) => scientific(size, precision),
        _ => general(size, precision),
    };
    let digits = if spec.sharp { with_point(&digits, verb, precision) } else { digits };
    let digits = if matches!(verb, 'E' | 'G') { digits.to_uppercase() } else { digits };
    let sign = spec.sign(number.is_sign_negative());
    if spec.zero && !spec.minus {
        let missing = spec.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        return Some(format!("{sign}{}{digits}", "0".repeat(missing)));
    }
    Some(spec.pad(&format!("{sign}{digits}")))
}

/// `%.2f`
fn fixed(size: f64, precision: usize) -> String {
    let text = format!("{size:.*}", precision.min(MOST_DECIMALS));
    format!("{text}{}", "0".repeat(precision.saturating_sub(MOST_DECIMALS)))
}

/// `%.2e`
fn scientific(size: f64, precision: usize) -> String {
    let text = format!("{size:.*e}", precision.min(MOST_DECIMALS));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let zeros = "0".repeat(precision.saturating_sub(MOST_DECIMALS));
    format!("{mantissa}{zeros}{}", exponent(power.parse().unwrap_or(0)))
}

/// `e+07`
fn exponent(power: i64) -> String {
    let sign = if power < 0 { '-' } else { '+' };
    format!("e{sign}{:02}", power.abs())
}

/// `%g`: so many digits at most, or as few as read as the same number, without zeros at the end.
fn general(size: f64, precision: Option<usize>) -> String {
    let text = match precision {
        None => format!("{size:e}"),
        Some(precision) => format!("{size:.*e}", precision.clamp(1, MOST_DECIMALS) - 1),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let as_power = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = as_power(digits.len());
    let limit = match precision.map(|precision| as_power(precision.max(1))) {
        None => 6,
        // A number whose digits all stand before the point is not cut.
        Some(precision) if precision > count && count > power => count,
        Some(precision) => precision,
    };
    if power < -4 || power >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{first}{point}{rest}{}", exponent(power));
    }
    if power < 0 {
        return format!("0.{}{digits}", "0".repeat(power.unsigned_abs() as usize - 1));
    }
    let whole = power.unsigned_abs() as usize + 1;
    if digits.len() <= whole {
        return format!("{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{whole}.{fraction}")
}

/// The flag `#`: there is a point, and `%g` keeps zeros at the end.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let (number, tail) = text.split_at(text.find('e').unwrap_or(text.len()));
    let mut missing = match verb {
        'v' | 'g' | 'G' => precision.unwrap_or(6),
        _ => 0,
    };
    let significant = number.chars().filter(|c| *c != '.').skip_while(|c| *c == '0').count();
    missing = missing.saturating_sub(significant);
    let has_point = number.contains('.');
    if number == "0" {
        missing = missing.saturating_sub(1);
    }
    let point = if has_point { "" } else { "." };
    format!("{number}{point}{}{tail}", "0".repeat(missing))
}
