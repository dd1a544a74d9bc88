//! Paths.

use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    function("base", "s", |call, arguments| on(call, arguments, base)),
    function("dir", "s", |call, arguments| on(call, arguments, dir)),
    function("clean", "s", |call, arguments| on(call, arguments, clean)),
    function("ext", "s", |call, arguments| on(call, arguments, ext)),
    function("isAbs", "s", |_, arguments| Ok(cast::text(&arguments[0]).starts_with('/').into())),
    function("osBase", "s", |call, arguments| on(call, arguments, base)),
    function("osDir", "s", |call, arguments| on(call, arguments, dir)),
    function("osClean", "s", |call, arguments| on(call, arguments, clean)),
    function("osExt", "s", |call, arguments| on(call, arguments, ext)),
    function("osIsAbs", "s", |_, arguments| Ok(cast::text(&arguments[0]).starts_with('/').into())),
];

fn on(call: &mut Call<'_, '_>, arguments: &[Value], each: fn(&str) -> String) -> Result<Value> {
    let path = cast::text(&arguments[0]);
    call.bytes(path.len())?;
    Ok(each(&path).into())
}

fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/".to_owned(),
        Some(base) => base.to_owned(),
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |end| &path[..=end]))
}

fn ext(path: &str) -> String {
    let base = path.rsplit('/').next().unwrap_or(path);
    base.rfind('.').map_or("", |at| &base[at..]).to_owned()
}

/// `path.Clean`
pub(super) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
