//! What a plain word means: YAML 1.1 as sigs.k8s.io/yaml reads it, which is what `oc` and the API server see.
//!
//! Source: `goyaml.v2/resolve.go` in sigs.k8s.io/yaml. Dates and sexagesimal numbers stay strings there once the
//! document has become JSON.

/// A scalar by its meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'d> {
    /// `~`, `null`, or nothing at all.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites, in the three usual cases.
    Bool(bool),
    /// A whole number in any of YAML 1.1's bases.
    Int(i128),
    /// A number with a fraction or an exponent; also `.inf` and `.nan`.
    Float(f64),
    /// Anything else, and everything in quotes.
    Str(&'d str),
}

impl Scalar<'_> {
    /// The name that the API server's messages use for this type.
    pub fn type_name(self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "boolean",
            Scalar::Int(_) => "integer",
            Scalar::Float(_) => "number",
            Scalar::Str(_) => "string",
        }
    }
}

/// Reads a plain (unquoted, untagged) word.
pub fn resolve(word: &str) -> Scalar<'_> {
    let Some(first) = word.as_bytes().first() else { return Scalar::Null };
    let meaning = match first {
        b'0'..=b'9' => number(word),
        b'+' | b'-' | b'.' => known(word).or_else(|| number(word)),
        // Most words are longer than these.
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O'
            if word.len() <= LONGEST_WORD =>
        {
            known(word)
        }
        _ => None,
    };
    meaning.unwrap_or(Scalar::Str(word))
}

/// The length of the longest word that is no string, in bytes.
const LONGEST_WORD: usize = "false".len();

/// The words that are no strings.
fn known(word: &str) -> Option<Scalar<'static>> {
    Some(match word {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        _ => return None,
    })
}

fn number(word: &str) -> Option<Scalar<'_>> {
    let plain: std::borrow::Cow<'_, str> =
        if word.contains('_') { word.replace('_', "").into() } else { word.into() };
    if let Some(value) = integer(&plain) {
        return Some(Scalar::Int(value));
    }
    is_yaml_float(&plain).then(|| plain.parse().ok().map(Scalar::Float)).flatten()
}

/// Go's `strconv.ParseInt(s, 0, 64)` or `ParseUint`: a sign, a base prefix, no more than 64 bits, and underscores only
/// between digits or behind a prefix.
///
/// ```
/// use spanned_yaml::scalar::integer;
///
/// assert_eq!((integer("0644"), integer("-0x1_f"), integer("1__0")), (Some(420), Some(-31), None));
/// ```
pub fn integer(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    let mut plain = std::borrow::Cow::Borrowed(digits);
    if digits.contains('_') {
        let has_prefix = digits.len() < unsigned.len();
        if digits.ends_with('_') || digits.contains("__") || !has_prefix && digits.starts_with('_') {
            return None;
        }
        plain = digits.replace('_', "").into();
    }
    if !plain.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from_str_radix(&plain, base).ok()?;
    let value = if negative { -value } else { value };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(value)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_oc_reads() {
        for (word, meaning) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("yes", Scalar::Bool(true)),
            ("Off", Scalar::Bool(false)),
            ("yEs", Scalar::Str("yEs")),
            ("5000", Scalar::Int(5000)),
            ("+5", Scalar::Int(5)),
            ("0755", Scalar::Int(0o755)),
            ("0o17", Scalar::Int(0o17)),
            ("0x1F", Scalar::Int(31)),
            ("1_000", Scalar::Int(1000)),
            ("0", Scalar::Int(0)),
            ("1.2", Scalar::Float(1.2)),
            ("1e3", Scalar::Float(1000.0)),
            (".5", Scalar::Float(0.5)),
            ("089", Scalar::Float(89.0)),
            ("12:30:45", Scalar::Str("12:30:45")),
            ("2026-01-02", Scalar::Str("2026-01-02")),
            ("10.1.2.3", Scalar::Str("10.1.2.3")),
            ("-", Scalar::Str("-")),
            (".", Scalar::Str(".")),
            ("+-5", Scalar::Str("+-5")),
            ("99999999999999999999", Scalar::Float(1e20)),
        ] {
            assert_eq!(resolve(word), meaning, "{word:?}");
        }
    }
}
