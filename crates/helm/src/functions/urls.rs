//! URLs, as sprig shows those of Go's `net/url`.

use super::cast;
use super::dicts::map_of;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Map, Value};
use std::fmt::Write;

pub(super) const TABLE: &[Function] = &[function("urlParse", "s", parse), function("urlJoin", "m", join)];

#[derive(Debug, Default)]
struct Parts {
    scheme: String,
    opaque: String,
    user: Option<String>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

fn parse(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let text = cast::text(&arguments[0]);
    call.bytes(text.len() * 2)?;
    let parts = match read(&text) {
        Ok(parts) => parts,
        Err(why) => return fail(format!("unable to parse url: parse {text:?}: {why}")),
    };
    let hostname = match parts.host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, _)) => host,
        None => parts.host.rsplit_once(':').map_or(&*parts.host, |(host, _)| host),
    };
    let fields = [
        ("scheme", parts.scheme.as_str()),
        ("host", parts.host.as_str()),
        ("hostname", hostname),
        ("path", &parts.path),
        ("query", &parts.query),
        ("opaque", &parts.opaque),
        ("fragment", &parts.fragment),
        ("userinfo", parts.user.as_deref().unwrap_or_default()),
    ];
    Ok(fields.into_iter().map(|(name, text)| (name, Value::from(text))).collect::<Map>().into())
}

fn read(text: &str) -> std::result::Result<Parts, &'static str> {
    if text.chars().any(|c| c.is_ascii_control()) {
        return Err("net/url: invalid control character in URL");
    }
    let mut parts = Parts::default();
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    parts.fragment = unescape(fragment)?;
    let mut rest = rest;
    let scheme = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    if let Some(end) = scheme.filter(|end| rest[*end..].starts_with(':')) {
        if end == 0 {
            return Err("missing protocol scheme");
        }
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            parts.scheme = rest[..end].to_ascii_lowercase();
            rest = &rest[end + 1..];
        }
    }
    if let Some((before, query)) = rest.split_once('?') {
        (rest, parts.query) = (before, query.to_owned());
    }
    if !rest.starts_with('/') {
        if !parts.scheme.is_empty() {
            rest.clone_into(&mut parts.opaque);
            return Ok(parts);
        }
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return Err("first path segment in URL cannot contain colon");
        }
    }
    if let Some(behind) =
        rest.strip_prefix("//").filter(|_| !parts.scheme.is_empty() || !rest.starts_with("///"))
    {
        let end = behind.find('/').unwrap_or(behind.len());
        let (authority, path) = behind.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        if host.contains([' ', '<', '>', '"']) {
            return Err("invalid character in host name");
        }
        let port = if host.starts_with('[') { host.rsplit_once("]:") } else { host.rsplit_once(':') };
        if port.is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err("invalid port after host");
        }
        (parts.user, parts.host) = (user, unescape(host)?);
        rest = path;
    }
    parts.path = unescape(rest)?;
    Ok(parts)
}

fn unescape(text: &str) -> std::result::Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Err("invalid URL escape");
        };
        bytes.push(byte);
        rest = &behind[2..];
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text with all characters escaped that a part of a URL does not allow.
fn escape(text: &str, allowed: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-_.~".contains(c) || allowed.contains(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn join(call: &mut Call<'_, '_>, arguments: &[Value]) -> Result<Value> {
    let map = map_of(&arguments[0]);
    let field = |name: &str| match map.get(name) {
        None => Ok(String::new()),
        Some(value) => match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None if value.is_nil() => Ok(String::new()),
            None => fail(format!(
                "unable to parse {name} key, must be of type string, but {} found",
                value.type_name()
            )),
        },
    };
    let [scheme, host, path, query, opaque, fragment, user] =
        ["scheme", "host", "path", "query", "opaque", "fragment", "userinfo"].map(field);
    let (scheme, host, path, opaque, user) = (scheme?, host?, path?, opaque?, user?);
    let mut out = String::new();
    if !scheme.is_empty() {
        let _ = write!(out, "{scheme}:");
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
            if !host.is_empty() || !path.is_empty() || !user.is_empty() {
                out.push_str("//");
            }
            if !user.is_empty() {
                let _ = write!(out, "{}@", escape(&user, ":$&+,;="));
            }
            out.push_str(&escape(&host, ":[]!$&'()*+,;="));
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&escape(&path, "/$&+,:;=@!'()*"));
    } else {
        out.push_str(&opaque);
    }
    for (mark, part) in [('?', query?), ('#', escape(&fragment?, "/?$&+,:;=@!'()*"))] {
        if !part.is_empty() {
            out.push(mark);
            out.push_str(&part);
        }
    }
    call.bytes(out.len())?;
    Ok(out.into())
}
