//! Quoted texts of templates: Go's `strconv.Unquote`.

/// The meaning of a quoted text, with its quotes in `text`; `None` if Go refuses it.
pub(crate) fn unquote(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '`' {
        return Some(inner.replace('\r', ""));
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        if c == quote || c == '\n' {
            return None;
        }
        if c == '\\' {
            rest = escape(&rest[1..], quote, &mut bytes)?;
        } else {
            bytes.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// Reads the escape behind a backslash, and returns the rest.
fn escape<'t>(text: &'t str, quote: char, into: &mut Vec<u8>) -> Option<&'t str> {
    let c = text.chars().next()?;
    let plain = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '\'' | '"' if c == quote => c as u8,
        'x' => return byte(text.get(1..3)?, 16, into).map(|()| &text[3..]),
        '0'..='7' => return byte(text.get(..3)?, 8, into).map(|()| &text[3..]),
        'u' => return character(text.get(1..5)?, into).map(|()| &text[5..]),
        'U' => return character(text.get(1..9)?, into).map(|()| &text[9..]),
        _ => return None,
    };
    into.push(plain);
    Some(&text[1..])
}

fn byte(digits: &str, base: u32, into: &mut Vec<u8>) -> Option<()> {
    let value =
        digits.chars().all(|c| c.is_digit(base)).then(|| u32::from_str_radix(digits, base).ok())??;
    into.push(u8::try_from(value).ok()?);
    Some(())
}

fn character(digits: &str, into: &mut Vec<u8>) -> Option<()> {
    let value =
        digits.chars().all(|c| c.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())??;
    into.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unquoted_as_go_does() {
        for (text, said) in [
            (r#""a\tb\"\\""#, Some("a\tb\"\\")),
            ("`a\\n\r\nb`", Some("a\\n\nb")),
            (r#""\u00e9\x41\101""#, Some("éAA")),
            (r"'x'", Some("x")),
            (r"'\''", Some("'")),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\777""#, None),
            (r#""\ud800""#, None),
        ] {
            assert_eq!(unquote(text).as_deref(), said, "{text}");
        }
    }
}
