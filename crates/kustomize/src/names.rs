//! The steps that rename: `namespace`, `namePrefix`, `nameSuffix`; and `replicas`.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, Leaf};
use crate::resource::{Id, Resource};
use crate::set::Set;
use crate::shape;
use crate::value::{Data, Value};
use std::sync::Arc;

/// Sets the namespace of every object that is not known to be cluster-scoped.
pub(crate) fn namespace(
    set: &mut Set,
    namespace: &Value,
    specs: &[FieldSpec],
    unset_only: bool,
) -> Result<()> {
    let text = namespace.text();
    let new = Value::string(text, namespace.span);
    for resource in &mut set.resources {
        if unset_only && !resource.id().namespace.is_empty() {
            continue;
        }
        resource.remember_id();
        let id = resource.id().clone();
        if *id.gvk.kind == *"Namespace" && id.gvk.group.is_empty() {
            resource.set_name(text, Some(namespace.span));
        } else if !id.gvk.is_cluster_scoped() {
            let root = resource.value.span;
            if let Some(metadata) = resource.value.get_or_insert("metadata", root) {
                metadata.set("namespace", namespace.span, new.clone());
            }
        }
        if matches!(&*id.gvk.kind, "RoleBinding" | "ClusterRoleBinding") {
            default_subjects(resource, &new);
        }
        for spec in specs.iter().filter(|spec| spec.is_for(&id) && spec.path != "metadata/namespace") {
            spec.visit(&mut resource.value, Leaf::Word, namespace.span, &mut |value| {
                value.replace_with(new.clone());
                Ok(())
            })?;
        }
    }
    set.refuse_twins(namespace.span)
}

/// Of the subjects of a binding, only the service account `default` gets the namespace; other references follow their
/// objects.
fn default_subjects(resource: &mut Resource, namespace: &Value) {
    if resource.value.get("subjects").is_none() {
        return;
    }
    let Some(Value { data: Data::List(subjects), .. }) = resource.value.get_mut("subjects") else { return };
    for subject in subjects {
        if subject.text_of("kind") == "ServiceAccount" && subject.text_of("name") == "default" {
            subject.set("namespace", namespace.span, namespace.clone());
        }
    }
}

/// The longest part of a name, in bytes; Kubernetes allows 253 for a whole name.
const MAX_NAME: usize = 4096;

/// Which end of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Prefix,
    Suffix,
}

/// Puts `affix` before or behind the names.
pub(crate) fn affix(set: &mut Set, end: End, affix: &Value, specs: &[FieldSpec]) -> Result<()> {
    let text = affix.text();
    refuse_long(affix)?;
    for resource in &mut set.resources {
        let id = resource.original_id().clone();
        if matches!(&*id.gvk.kind, "CustomResourceDefinition" | "APIService" | "Namespace") {
            continue;
        }
        for spec in specs.iter().filter(|spec| spec.is_for(&id)) {
            if spec.path == "metadata/name" && !text.is_empty() {
                resource.remember_id();
                let affixes =
                    if end == End::Prefix { &mut resource.prefixes } else { &mut resource.suffixes };
                affixes.push(text.to_owned());
            }
            spec.visit(&mut resource.value, Leaf::Word, affix.span, &mut |value| {
                let old = value.text();
                let new = if end == End::Prefix { format!("{text}{old}") } else { format!("{old}{text}") };
                // With several affixes, the original text is the one that they surround.
                let first = value.replaced.or(value.replaced_by(affix.span));
                *value = Value { replaced: first, ..Value::string(new, affix.span) };
                Ok(())
            })?;
        }
    }
    set.refuse_twins(affix.span)
}

/// Names are copied into every object, so their length matters.
pub(crate) fn refuse_long(text: &Value) -> Result<()> {
    if text.text().len() <= MAX_NAME {
        return Ok(());
    }
    Err(Error::unsupported(
        text.span,
        format!("this is longer than {MAX_NAME} bytes; no object can have this name"),
    ))
}

/// One entry of `replicas`.
pub(crate) fn replicas(set: &mut Set, entry: &Value, specs: &[FieldSpec]) -> Result<()> {
    let name = entry.text_of("name");
    let count = entry.get("count").map_or(entry.span, |count| count.span);
    let text: Arc<str> = shape::number(entry.get("count"), 0).to_string().into();
    let mut found = false;
    for number in set.candidates(Some(name), None) {
        let is_called = |id: &&Arc<Id>| *id.name == *name;
        let ids: Vec<Arc<Id>> = set.resources[number].ids().filter(is_called).cloned().collect();
        for spec in specs.iter().filter(|spec| ids.iter().any(|id| spec.is_for(id))) {
            found = true;
            set.change(number, |resource| {
                spec.visit(&mut resource.value, Leaf::Word, count, &mut |value| {
                    value.replace_with(Value::plain(text.clone(), count));
                    Ok(())
                })
            })?;
        }
    }
    let missing = || Error::missing(entry.span, format!("nothing called `{name}` has replicas"));
    if found { Ok(()) } else { Err(missing()) }
}
