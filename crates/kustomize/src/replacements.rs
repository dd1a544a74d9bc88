//! `replacements`: copies a value of one object into fields of others.

use crate::error::{Error, Result};
use crate::loader::Build;
use crate::path::{self, Create};
use crate::place::Place;
use crate::reader::MAX_DEPTH;
use crate::resource::{Gvk, Id, Resource};
use crate::selector;
use crate::set::Set;
use crate::shape::{self, REPLACEMENT};
use crate::value::{Data, Value, Word};

/// Applies one entry of `replacements`, which is inline or a file with one or several entries.
pub(crate) fn apply(build: &Build<'_>, place: &Place, entry: &Value, set: &mut Set) -> Result<()> {
    let Some(file) = entry.get("path").filter(|path| !path.text().is_empty()) else {
        return replace(build, entry, set);
    };
    if entry.get("source").is_some() || entry.get("targets").is_some() {
        return Err(Error::at(file.span, "a replacement has `path`, or `source` and `targets`"));
    }
    let text = build.load(place, file)?;
    let Some(read) = build.document(&text)? else { return Ok(()) };
    let list = if read.is_list() { read.items().to_vec() } else { vec![Value::clone(&read)] };
    for mut replacement in list {
        REPLACEMENT.check(&mut replacement, "replacements").map_err(|error| error.via(entry.span))?;
        let copied = replace(build, &replacement, set).map_err(|error| error.via(entry.span));
        build.go_on(set, copied)?;
    }
    Ok(())
}

fn replace(build: &Build<'_>, replacement: &Value, set: &mut Set) -> Result<()> {
    let field = |key: &str| replacement.get(key).filter(|value| !value.is_null());
    let Some(targets) = field("targets") else {
        return Err(Error::at(replacement.span, "a replacement needs `targets`"));
    };
    let value = match (field("source"), field("sourceValue")) {
        (Some(source), None) => source_value(source, set)?,
        (None, Some(value)) => value.clone(),
        _ => return Err(Error::at(replacement.span, "a replacement needs `source`, or `sourceValue`")),
    };
    for target in targets.items() {
        let Some(select) = target.get("select").filter(|select| !select.is_null()) else {
            return Err(Error::at(target.span, "the target needs a `select`"));
        };
        let rejects = target.get("reject").map_or(&[][..], Value::items);
        // An invalid selector is an error, even if no object is compared with it.
        let by_pairs = [select.text_of("labelSelector"), select.text_of("annotationSelector")];
        let numbers = if by_pairs.iter().all(|pairs| pairs.is_empty()) {
            set.selected(&pattern(select))
        } else {
            (0..set.resources.len()).collect()
        };
        build.spend(numbers.len(), target.span)?;
        let (is_partial, by_parts) = (set.is_partial, is_done_by_parts(target));
        for number in numbers {
            if is_selected(&set.resources[number], select, rejects)? {
                set.change(number, |resource| {
                    let copied = |resource: &mut Resource| copy(build, resource, target, &value);
                    build.attempt(resource, is_partial, by_parts, copied)
                })?;
            }
        }
    }
    Ok(())
}

/// The identity that a selector matches; empty parts match anything.
fn pattern(selector: &Value) -> Id {
    let text = |key: &str| selector.text_of(key).to_owned();
    let gvk = Gvk { group: text("group"), version: text("version"), kind: selector.shared_text_of("kind") };
    let [name, namespace] = ["name", "namespace"].map(|key| selector.shared_text_of(key));
    Id { gvk, name, namespace }
}

fn is_selected(resource: &Resource, select: &Value, rejects: &[Value]) -> Result<bool> {
    if !selector::has_pairs(select, resource)? {
        return Ok(false);
    }
    let any = |pattern: &Id| resource.ids().any(|id| id.is_selected_by(pattern));
    if !any(&pattern(select)) {
        return Ok(false);
    }
    for reject in rejects {
        let by_pairs =
            !reject.text_of("labelSelector").is_empty() || !reject.text_of("annotationSelector").is_empty();
        if by_pairs && selector::has_pairs(reject, resource)? {
            return Ok(false);
        }
        let pattern = pattern(reject);
        if pattern != Id::default() && any(&pattern) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn source_value(source: &Value, set: &Set) -> Result<Value> {
    let due = pattern(source);
    let resource = match set.selected(&due)[..] {
        [] => return Err(Error::missing(source.span, "no object matches this source")),
        [number] => &set.resources[number],
        _ => return Err(Error::at(source.span, "several objects match this source")),
    };
    let field = source.get("fieldPath").filter(|path| !path.text().is_empty());
    let path = field.map_or("metadata.name", Value::text);
    let span = field.unwrap_or(source).span;
    let value = path::get(&resource.value, &path::split(path)).filter(|value| !value.is_empty());
    let mut value =
        value.ok_or_else(|| Error::missing(span, format!("{} has no `{path}`", resource.id())))?.clone();
    let Some((delimiter, index)) = delimiter(source) else { return Ok(value) };
    let Data::Word(word) = &mut value.data else {
        return Err(Error::at(span, "only a string can be split at a delimiter"));
    };
    let part = usize::try_from(index).ok().and_then(|index| word.text.split(&delimiter).nth(index));
    let part =
        part.ok_or_else(|| Error::missing(span, format!("`{}` has no part {index}", word.text)))?.into();
    word.text = part;
    Ok(value)
}

fn delimiter(value: &Value) -> Option<(String, i64)> {
    let options = value.get("options")?;
    let delimiter = options.text_of("delimiter");
    (!delimiter.is_empty()).then(|| (delimiter.to_owned(), shape::number(options.get("index"), 0)))
}

/// Whether some fields may already be set when another one is missing.
fn is_done_by_parts(target: &Value) -> bool {
    let paths = target.get("fieldPaths").map_or(&[][..], Value::items);
    let is_one = paths.len() <= 1 && paths.iter().all(|path| !path.text().contains(['*', '[']));
    !is_one || target.at(&["options", "create"]).is_some_and(Value::is_true)
}

fn copy(build: &Build<'_>, resource: &mut Resource, target: &Value, value: &Value) -> Result<()> {
    let create = target.at(&["options", "create"]).is_some_and(Value::is_true);
    let delimiter = delimiter(target);
    let default = [Value::string("metadata.name", target.span)];
    let paths = target.get("fieldPaths").map(Value::items).filter(|paths| !paths.is_empty());
    for field in paths.unwrap_or(&default) {
        let create = create.then_some(Create { like: value, at: value.span });
        let id = resource.id().clone();
        let parts = path::split(field.text());
        if parts.len() > MAX_DEPTH {
            return Err(Error::unsupported(field.span, "a field path is too long"));
        }
        let count = path::visit(&mut resource.value, &parts, create, &mut |found| {
            build.spend_value(value, parts.len(), field.span)?;
            put(found, value, delimiter.as_ref())?;
            build.spend_text(found.text(), field.span)
        })
        .map_err(|error| error.via(field.span))?;
        if count == 0 {
            return Err(Error::missing(field.span, format!("{id} has no `{}`", field.text())));
        }
    }
    Ok(())
}

/// For a scalar, only the text changes: a number stays a number, and a string a string.
fn put(found: &mut Value, value: &Value, delimiter: Option<&(String, i64)>) -> Result<()> {
    let text = match &value.data {
        Data::Word(word) => word.text.clone(),
        _ => "".into(),
    };
    let Data::Word(word) = &mut found.data else {
        if delimiter.is_some() {
            return Err(Error::at(found.span, "only a string can be split at a delimiter"));
        }
        found.replace_with(value.clone());
        return Ok(());
    };
    let text = match delimiter {
        None => text,
        Some((delimiter, index)) => {
            let mut parts: Vec<&str> = word.text.split(delimiter.as_str()).collect();
            match usize::try_from(*index) {
                Err(_) => parts.insert(0, &text),
                Ok(index) if index >= parts.len() => parts.push(&text),
                Ok(index) => parts[index] = &text,
            }
            parts.join(delimiter).into()
        }
    };
    // A new value has no type yet; its text decides.
    let is_new = word.text.is_empty() && found.span == value.span;
    if is_new {
        *word = Word { text, plain: true };
    } else if !word.take(text) {
        let message = "the new value must be a number, a boolean or null, like the old one";
        return Err(Error::at(value.span, message));
    }
    found.replaced = found.replaced_by(value.span);
    found.span = value.span;
    Ok(())
}
