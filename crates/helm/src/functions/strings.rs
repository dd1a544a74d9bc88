//! Strings: parts, repetition, lines.

use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function, take};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("contains", "ss", |call, arguments| {
        call.steps(cast::text(&arguments[1]).len() / 64)?;
        Ok(cast::text(&arguments[1]).contains(&*cast::text(&arguments[0])).into())
    }),
    function("hasPrefix", "ss", |_, arguments| {
        Ok(cast::text(&arguments[1]).starts_with(&*cast::text(&arguments[0])).into())
    }),
    function("hasSuffix", "ss", |_, arguments| {
        Ok(cast::text(&arguments[1]).ends_with(&*cast::text(&arguments[0])).into())
    }),
    function("repeat", "is", |call, arguments| {
        let Ok(count) = usize::try_from(cast::int(&arguments[0])) else {
            return fail("strings: negative Repeat count");
        };
        let text = cast::text(&arguments[1]);
        call.bytes(count.saturating_mul(text.len()))?;
        Ok(text.repeat(if text.is_empty() { 0 } else { count }).into())
    }),
    function("replace", "sss", replace),
    function("plural", "ssi", |_, arguments| {
        let [one, many, count] = take(arguments)?;
        Ok(if cast::int(&count) == 1 { one } else { many })
    }),
    function("abbrev", "is", |call, arguments| {
        let text = cast::text(&arguments[1]);
        call.bytes(text.len())?;
        Ok(abbreviate(&text, 0, cast::int(&arguments[0])).into())
    }),
    function("abbrevboth", "iis", |call, arguments| {
        let text = cast::text(&arguments[2]);
        call.bytes(text.len())?;
        let (left, right) = (cast::int(&arguments[0]), cast::int(&arguments[1]));
        if right < 4 || left > 0 && right < 7 {
            return Ok(arguments[2].clone());
        }
        Ok(abbreviate(&text, left.max(0), right).into())
    }),
    function("wrap", "is", |call, arguments| wrap(call, &arguments[1], &arguments[0], "\n", false)),
    function("wrapWith", "iss", |call, arguments| {
        let separator = cast::text(&arguments[1]).into_owned();
        let separator = if separator.is_empty() { "\n" } else { &separator };
        wrap(call, &arguments[2], &arguments[0], separator, true)
    }),
    function("hello", "", |_, _| Ok("Hello!".into())),
];

fn replace(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let [old, new, value] = take(arguments)?;
    let (old, new, text) = (cast::text(&old), cast::text(&new), cast::text(&value));
    // With an empty text to replace, the new text is inserted before each character.
    let count = if old.is_empty() { text.chars().count() + 1 } else { text.matches(&*old).count() };
    if count == 0 {
        return Ok(value.clone());
    }
    call.steps(count)?;
    call.bytes(text.len().saturating_add(count.saturating_mul(new.len())))?;
    Ok(text.replace(&*old, &new).into())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `goutils.AbbreviateFull`, which counts bytes.
fn abbreviate(text: &str, offset: i64, width: i64) -> String {
    let bytes = text.as_bytes();
    let Ok(width) = usize::try_from(width) else { return text.to_owned() };
    if width < 4 || bytes.len() <= width {
        return text.to_owned();
    }
    let mut offset = usize::try_from(offset).unwrap_or(0).min(bytes.len());
    if bytes.len() - offset < width - 3 {
        offset = bytes.len() - (width - 3);
    }
    if offset <= 4 {
        return lossy(&bytes[..width - 3]) + "...";
    }
    if width < 7 {
        return String::new();
    }
    if offset + width - 3 < bytes.len() {
        return "...".to_owned() + &abbreviate(&lossy(&bytes[offset..]), 0, (width - 3) as i64);
    }
    "...".to_owned() + &lossy(&bytes[bytes.len() - (width - 3)..])
}

/// `goutils.WrapCustom`, which counts bytes.
fn wrap(
    call: &mut Call<'_, '_>,
    value: &Value,
    width: &Value,
    separator: &str,
    cuts_words: bool,
) -> Result<Value> {
    let text = cast::text(value);
    let bytes = text.as_bytes();
    let width = usize::try_from(cast::int(width)).unwrap_or(0).max(1);
    call.bytes(bytes.len().saturating_add((bytes.len() / width + 1).saturating_mul(separator.len())))?;
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut offset = 0;
    while bytes.len() - offset > width {
        if bytes[offset] == b' ' {
            offset += 1;
            continue;
        }
        let end = offset + width;
        let space = match bytes[offset..=end].iter().rposition(|byte| *byte == b' ') {
            Some(space) => offset + space,
            None if cuts_words => {
                out.extend_from_slice(&bytes[offset..end]);
                out.extend_from_slice(separator.as_bytes());
                offset = end;
                continue;
            }
            None => match bytes[end..].iter().position(|byte| *byte == b' ') {
                Some(space) => end + space,
                None => break,
            },
        };
        out.extend_from_slice(&bytes[offset..space]);
        out.extend_from_slice(separator.as_bytes());
        offset = space + 1;
    }
    out.extend_from_slice(&bytes[offset..]);
    Ok(lossy(&out).into())
}
