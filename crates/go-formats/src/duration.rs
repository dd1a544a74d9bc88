//! Durations, as `time.ParseDuration` reads them and `Duration.String` writes them.

const SECOND: u64 = 1_000_000_000;
/// The size of the least duration; the largest is one nanosecond less.
const MOST: u64 = 1 << 63;

/// `time.ParseDuration`: the nanoseconds of `-1h30m` or `1.5s`.
#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "as Go does")]
pub fn parse_duration(text: &str) -> Option<i64> {
    let is_negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut all = 0_u64;
    while !rest.is_empty() {
        let (whole, behind) = digits(rest);
        let (fraction, behind) = behind.strip_prefix('.').map_or(("", behind), digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let unit = match &behind[..end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let (fraction, scale) = fraction_of(fraction);
        // Go counts fractions as floats.
        let part = (fraction as f64 * (unit as f64 / scale)) as u64;
        let number = whole.checked_mul(unit)?.checked_add(part)?;
        all = all.checked_add(number).filter(|all| *all <= MOST)?;
        rest = &behind[end..];
    }
    match (is_negative, i64::try_from(all)) {
        (false, Ok(nanos)) => Some(nanos),
        (true, Ok(nanos)) => Some(-nanos),
        (true, Err(_)) => Some(i64::MIN),
        (false, Err(_)) => None,
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The digits of a fraction as a number, and what to divide it by. Digits that no longer fit are left out.
fn fraction_of(digits: &str) -> (u64, f64) {
    let (mut number, mut scale) = (0_u64, 1.0);
    for digit in digits.bytes() {
        if number > (MOST - 1) / 10 {
            break;
        }
        number = number * 10 + u64::from(digit - b'0');
        scale *= 10.0;
    }
    (number, scale)
}

/// `Duration.String`: nanoseconds as `1h2m3.5s`.
pub fn duration_text(nanos: i64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    let sign = if nanos < 0 { "-" } else { "" };
    let all = nanos.unsigned_abs();
    let with_fraction = |number: u64, unit: u64| {
        let (whole, part) = (number / unit, number % unit);
        let digits = unit.ilog10() as usize;
        let fraction = format!("{part:0digits$}");
        let fraction = fraction.trim_end_matches('0');
        if part == 0 { whole.to_string() } else { format!("{whole}.{fraction}") }
    };
    match all {
        0..1_000 => format!("{sign}{all}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", with_fraction(all, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", with_fraction(all, 1_000_000)),
        _ => {
            let (hours, minutes) = (all / (3600 * SECOND), all / (60 * SECOND) % 60);
            let seconds = with_fraction(all % (60 * SECOND), SECOND);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, _) => format!("{sign}{minutes}m{seconds}s"),
                _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}
