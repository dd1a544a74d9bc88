//! Paths to the fields that a step changes, as kustomize writes them: `spec/template/metadata/labels`. A path does not
//! mention the lists on its way: it leads into each item.

use crate::error::{Error, Result};
use crate::reader::MAX_DEPTH;
use crate::resource::{Gvk, Id};
use crate::shared::Shared;
use crate::value::{Data, Value};
use spanned_yaml::Span;

/// A field in some kinds of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    pub(crate) gvk: Gvk,
    pub(crate) path: String,
    /// The segments of the path.
    segments: Vec<String>,
    pub(crate) create: bool,
}

/// The kinds that run pods, and the path to the spec of a pod in each.
pub(crate) const PODS: [(&str, &str); 7] = [
    ("Pod", "spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];
/// The kind with the spec of a pod that runs no pod.
pub(crate) const POD_TEMPLATE: (&str, &str) = ("PodTemplate", "template/spec");

/// The value of a field that is created.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Word,
    Map,
}

impl FieldSpec {
    pub(crate) fn new(kind: &str, path: &str, create: bool) -> Self {
        let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
        let gvk = Gvk { group: group.into(), version: String::new(), kind: kind.into() };
        Self { gvk, path: path.into(), segments: segments(path), create }
    }

    /// A field that the user wrote.
    pub(crate) fn read(value: &Value) -> Self {
        let text = |key: &str| value.text_of(key).to_owned();
        Self {
            gvk: Gvk { group: text("group"), version: text("version"), kind: value.shared_text_of("kind") },
            path: text("path"),
            segments: segments(value.text_of("path")),
            create: value.get("create").is_some_and(Value::is_true),
        }
    }

    /// Whether the field is for this kind.
    pub(crate) fn is_for(&self, id: &Id) -> bool {
        id.gvk.is_selected_by(&self.gvk)
    }

    /// Calls `change` for each value at the path; `at` is the place of new values.
    pub(crate) fn visit(
        &self,
        value: &mut Shared,
        leaf: Leaf,
        at: Span,
        change: &mut dyn FnMut(&mut Value) -> Result<()>,
    ) -> Result<()> {
        self.visit_if(value, leaf, at, &|_| true, change)
    }

    /// Calls `look` for each value at the path.
    pub(crate) fn look_at(&self, value: &Value, look: &mut dyn FnMut(&Value)) {
        look_at(value, &self.segments, look);
    }

    /// Does the same as `visit`, but only if `is_due` holds for at least one of the values.
    pub(crate) fn visit_if(
        &self,
        value: &mut Shared,
        leaf: Leaf,
        at: Span,
        is_due: &dyn Fn(&Value) -> bool,
        change: &mut dyn FnMut(&mut Value) -> Result<()>,
    ) -> Result<()> {
        if self.segments.len() > MAX_DEPTH {
            return Err(Error::unsupported(at, "a field path is too long"));
        }
        let walk = Walk { create: self.create, leaf, at, path: &self.path };
        // If nothing changes, the value must not be copied.
        if walk.goes_anywhere(value, &self.segments, is_due) {
            walk.visit(value, &self.segments, change)
        } else {
            Ok(())
        }
    }
}

/// The segments of a path; `\/` is a slash inside a segment.
fn segments(path: &str) -> Vec<String> {
    path.replace("\\/", "\u{0}").split('/').map(|segment| segment.replace('\u{0}', "/")).collect()
}

fn look_at(value: &Value, segments: &[String], look: &mut dyn FnMut(&Value)) {
    if value.is_list() {
        return value.items().iter().for_each(|item| look_at(item, segments, look));
    }
    let Some((segment, rest)) = segments.split_first() else { return look(value) };
    if let Some(value) = value.get(segment.trim_end_matches("[]")).filter(|value| !value.is_null()) {
        look_at(value, rest, look);
    }
}

struct Walk<'w> {
    create: bool,
    leaf: Leaf,
    at: Span,
    path: &'w str,
}

impl Walk<'_> {
    /// Whether a visit changes or creates a value, or fails.
    fn goes_anywhere(&self, value: &Value, segments: &[String], is_due: &dyn Fn(&Value) -> bool) -> bool {
        if value.is_list() {
            return value.items().iter().any(|item| self.goes_anywhere(item, segments, is_due));
        }
        let Some((segment, rest)) = segments.split_first() else { return is_due(value) };
        if let Data::Word(_) = value.data {
            return !value.is_null();
        }
        match value.get(segment.trim_end_matches("[]")).filter(|value| !value.is_null()) {
            Some(value) => self.goes_anywhere(value, rest, is_due),
            None => self.create && !segment.ends_with("[]"),
        }
    }

    fn visit(
        &self,
        value: &mut Value,
        segments: &[String],
        change: &mut dyn FnMut(&mut Value) -> Result<()>,
    ) -> Result<()> {
        if let Data::List(items) = &mut value.data {
            return items.iter_mut().try_for_each(|item| self.visit(item, segments, change));
        }
        let Some((segment, rest)) = segments.split_first() else { return change(value) };
        let key = segment.trim_end_matches("[]");
        if let Data::Word(_) = value.data {
            if value.is_null() {
                return Ok(());
            }
            let message =
                format!("`{}` is not a map, so it has no `{key}` for `{}`", value.text(), self.path);
            return Err(Error::at(value.span, message));
        }
        let missing = value.get(key).is_none_or(Value::is_null);
        if missing {
            // A list is never created.
            if !self.create || segment.ends_with("[]") {
                return Ok(());
            }
            let new = if rest.is_empty() && self.leaf == Leaf::Word {
                Value::string("", self.at)
            } else {
                Value::map(self.at)
            };
            value.set(key, self.at, new);
        }
        value.get_mut(key).map_or(Ok(()), |value| self.visit(value, rest, change))
    }
}
