//! `vars`: the old way to copy a value into containers, as `$(NAME)`.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::loader::Build;
use crate::path;
use crate::resource::{Gvk, Id, Resource};
use crate::set::Set;
use crate::value::{Data, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Replaces variables in containers, labels and annotations by the values of `vars`.
pub(crate) fn resolve(build: &Build<'_>, set: &mut Set, vars: &[Value], specs: &[FieldSpec]) -> Result<()> {
    if vars.is_empty() {
        return Ok(());
    }
    let mut values: HashMap<&str, Value> = HashMap::new();
    let mut bound: HashMap<Arc<str>, &Resource> = HashMap::new();
    for resource in &set.resources {
        for name in &resource.vars {
            bound.entry(name.clone()).or_insert(resource);
        }
    }
    for var in vars {
        let name = var.text_of("name");
        if values.contains_key(name) {
            return Err(Error::at(var.span, format!("the variable `{name}` is here twice")));
        }
        match value(&bound, var) {
            Err(error) if error.is_missing && set.is_partial => {}
            found => drop(values.insert(name, found?)),
        }
    }
    for resource in &mut set.resources {
        let id = resource.original_id().clone();
        for spec in specs.iter().filter(|spec| spec.is_for(&id)) {
            let span = resource.value.span;
            spec.visit(&mut resource.value, Leaf::Word, span, &mut |value| match &mut value.data {
                Data::Map(members) => {
                    members.iter_mut().try_for_each(|member| expand(build, &mut member.value, &values))
                }
                _ => expand(build, value, &values),
            })?;
        }
    }
    Ok(())
}

/// Stores in the objects of a kustomization which of its variables refer to them; objects that are added later do not count.
pub(crate) fn bind(set: &mut Set, vars: &[Value]) -> Result<()> {
    for var in vars {
        let name = var.text_of("name");
        let (reference, due) = referred(var);
        match set.selected(&due)[..] {
            [] => {}
            [number] => set.resources[number].vars.push(name.into()),
            _ => {
                let message = format!("the variable `{name}` may refer to several objects");
                return Err(Error::at(reference.span, message));
            }
        }
    }
    Ok(())
}

/// The object and the field that a variable refers to.
fn referred(var: &Value) -> (&Value, Id) {
    let reference = var.get("objref").unwrap_or(var);
    let api_version = reference.text_of("apiVersion");
    let mut gvk = Gvk::new(api_version, reference.shared_text_of("kind"));
    if api_version.is_empty() {
        reference.text_of("group").clone_into(&mut gvk.group);
        reference.text_of("version").clone_into(&mut gvk.version);
    }
    let [name, namespace] = ["name", "namespace"].map(|key| reference.shared_text_of(key));
    (reference, Id { gvk, name, namespace })
}

fn value(bound: &HashMap<Arc<str>, &Resource>, var: &Value) -> Result<Value> {
    let name = var.text_of("name");
    let (reference, _) = referred(var);
    let missing = || Error::missing(reference.span, format!("the variable `{name}` refers to no object"));
    let resource = bound.get(name).ok_or_else(missing)?;
    let field =
        var.get("fieldref").and_then(|field| field.get("fieldpath").or_else(|| field.get("fieldPath")));
    let path = field.map_or("metadata.name", Value::text);
    let path = if path.is_empty() { "metadata.name" } else { path };
    let found = path::get(&resource.value, &path::split(&path.replace('[', ".").replace(']', "")));
    let found = found.ok_or_else(|| {
        Error::missing(field.unwrap_or(var).span, format!("{} has no `{path}`", resource.id()))
    })?;
    Ok(found.clone())
}

/// Replaces `$(NAME)`; `$$(NAME)` is an escape, and unknown names stay.
fn expand(build: &Build<'_>, value: &mut Value, values: &HashMap<&str, Value>) -> Result<()> {
    let Data::Word(word) = &value.data else { return Ok(()) };
    let text = word.text.clone();
    let known = |name: &str| values.get(name);
    if let Some(whole) = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).and_then(known) {
        build.spend_value(whole, 0, value.span)?;
        value.replace_with(whole.clone());
        return Ok(());
    }
    let mut expanded = String::new();
    let mut rest = &*text;
    let mut place = value.span;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = escaped;
            continue;
        }
        let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        match name.and_then(|(name, behind)| Some((known(name)?, behind))) {
            Some((found, behind)) => {
                build.spend_text(found.text(), value.span)?;
                expanded.push_str(found.text());
                place = found.span;
                rest = behind;
            }
            None => expanded.push('$'),
        }
    }
    expanded.push_str(rest);
    if expanded != *text {
        value.replace_with(Value::string(expanded, place));
    }
    Ok(())
}
