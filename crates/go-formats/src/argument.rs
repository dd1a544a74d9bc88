//! What a verb formats.

use crate::spec::Spec;
use crate::{float, integer, quote};
use std::fmt::{Debug, Write};

/// A value that is no collection.
#[derive(Clone, Copy, Debug)]
pub enum Scalar<'a> {
    /// `nil`
    Nil,
    /// A `bool`.
    Bool(bool),
    /// An integer with a sign, of any size up to 64 bits.
    Int(i64),
    /// An integer without a sign, of any size up to 64 bits.
    Uint(u64),
    /// A `*big.Int`.
    Big(&'a dyn BigInteger),
    /// A `float64`.
    Float(f64),
    /// A `string`.
    Text(&'a str),
    /// A `[]byte`.
    Bytes(&'a [u8]),
}

/// An integer of any size, which the caller implements for its own type.
pub trait BigInteger: Debug {
    /// Whether it is less than zero.
    fn is_negative(&self) -> bool;
    /// Its digits without a sign, in base 2, 8, 10 or 16, in lower case.
    fn digits(&self, base: u32) -> String;
}

/// A value with the type that Go would name in an error.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// `int64`
    pub type_name: &'a str,
    /// The value.
    pub value: Scalar<'a>,
}

impl Scalar<'_> {
    /// The value as a verb formats it; `None` if the verb does not fit the value, or is `T` or `p`. Of bytes, it formats what
    /// it would of a text: `%s`, `%q` and `%x`.
    pub fn format(&self, verb: char, spec: Spec) -> Option<String> {
        match *self {
            Self::Nil => (verb == 'v').then(|| spec.pad("<nil>")),
            Self::Bool(value) => matches!(verb, 't' | 'v').then(|| spec.pad(&value.to_string())),
            Self::Int(number) => integer::signed(verb, number, spec),
            Self::Uint(number) => integer::unsigned(verb, number, spec),
            Self::Big(number) => integer::big(verb, number, spec),
            Self::Float(number) => float::float(verb, number, spec),
            Self::Text(text) => match verb {
                'v' if spec.sharp_v => Some(quote::verb(text, spec)),
                'v' | 's' => Some(spec.pad(spec.truncate(text))),
                'q' => Some(quote::verb(text, spec)),
                'x' | 'X' => Some(hexadecimal(text.as_bytes(), verb == 'X', spec)),
                _ => None,
            },
            Self::Bytes(bytes) => match verb {
                's' => Some(spec.pad(spec.truncate(&String::from_utf8_lossy(bytes)))),
                'q' => Some(quote::verb(&String::from_utf8_lossy(bytes), spec)),
                'x' | 'X' => Some(hexadecimal(bytes, verb == 'X', spec)),
                _ => None,
            },
        }
    }
}

impl Argument<'_> {
    /// The value as a verb formats it, or the text by which Go says that the verb does not fit.
    pub fn format(&self, verb: char, spec: Spec) -> String {
        match (verb, self.value) {
            ('T', Scalar::Nil) => return spec.pad("<nil>"),
            ('T', _) => return spec.pad(spec.truncate(self.type_name)),
            _ => {}
        }
        self.value.format(verb, spec).unwrap_or_else(|| match self.value {
            Scalar::Nil => format!("%!{verb}(<nil>)"),
            // A big integer formats itself, and says so in its own way.
            Scalar::Big(number) => {
                let sign = if number.is_negative() { "-" } else { "" };
                format!("%!{verb}(big.Int={sign}{})", number.digits(10))
            }
            _ => format!("%!{verb}({})", self.with_type(spec)),
        })
    }

    /// The value behind its type: `int=5`.
    pub(crate) fn with_type(&self, spec: Spec) -> String {
        match self.value {
            Scalar::Nil => "<nil>".to_owned(),
            Scalar::Bytes(bytes) => format!("{}={}", self.type_name, format!("{bytes:?}").replace(',', "")),
            value => format!("{}={}", self.type_name, value.format('v', spec).unwrap_or_default()),
        }
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self { type_name: "string", value: Scalar::Text(text) }
    }
}

impl From<i64> for Argument<'_> {
    fn from(number: i64) -> Self {
        Self { type_name: "int64", value: Scalar::Int(number) }
    }
}

impl From<f64> for Argument<'_> {
    fn from(number: f64) -> Self {
        Self { type_name: "float64", value: Scalar::Float(number) }
    }
}

impl From<bool> for Argument<'_> {
    fn from(value: bool) -> Self {
        Self { type_name: "bool", value: Scalar::Bool(value) }
    }
}

/// `%x` and `%X` of bytes; the precision counts bytes.
fn hexadecimal(bytes: &[u8], is_upper: bool, spec: Spec) -> String {
    let bytes = &bytes[..spec.precision.unwrap_or(bytes.len()).min(bytes.len())];
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
    spec.pad(&out)
}
