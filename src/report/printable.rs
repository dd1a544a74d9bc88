//! JSON that is safe to show in a terminal. Characters that could be commands to a terminal or hide text, and brackets that
//! begin a command to a build server, are written as `\u` escapes, which every reader decodes to the same text.

use crate::machine::terminal::{command_bracket, is_unprintable};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Writes `value` as JSON over several lines, with a line end behind it.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = out;
    let mut serializer = Serializer::with_formatter(&mut out, Printable(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The pretty format of `serde_json` with additional escapes.
struct Printable(PrettyFormatter<'static>);

impl Formatter for Printable {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut bracket = command_bracket(fragment, 0);
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            let is_bracket = bracket == Some(at);
            if is_bracket {
                bracket = command_bracket(fragment, at + 1);
            }
            if is_bracket || is_unprintable(c) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn reads_back_and_shows_nothing_unprintable(text in "\\PC*|.*|[\u{0}-\u{ff}\u{200b}-\u{206f}\u{e0000}-\u{e007f}]*") {
            let value = serde_json::json!({ &*text: [text, {}, [], 1] });
            let mut out = Vec::new();
            write(&value, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
            proptest::prop_assert!(!out.chars().any(|c| is_unprintable(c) || c == '\t'));
        }
    }

    #[test]
    fn escapes_as_json_does() {
        let mut out = Vec::new();
        write(&["\u{e0041}\u{7f}é\u{202e}\u{9b}\"##[a]"], &mut out).unwrap();
        let expected = "[\n  \"\\udb40\\udc41\\u007fé\\u202e\\u009b\\\"##\\u005ba]\"\n]\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
