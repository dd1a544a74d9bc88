//! Regular expressions.

use super::cast;
use super::regex_syntax::translate;
use super::splits::texts;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Element, List, Value};
use regex::{Captures, Regex};

/// The largest size of a compiled expression.
const SIZE: usize = 1 << 20;
/// The steps for compiling an expression.
const COMPILE: usize = 10_000;

pub(super) const TABLE: &[Function] = &[
    function("regexMatch", "ss", |call, arguments| {
        let found = regex(call, arguments)?.map(|regex| regex.is_match(&cast::text(&arguments[1])));
        Ok(found.unwrap_or(false).into())
    }),
    function("mustRegexMatch", "ss", |call, arguments| {
        Ok(must(call, arguments)?.is_match(&cast::text(&arguments[1])).into())
    }),
    function("regexFind", "ss", find),
    function("mustRegexFind", "ss", find),
    function("regexFindAll", "ssi", find_all),
    function("mustRegexFindAll", "ssi", find_all),
    function("regexReplaceAll", "sss", replace_all),
    function("mustRegexReplaceAll", "sss", replace_all),
    function("regexReplaceAllLiteral", "sss", replace_literal),
    function("mustRegexReplaceAllLiteral", "sss", replace_literal),
    function("regexSplit", "ssi", split),
    function("mustRegexSplit", "ssi", split),
    function("regexQuoteMeta", "s", |call, arguments| {
        let text = cast::text(&arguments[0]);
        call.bytes(text.len() * 2)?;
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        Ok(out.into())
    }),
];

/// The expression in the first argument. A search costs steps in proportion to the sizes of the expression and the text.
fn regex(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<std::result::Result<Regex, String>> {
    let pattern = cast::text(&arguments[0]);
    let size = arguments.get(1).map_or(0, |text| cast::bytes(text).len());
    call.steps(1 + size.saturating_mul(1 + pattern.len() / 8))?;
    if let Some(known) = call.machine.cache.regexes.get(&*pattern) {
        return Ok(known.clone());
    }
    call.steps(COMPILE)?;
    let built = regex::RegexBuilder::new(&translate(&pattern))
        .octal(true)
        .size_limit(SIZE)
        .dfa_size_limit(SIZE)
        .build();
    let built = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => format!("the regular expression {pattern:?} is too large"),
        _ => format!("the regular expression {pattern:?} cannot be read"),
    });
    call.machine.cache.regexes.insert(pattern.into_owned(), built.clone());
    Ok(built)
}

fn must(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Regex> {
    regex(call, arguments)?.or_else(fail)
}

fn find(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let text = cast::text(&arguments[1]);
    let found = must(call, arguments)?.find(&text).map_or("", |found| found.as_str());
    call.bytes(found.len())?;
    Ok(if found.len() == text.len() { arguments[1].clone() } else { found.into() })
}

fn limit(count: &Value) -> usize {
    usize::try_from(cast::int(count)).unwrap_or(usize::MAX)
}

fn find_all(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let text = cast::text(&arguments[1]);
    let regex = must(call, arguments)?;
    let mut found = Vec::new();
    for part in regex.find_iter(&text).take(limit(&arguments[2])) {
        call.steps(4)?;
        call.bytes(part.len() + size_of::<Value>())?;
        found.push(part.as_str().to_owned());
    }
    Ok(if found.is_empty() { List::nil(Element::Text).into() } else { texts(found) })
}

fn replace_all(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let (text, template) = (cast::text(&arguments[1]), cast::text(&arguments[2]));
    replaced(call, arguments, &text, |captures, regex, out| expand(&template, captures, regex, out))
}

fn replace_literal(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let (text, new) = (cast::text(&arguments[1]), cast::text(&arguments[2]));
    replaced(call, arguments, &text, |_, _, out| out.push_str(&new))
}

fn replaced(
    call: &mut Call<'_, '_>,
    arguments: &[Value],
    text: &str,
    each: impl Fn(&Captures<'_>, &Regex, &mut String),
) -> Result<Value> {
    let regex = must(call, arguments)?;
    let mut out = String::new();
    let mut at = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[at..whole.start()]);
        let before = out.len();
        each(&captures, &regex, &mut out);
        call.steps(4)?;
        call.bytes(out.len() - before)?;
        at = whole.end();
    }
    if at == 0 && out.is_empty() && !regex.is_match(text) {
        return Ok(arguments[1].clone());
    }
    call.bytes(text.len())?;
    out.push_str(&text[at..]);
    Ok(out.into())
}

/// Writes a template with `$1`, `${name}` and `$$` replaced.
fn expand(template: &str, captures: &Captures<'_>, regex: &Regex, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
            continue;
        }
        let is_braced = rest.starts_with('{');
        let inner = &rest[usize::from(is_braced)..];
        let end = inner.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(inner.len());
        let name = &inner[..end];
        if name.is_empty() || (is_braced && !inner[end..].starts_with('}')) {
            out.push('$');
            continue;
        }
        rest = &inner[end + usize::from(is_braced)..];
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        let group = if is_number {
            name.parse().ok().and_then(|number| captures.get(number))
        } else {
            regex.capture_names().flatten().find(|known| *known == name).and_then(|name| captures.name(name))
        };
        out.push_str(group.map_or("", |group| group.as_str()));
    }
    out.push_str(rest);
}

/// `regexp.Split`
fn split(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let text = cast::text(&arguments[1]);
    let regex = must(call, arguments)?;
    let count = limit(&arguments[2]);
    if count == 0 {
        return Ok(List::nil(Element::Text).into());
    }
    call.bytes(text.len())?;
    if text.is_empty() && !cast::text(&arguments[0]).is_empty() {
        return Ok(texts(vec![String::new()]));
    }
    let (mut parts, mut start, mut end) = (Vec::new(), 0, 0);
    for found in regex.find_iter(&text) {
        if parts.len() + 1 == count {
            break;
        }
        call.steps(4)?;
        call.bytes(size_of::<Value>())?;
        end = found.start();
        if found.end() != 0 {
            parts.push(text[start..end].to_owned());
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(text[start..].to_owned());
    }
    Ok(texts(parts))
}
