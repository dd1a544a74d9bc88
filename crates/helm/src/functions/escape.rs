//! Escapes texts for other languages, as Go's own functions do.

use crate::Result;
use crate::exec::function::{Function, function};
use crate::exec::{Call, sprint};
use crate::value::Value;
use std::fmt::Write;

pub(super) const TABLE: &[Function] = &[
    function("html", "a*", |call, arguments| {
        escaped(call, arguments, |c, out| match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        })
    }),
    function("js", "a*", |call, arguments| {
        escaped(call, arguments, |c, out| match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        })
    }),
    function("urlquery", "a*", |call, arguments| {
        escaped(call, arguments, |c, out| match c {
            ' ' => out.push('+'),
            c if c.is_ascii_alphanumeric() || "-_.~".contains(c) => out.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
        })
    }),
];

fn escaped(call: &mut Call<'_, '_>, values: &[Value], each: fn(char, &mut String)) -> Result<Value> {
    let shown: Vec<Value> =
        values.iter().map(|value| if value.is_nil() { "<no value>".into() } else { value.clone() }).collect();
    let text = sprint(&shown, &mut call.machine.budget)?;
    call.bytes(text.len().saturating_mul(2))?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        each(c, &mut out);
    }
    Ok(out.into())
}
