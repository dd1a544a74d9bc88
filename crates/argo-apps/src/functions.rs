//! The functions of Go templates in paths and names: a few of Sprig, and those of Argo CD (`GoTemplate.md`,
//! `applicationset/utils/template_functions.go`).

use crate::budget::MAX_TEXT;
use crate::params::Value;
use crate::text::Text;
use std::sync::Arc;

/// The value of a call; `None` for unsupported functions and arguments.
pub(crate) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("index" | "get", [value, keys @ ..]) => {
            let keys: Option<Vec<String>> = keys.iter().map(known).collect();
            let value = keys?.iter().try_fold(value.clone(), |value, key| value.get(key));
            Some(value.unwrap_or(Value::Null))
        }
        ("default", [fallback, value]) => {
            Some(if value.is_empty() { fallback.clone() } else { value.clone() })
        }
        // The name of a cluster stays the same in lower case.
        ("lower" | "normalize" | "trim" | "toString" | "base", [value @ Value::Open(_)]) => {
            Some(value.clone())
        }
        ("lower", [value]) => Some(Value::text(known(value)?.to_lowercase())),
        ("upper", [value]) => Some(Value::text(known(value)?.to_uppercase())),
        ("trim", [value]) => Some(Value::text(known(value)?.trim())),
        ("toString", [value]) => Some(Value::text(known(value)?)),
        ("normalize", [value]) => Some(Value::text(normalize(&known(value)?))),
        ("base", [value]) => Some(Value::text(base(&known(value)?))),
        ("dir", [value]) => Some(Value::text(directory(&known(value)?))),
        ("trimSuffix", [suffix, value]) => {
            let (suffix, value) = (known(suffix)?, known(value)?);
            Some(Value::text(value.strip_suffix(suffix.as_str()).unwrap_or(&value)))
        }
        ("trimPrefix", [prefix, value]) => {
            let (prefix, value) = (known(prefix)?, known(value)?);
            Some(Value::text(value.strip_prefix(prefix.as_str()).unwrap_or(&value)))
        }
        ("replace", [old, new, value]) => {
            let (old, new, value) = (known(old)?, known(new)?, known(value)?);
            let length =
                value.len().checked_add(value.matches(old.as_str()).count().checked_mul(new.len())?)?;
            (length <= MAX_TEXT).then(|| Value::text(value.replace(&old, &new)))
        }
        ("splitList", [separator, value]) => {
            let (separator, value) = (known(separator)?, known(value)?);
            let parts = value.split(separator.as_str()).map(Value::text).collect();
            (!separator.is_empty()).then(|| Value::List(Arc::new(parts)))
        }
        ("join", [separator, Value::List(items)]) => {
            let separator = known(separator)?;
            let mut joined = String::new();
            for (index, item) in items.iter().enumerate() {
                joined.push_str(if index > 0 { &separator } else { "" });
                joined.push_str(&known(item)?);
                if joined.len() > MAX_TEXT {
                    return None;
                }
            }
            Some(Value::text(joined))
        }
        ("first", [Value::List(items)]) => items.first().cloned(),
        ("last", [Value::List(items)]) => items.last().cloned(),
        ("printf", [format, arguments @ ..]) => printf(&known(format)?, arguments),
        _ => None,
    }
}

/// The text of a value that is neither open nor missing.
fn known(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => text.as_str().map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// `%s`, `%v` and `%d`.
fn printf(format: &str, arguments: &[Value]) -> Option<Value> {
    let mut made = Text::default();
    let mut arguments = arguments.iter();
    let mut pieces = format.split('%');
    made.push_str(pieces.next()?);
    while let Some(piece) = pieces.next() {
        if piece.is_empty() {
            // `%%`, and the text behind it.
            made.push_str("%");
            made.push_str(pieces.next()?);
            continue;
        }
        let rest = piece.strip_prefix(['s', 'v', 'd'])?;
        let argument = arguments.next().filter(|argument| !matches!(argument, Value::Null))?;
        made.push(&argument.print().ok()?);
        made.push_str(rest);
        if made.len() > MAX_TEXT {
            return None;
        }
    }
    arguments.next().is_none().then(|| Value::Text(Arc::new(made)))
}

/// A name in a form that Kubernetes accepts (`SanitizeName`).
pub(crate) fn normalize(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let small = name.to_lowercase();
    let clean: String = small.chars().map(|c| if allowed(c) { c } else { '-' }).take(253).collect();
    clean.trim_matches(['-', '.']).to_owned()
}

/// Go's `path.Base`, of clean paths.
pub(crate) fn base(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    if path.is_empty() { "." } else { path.rsplit('/').next().unwrap_or(path) }
}

/// Go's `path.Dir`, of clean paths.
pub(crate) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(directory, _)| directory)
}
