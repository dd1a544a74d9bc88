//! JSON6902 patches as in the library that kustomize uses (evanphx/json-patch v4): `replace` of a missing key adds it,
//! `-1` is the last item, and the text before the first slash of a path is ignored.

use crate::error::{Error, Result};
use crate::loader::Build;
use crate::value::{Data, Value};
use spanned_yaml::Scalar;
use spanned_yaml::Span;

/// Of values that only move to make or to fill a gap, so many cost as much as an object that is looked at.
const MOVED: usize = 512;

/// One operation of a patch.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    op: String,
    path: String,
    from: String,
    value: Option<Value>,
    span: Span,
}

/// Reads a list of operations.
pub(crate) fn read(list: &Value) -> Result<Vec<Operation>> {
    let wrong = |value: &Value| Error::at(value.span, "a JSON6902 patch is a list of operations");
    if !list.is_list() {
        return Err(wrong(list));
    }
    let operation = |item: &Value| {
        if !item.is_map() {
            return Err(wrong(item));
        }
        Ok(Operation {
            op: item.text_of("op").to_owned(),
            path: item.text_of("path").to_owned(),
            from: item.text_of("from").to_owned(),
            value: item.get("value").cloned(),
            span: item.get("path").unwrap_or(item).span,
        })
    };
    list.items().iter().map(operation).collect()
}

/// The number of values that are inserted.
pub(crate) fn values(operations: &[Operation]) -> usize {
    operations.iter().filter_map(|operation| operation.value.as_ref()).map(|value| value.extent().0).sum()
}

/// Whether a part of the operations may already be applied when one fails because of a missing value.
pub(crate) fn is_done_by_parts(operations: &[Operation]) -> bool {
    operations.len() > 1 || operations.iter().any(|operation| operation.op == "move")
}

/// Applies all operations.
pub(crate) fn apply(build: &Build<'_>, operations: &[Operation], object: &mut Value) -> Result<()> {
    operations.iter().try_for_each(|operation| operation.apply(build, object))
}

impl Operation {
    fn apply(&self, build: &Build<'_>, object: &mut Value) -> Result<()> {
        match self.op.as_str() {
            "add" => self.add(build, object, self.value()),
            "replace" => {
                build.spend_value(&self.value(), self.path.split('/').count(), self.span)?;
                self.replace(object)
            }
            "remove" => self.remove(build, object, &self.path).map(drop),
            "move" => {
                let value = self.remove(build, object, &self.from)?;
                self.add(build, object, value)
            }
            "copy" => {
                let value = self.get(object, &self.from)?.cloned().unwrap_or_else(|| self.null());
                self.add(build, object, value)
            }
            "test" if self.value.is_none() => Err(self.error("a test needs a `value`")),
            "test" => self.test(object),
            other => Err(self.error(format!("there is no operation `{other}`"))),
        }
    }

    fn value(&self) -> Value {
        self.value.clone().unwrap_or_else(|| self.null())
    }

    fn null(&self) -> Value {
        Value::plain("null", self.span)
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::at(self.span, message)
    }

    fn missing(&self, path: &str) -> Error {
        Error::missing(self.span, format!("there is no `{path}` to {}", self.op))
    }

    /// The collection with the last part of `path`, and that part.
    fn parent<'v>(&self, object: &'v mut Value, path: &str) -> Result<(&'v mut Value, String)> {
        let mut parts: Vec<String> =
            path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        let Some(last) = parts.pop() else { return Err(self.missing(path)) };
        let mut value = object;
        for part in parts {
            let next = match &mut value.data {
                Data::List(items) => {
                    let at = index(&part, items.len());
                    at.and_then(|at| items.get_mut(at))
                }
                Data::Map(members) => members.get_mut(&part),
                Data::Word(_) => None,
            };
            value = next.ok_or_else(|| self.missing(path))?;
        }
        Ok((value, last))
    }

    fn add(&self, build: &Build<'_>, object: &mut Value, value: Value) -> Result<()> {
        let path = &self.path;
        build.spend_value(&value, path.split('/').count(), self.span)?;
        let (parent, last) = self.parent(object, path)?;
        match &mut parent.data {
            Data::Map(_) => parent.set(&last, self.span, value),
            Data::List(items) if last == "-" => items.push(value),
            Data::List(items) => {
                let at = index(&last, items.len() + 1).ok_or_else(|| self.missing(path))?;
                build.spend((items.len() - at) / MOVED, self.span)?;
                items.insert(at, value);
            }
            Data::Word(_) => return Err(self.missing(path)),
        }
        Ok(())
    }

    fn replace(&self, object: &mut Value) -> Result<()> {
        if self.path.is_empty() {
            object.replace_with(self.value());
            return Ok(());
        }
        let (parent, last) = self.parent(object, &self.path)?;
        match &mut parent.data {
            Data::Map(_) => parent.set(&last, self.span, self.value()),
            Data::List(items) => {
                let at = index(&last, items.len()).ok_or_else(|| self.missing(&self.path))?;
                items[at].replace_with(self.value());
            }
            Data::Word(_) => return Err(self.missing(&self.path)),
        }
        Ok(())
    }

    fn remove(&self, build: &Build<'_>, object: &mut Value, path: &str) -> Result<Value> {
        let (parent, last) = self.parent(object, path)?;
        build.spend(parent.len() / MOVED, self.span)?;
        let removed = match &mut parent.data {
            Data::Map(_) => parent.remove(&last),
            Data::List(items) => index(&last, items.len()).map(|at| items.remove(at)),
            Data::Word(_) => None,
        };
        removed.ok_or_else(|| self.missing(path))
    }

    /// The value at `path`; a key that a map lacks is nothing, other missing parts are errors.
    fn get<'v>(&self, object: &'v mut Value, path: &str) -> Result<Option<&'v Value>> {
        let (parent, last) = self.parent(object, path)?;
        match &parent.data {
            Data::Map(_) => Ok(parent.get(&last)),
            Data::List(items) => {
                let at = index(&last, items.len()).ok_or_else(|| self.missing(path))?;
                Ok(items.get(at))
            }
            Data::Word(_) => Err(self.missing(path)),
        }
    }

    fn test(&self, object: &mut Value) -> Result<()> {
        let found = if self.path.is_empty() { Some(&*object) } else { self.get(object, &self.path)? };
        let same = match (found, &self.value) {
            (None, None) => true,
            (Some(value), None) | (None, Some(value)) => value.is_null(),
            (Some(found), Some(due)) => equal(found, due),
        };
        let failed = || Error::missing(self.span, format!("the test of `{}` fails", self.path));
        if same { Ok(()) } else { Err(failed()) }
    }
}

/// The index that a part of a path means in a list with room for `len`; negative ones count from the end.
fn index(part: &str, len: usize) -> Option<usize> {
    let at: i64 = part.parse().ok()?;
    let at = if at < 0 { at + i64::try_from(len).ok()? } else { at };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// Whether both are the same JSON.
fn equal(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::Word(_), Data::Word(_)) => match (one.scalar(), other.scalar()) {
            #[expect(clippy::cast_precision_loss, reason = "JSON knows one type of number")]
            (Some(Scalar::Int(a)), Some(Scalar::Float(b)))
            | (Some(Scalar::Float(b)), Some(Scalar::Int(a))) => (a as f64 - b).abs() < f64::EPSILON,
            (a, b) => a == b,
        },
        (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|member| other.get(&member.key).is_some_and(|value| equal(&member.value, value)))
        }
        _ => false,
    }
}
