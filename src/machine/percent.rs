//! Bytes in addresses: `%2F` is a slash.

use std::fmt::Write;

/// Adds bytes to an address: `%XX` for everything except letters, digits, `/` and `-._~`.
pub fn push(address: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

/// A path in an address.
pub fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    push(&mut encoded, path.as_bytes());
    encoded
}

/// The byte that two hexadecimal digits write.
pub fn byte(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

/// A part of an address with each `%XX` replaced by its byte; `None` if two digits are missing somewhere.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return Some(bytes),
            [b'%', behind @ ..] => {
                let [high, low, behind @ ..] = behind else { return None };
                bytes.push(byte([*high, *low])?);
                rest = behind;
            }
            [byte, behind @ ..] => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_gives_back_what_was_encoded() {
        assert_eq!(encoded("a b/ü#?%.yaml"), "a%20b/%C3%BC%23%3F%25.yaml");
        for text in ["", "a b/ü#?%.yaml", "%", "\u{0}\n\""] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Some(text.as_bytes()), "{text:?}");
        }
        assert_eq!(decoded("%2f%2F"), Some(b"//".to_vec()));
    }

    #[test]
    fn two_digits_are_two_digits() {
        for text in ["%", "%4", "%zz", "%+f", "a%", "% f"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
