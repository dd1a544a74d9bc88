//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::json_patch::{self, Operation};
use crate::loader::Build;
use crate::merge;
use crate::objects;
use crate::place::Place;
use crate::resource::{Id, Resource};
use crate::schema::Schema;
use crate::selector::{Selector, Target};
use crate::set::Set;
use crate::text::{Text, is_text};
use crate::value::{Data, Dialect, Value};
use spanned_yaml::Span;
use std::sync::Arc;

/// A patch as it was read.
#[derive(Debug)]
pub(crate) enum Patch {
    Merge(Vec<Value>),
    Json(Vec<Operation>),
}

impl Patch {
    /// The number of its values.
    fn values(&self) -> usize {
        match self {
            Self::Merge(patches) => patches.iter().map(|patch| patch.extent().0).sum(),
            Self::Json(operations) => json_patch::values(operations),
        }
    }
}

/// The step of one entry of `patches`.
pub(crate) fn patch(build: &Build<'_>, place: &Place, entry: &Value, set: &mut Set) -> Result<()> {
    let text = text_of(build, place, entry, "patch")?;
    let target = entry.get("target").filter(|target| !target.is_null());
    let option = |name: &str| entry.at(&["options", name]).is_some_and(Value::is_true);
    let patch = if build.is_asked_again(place, &text) {
        Cache::parsed(&build.cache.patches, &text, || read(&text), Patch::values)?
    } else {
        read(&text).map(Arc::new)?
    };
    let (rename, rekind) = (option("allowNameChange"), option("allowKindChange"));
    match (&*patch, target) {
        (Patch::Json(_), None) => {
            Err(Error::at(entry.span, "a JSON6902 patch needs a `target` that says what it is for"))
        }
        (Patch::Json(operations), Some(target)) => {
            let by_parts = json_patch::is_done_by_parts(operations);
            change_selected(build, set, target, by_parts, |resource| {
                resource.remember_id();
                apply_json(build, operations, resource).map_err(|error| error.via(entry.span))
            })
        }
        (Patch::Merge(patches), None) => patches.iter().try_for_each(|patch| {
            let done = apply_by_id(build, set, patch, rename, rekind);
            build.go_on(set, done.map_err(|error| error.via(entry.span))).map(drop)
        }),
        (Patch::Merge(patches), Some(target)) => {
            Selector::read(target)?;
            if let [_, second, ..] = &patches[..] {
                let message = "several strategic merge patches in one entry cannot have a `target`";
                return Err(Error::at(second.span, message).via(entry.span));
            }
            let Some(patch) = patches.first() else { return Ok(()) };
            let patch = with_texts(patch);
            // A merge needs only the object.
            change_selected(build, set, target, false, |resource| {
                apply_merge(build, resource, &patch, rename, rekind).map_err(|error| error.via(entry.span))
            })?;
            set.refuse_new_twins(entry.span)
        }
    }
}

/// Changes the objects that a target selects. A target that selects none is recorded.
fn change_selected(
    build: &Build<'_>,
    set: &mut Set,
    target: &Value,
    by_parts: bool,
    change: impl Fn(&mut Resource) -> Result<()>,
) -> Result<()> {
    let selector = Selector::read(target)?;
    let candidates = set.candidates(selector.name(), selector.kind());
    build.spend(candidates.len(), target.span)?;
    let is_partial = set.is_partial;
    let mut is_matched = false;
    for number in candidates {
        let resource = &set.resources[number];
        // An object that an earlier patch deleted no longer exists.
        if !resource.value.is_empty() && selector.selects(resource) {
            is_matched = true;
            set.change(number, |resource| build.attempt(resource, is_partial, by_parts, &change))?;
        }
    }
    if is_matched {
        build.cache.note_matched(target.span);
        build.trace.borrow_mut().matched.insert(target.span);
    } else if !set.is_partial {
        set.unmatched.push(Target::of(target));
    }
    Ok(())
}

/// The step of `patchesStrategicMerge`: paths, or patches themselves.
pub(crate) fn strategic_merge(
    build: &Build<'_>,
    place: &Place,
    entries: &[Value],
    set: &mut Set,
) -> Result<()> {
    let mut patches = Vec::new();
    for entry in entries {
        let read = match build.objects(&build.inline(entry)) {
            Ok(objects) if !objects.is_empty() => Ok(objects),
            Err(error) if is_text(entry) => Err(error),
            _ => build.load(place, entry).and_then(|text| {
                let read = build.objects(&text).map_err(|error| error.via(entry.span))?;
                if read.is_empty() { Err(Error::at(entry.span, "the patch is empty")) } else { Ok(read) }
            }),
        };
        patches.extend(build.go_on(set, read)?);
    }
    patches.iter().flat_map(|patches| patches.iter()).try_for_each(|patch| {
        let done = apply_by_id(build, set, &with_texts(&patch.value), false, false);
        build.go_on(set, done).map(drop)
    })
}

/// The copy of a patch that kustomize merges: labels and annotations become strings, even null, which then removes nothing.
fn with_texts(patch: &Value) -> Value {
    let mut patch = patch.clone();
    for key in ["labels", "annotations"] {
        let found = patch.get_mut("metadata").and_then(|metadata| metadata.get_mut(key));
        let Some(Data::Map(members)) = found.map(|found| &mut found.data) else { continue };
        for member in members {
            if let Data::Word(word) = &mut member.value.data {
                word.plain = false;
            }
        }
    }
    patch
}

/// The step of one entry of `patchesJson6902`.
pub(crate) fn json6902(
    build: &Build<'_>,
    place: &Place,
    entry: &Value,
    set: &mut Set,
    inline: &str,
) -> Result<()> {
    let Some(target) = entry.get("target").filter(|target| !target.is_null()) else {
        return Err(Error::at(entry.span, "this patch needs a `target`"));
    };
    if target.text_of("name").is_empty() {
        return Err(Error::at(target.span, "the target needs a `name`"));
    }
    let text = text_of(build, place, entry, inline)?;
    let operations =
        Cache::parsed(&build.cache.operations, &text, || operations(&text), |made| json_patch::values(made))?;
    let by_parts = json_patch::is_done_by_parts(&operations);
    change_selected(build, set, target, by_parts, |resource| {
        apply_json(build, &operations, resource).map_err(|error| error.via(entry.span))
    })
}

/// The text of a patch: inline under `key`, or the file at `path`.
fn text_of(build: &Build<'_>, place: &Place, entry: &Value, key: &str) -> Result<Text> {
    let field = |key: &str| entry.get(key).filter(|value| !value.text().trim().is_empty());
    match (field(key), field("path")) {
        (Some(inline), None) => Ok(build.inline(inline)),
        (None, Some(path)) => build.load(place, path),
        (None, None) => Err(Error::at(entry.span, format!("a patch needs `{key}` or `path`"))),
        (Some(_), Some(path)) => {
            Err(Error::at(path.span, format!("a patch has `{key}` or `path`, not both")))
        }
    }
}

fn read(text: &Text) -> Result<Patch> {
    let text = &text.clone().for_several();
    let objects = objects::values(text);
    // A map contains no operations.
    if text.begins_with_map()
        && let Ok(objects) = objects
    {
        return if objects.is_empty() {
            Err(Error::at(text.whole(), "the patch is empty"))
        } else {
            Ok(Patch::Merge(objects))
        };
    }
    match (objects, operations(text)) {
        (Ok(objects), _) if objects.is_empty() => Err(Error::at(text.whole(), "the patch is empty")),
        (Ok(_), Ok(_)) => {
            Err(Error::at(text.whole(), "this is a strategic merge patch and a JSON6902 patch at once"))
        }
        (Ok(objects), _) => Ok(Patch::Merge(objects)),
        (_, Ok(operations)) if operations.is_empty() => Err(Error::at(text.whole(), "the patch is empty")),
        (_, Ok(operations)) => Ok(Patch::Json(operations)),
        // A list was meant to contain operations.
        (Err(_), Err(error)) if text.content.trim_start().starts_with(['-', '[']) => Err(error),
        (Err(error), _) => Err(error),
    }
}

/// The operations of a JSON6902 patch: of several documents, only the first one counts.
fn operations(text: &Text) -> Result<Vec<Operation>> {
    // A text that starts with a bracket is read only as JSON.
    if text.content.trim_start().starts_with('[')
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text.content)
    {
        return Err(Error::at(
            text.whole(),
            format!("the patch begins like JSON and is not valid JSON: {error}"),
        ));
    }
    let Some(list) = text.first_document(Dialect::Json)? else {
        return Err(Error::at(text.whole(), "the patch is empty"));
    };
    json_patch::read(&list)
}

pub(crate) fn apply_by_id(
    build: &Build<'_>,
    set: &mut Set,
    patch: &Value,
    rename: bool,
    rekind: bool,
) -> Result<()> {
    let span = patch.at(&["metadata", "name"]).unwrap_or(patch).span;
    let index = set.by_id(&Id::of(patch), span)?;
    set.change(index, |resource| apply_merge(build, resource, patch, rename, rekind))
}

/// A strategic merge changes the name and the kind only if that is allowed, and never the version and the namespace.
fn apply_merge(
    build: &Build<'_>,
    resource: &mut Resource,
    patch: &Value,
    rename: bool,
    rekind: bool,
) -> Result<()> {
    let keep = |value: &Value, key: &str| value.at(&["metadata", key]).cloned();
    let (name, namespace) = (keep(&resource.value, "name"), keep(&resource.value, "namespace"));
    let (version, kind) = (resource.value.get("apiVersion").cloned(), resource.value.get("kind").cloned());
    if rename || rekind {
        resource.remember_id();
    }
    let id = resource.id().clone();
    merge::merge(&mut resource.value, patch, Schema::of(&id.gvk, build.schema().as_deref()))?;
    if resource.value.is_empty() {
        return Ok(());
    }
    if let Some(version) = version {
        resource.value.put("apiVersion", version.span, version);
    }
    if let Some(kind) = kind.filter(|_| !rekind) {
        resource.value.put("kind", kind.span, kind);
    }
    let root = resource.value.span;
    let Some(metadata) = resource.value.get_or_insert("metadata", root) else { return Ok(()) };
    if let Some(name) = name.filter(|_| !rename) {
        metadata.put("name", name.span, name);
    }
    match namespace {
        Some(namespace) => metadata.put("namespace", namespace.span, namespace),
        None => drop(metadata.remove("namespace")),
    }
    Ok(())
}

/// kustomize stores annotations of its own in objects that were renamed or are patched, so there always are annotations.
fn apply_json(build: &Build<'_>, operations: &[Operation], resource: &mut Resource) -> Result<()> {
    let kept = !resource.previous.is_empty();
    if kept {
        let at: Span = resource.value.span;
        let metadata = resource.value.get_or_insert("metadata", at);
        metadata.and_then(|metadata| metadata.get_or_insert("annotations", at).map(drop));
    }
    let applied = json_patch::apply(build, operations, &mut resource.value);
    if let Some(metadata) = resource.value.get_mut("metadata").filter(|_| kept)
        && metadata.get("annotations").is_some_and(Value::is_empty)
    {
        metadata.remove("annotations");
    }
    applied?;
    if resource.kind().is_empty() || resource.name().is_empty() {
        return Err(Error::at(resource.value.span, "the patch removes `kind` or `metadata.name`"));
    }
    Ok(())
}
