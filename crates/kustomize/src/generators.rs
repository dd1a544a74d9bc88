//! `configMapGenerator` and `secretGenerator`.

use crate::error::{Error, Result};
use crate::loader::{Build, MAX_TEXT};
use crate::place::Place;
use crate::resource::{Behavior, Resource};
use crate::value::Value;
use base64::prelude::{BASE64_STANDARD as STANDARD, Engine};
use spanned_yaml::Span;
use std::fmt::Write;
use std::sync::Arc;

/// The two kinds that can be generated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ConfigMap,
    Secret,
}

/// A key of the data and its text.
struct Pair {
    key: String,
    key_span: Span,
    text: Arc<str>,
    span: Span,
}

/// Makes the object of one entry; `common` are the `generatorOptions`.
pub(crate) fn generate(
    build: &Build<'_>,
    place: &Place,
    kind: Kind,
    entry: &Value,
    common: Option<&Value>,
) -> Result<Resource> {
    let at = entry.span;
    if entry.text_of("name").is_empty() {
        return Err(Error::at(at, "a generator needs a `name`"));
    }
    let mut object = Value::map(at);
    object.set("apiVersion", at, Value::string("v1", at));
    object.set("kind", at, Value::string(if kind == Kind::Secret { "Secret" } else { "ConfigMap" }, at));
    let mut metadata = Value::map(at);
    for key in ["name", "namespace"] {
        if let Some(member) = entry.member(key).filter(|member| !member.value.text().is_empty()) {
            metadata.set(key, member.key_span, member.value.clone());
        }
    }
    let options = entry.get("options");
    for key in ["labels", "annotations"] {
        let pairs = [common, options].into_iter().flatten().filter_map(|options| options.get(key));
        for pair in pairs.flat_map(Value::members) {
            if let Some(map) = metadata.get_or_insert(key, at) {
                map.set(&pair.key, pair.key_span, pair.value.clone());
            }
        }
    }
    object.set("metadata", at, metadata);
    let mut data = Value::map(at);
    for pair in pairs(build, place, entry)? {
        if data.get(&pair.key).is_some() {
            return Err(Error::at(pair.key_span, format!("the key `{}` is generated twice", pair.key)));
        }
        if pair.text.len() > MAX_TEXT {
            return Err(Error::unsupported(pair.key_span, "this text exceeds the size limit of objects"));
        }
        build.spend_text(&pair.text, pair.span)?;
        let text = if kind == Kind::Secret { base64(&pair.text).into() } else { pair.text };
        data.set(&pair.key, pair.key_span, Value::string(text, pair.span));
    }
    if !data.members().is_empty() {
        object.set("data", at, data);
    }
    if kind == Kind::Secret {
        let name = entry.get("type").filter(|name| !name.text().is_empty());
        object.set("type", at, name.cloned().unwrap_or_else(|| Value::string("Opaque", at)));
    }
    let flag = |key: &str| {
        let set = |options: Option<&Value>| options.and_then(|o| o.get(key)).is_some_and(Value::is_true);
        set(common) || set(options)
    };
    if flag("immutable") {
        object.set("immutable", at, Value::plain("true", at));
    }
    let mut resource = Resource::new(object, build.source(at));
    resource.needs_hash = !flag("disableNameSuffixHash");
    resource.behavior = match entry.text_of("behavior") {
        "merge" => Behavior::Merge,
        "replace" => Behavior::Replace,
        _ => Behavior::Create,
    };
    Ok(resource)
}

/// All keys and texts: from env files, literals and files.
fn pairs(build: &Build<'_>, place: &Place, entry: &Value) -> Result<Vec<Pair>> {
    let list = |key: &str| entry.get(key).map_or(&[][..], Value::items);
    let mut pairs = Vec::new();
    for path in list("envs").iter().chain(entry.get("env").filter(|path| !path.text().is_empty())) {
        let text = build.load(place, path)?;
        let mut offset = 0;
        for line in text.content.split_inclusive('\n') {
            let span = Span::new(text.whole().file, offset, offset + line.trim_end().len());
            offset += line.len();
            let line = line.trim_end_matches(['\n', '\r']).trim_start_matches([' ', '\t']);
            let line = line.strip_prefix('\u{feff}').unwrap_or(line);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A name alone takes its value from the environment, which a build in CI does not have.
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if key.is_empty() {
                continue;
            }
            pairs.push(Pair { key: key.into(), key_span: span, text: value.into(), span });
        }
    }
    for literal in list("literals") {
        let Some((key, value)) = literal.text().split_once('=').filter(|(key, _)| !key.is_empty()) else {
            let message = format!("`{}` is not a literal; write `key=value`", literal.text());
            return Err(Error::at(literal.span, message));
        };
        let text = unquoted(value).into();
        pairs.push(Pair { key: key.into(), key_span: literal.span, text, span: literal.span });
    }
    for file in list("files") {
        let (key, path) = match file.text().split_once('=') {
            Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (key, path),
            Some(_) => {
                return Err(Error::at(file.span, format!("`{}` is not `key=path`", file.text())));
            }
            None => (file.text().rsplit('/').next().unwrap_or_default(), file.text()),
        };
        let text = build.load(place, &Value::string(path, file.span))?;
        let span = Span::new(text.whole().file, 0, text.content.len());
        pairs.push(Pair { key: key.into(), key_span: file.span, text: text.content.clone(), span });
    }
    Ok(pairs)
}

/// Removes quotes around a whole literal.
fn unquoted(text: &str) -> &str {
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}

/// Base64; a text of more than 70 characters is split into lines.
fn base64(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    if encoded.len() < 70 {
        return encoded;
    }
    let mut lines = String::new();
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(70));
        let _ = writeln!(lines, "{line}");
        rest = next;
    }
    lines
}
