//! Values that many builds share: a value that no build changes is stored, named and composed once for all.

use crate::resource::Id;
use crate::value::Value;
use crate::written::Written;
use spanned_yaml::{Document, Span};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// A value that is copied before it is changed. A value that stands in a file is read when somebody looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    /// The value, if it does not stand in a file as it is.
    own: Value,
    /// The value as it stands in its file, with the tree that was read from there.
    written: Option<(Written, OnceLock<Value>)>,
    /// What follows from the value; empty after a change.
    id: OnceLock<Arc<Id>>,
    document: OnceLock<Arc<Document>>,
}

impl Shared {
    pub(crate) fn new(value: Value) -> Self {
        Self(Arc::new(Kept::new(value)))
    }

    /// An object that stands in a file as a build gives it.
    pub(crate) fn written(written: Written) -> Self {
        let own = Value::list(written.span());
        Self(Arc::new(Kept { written: Some((written, OnceLock::new())), ..Kept::new(own) }))
    }

    /// Whether it is an object that stands in a file as a build gives it.
    pub(crate) fn is_written(&self) -> bool {
        self.as_written().is_some()
    }

    /// The value, copied if others share it.
    pub(crate) fn into_value(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(mut kept) => {
                kept.change();
                kept.own
            }
            Err(kept) => kept.value().clone(),
        }
    }

    /// The place of the value.
    pub(crate) fn span(&self) -> Span {
        self.0.own.span
    }

    /// The number of its values.
    pub(crate) fn values(&self) -> usize {
        self.as_written().map_or_else(|| self.extent().0, |written| written.values)
    }

    /// Whether it is an empty value; an object that stands in a file has a name.
    pub(crate) fn is_empty(&self) -> bool {
        self.as_written().is_none() && self.0.own.is_empty()
    }

    /// Whether the object has annotations.
    pub(crate) fn has_annotations(&self) -> bool {
        const PATH: [&str; 2] = ["metadata", "annotations"];
        let here = || self.at(&PATH).is_some();
        self.as_written().map_or_else(here, |written| written.root().at(&PATH).is_some())
    }

    /// The identity of the object.
    pub(crate) fn id(&self) -> &Arc<Id> {
        let id = || self.as_written().map_or_else(|| Id::of(self), Written::id);
        self.0.id.get_or_init(|| Arc::new(id()))
    }

    /// The document that `make` makes of the value, made once.
    pub(crate) fn document(&self, make: impl FnOnce() -> Arc<Document>) -> Arc<Document> {
        let kept = || self.0.document.get_or_init(make).clone();
        self.as_written().map_or_else(kept, |written| written.document.clone())
    }

    fn as_written(&self) -> Option<&Written> {
        self.0.written.as_ref().map(|(written, _)| written)
    }
}

impl Deref for Shared {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.0.value()
    }
}

impl DerefMut for Shared {
    fn deref_mut(&mut self) -> &mut Value {
        Arc::make_mut(&mut self.0).change()
    }
}

impl Kept {
    fn new(own: Value) -> Self {
        Self { own, written: None, id: OnceLock::new(), document: OnceLock::new() }
    }

    fn value(&self) -> &Value {
        match &self.written {
            Some((written, read)) => read.get_or_init(|| written.read()),
            None => &self.own,
        }
    }

    fn change(&mut self) -> &mut Value {
        if let Some((written, read)) = self.written.take() {
            self.own = read.into_inner().unwrap_or_else(|| written.read());
        }
        (self.id, self.document) = (OnceLock::new(), OnceLock::new());
        &mut self.own
    }
}

impl Clone for Kept {
    /// A copy to be changed.
    fn clone(&self) -> Self {
        Self::new(self.value().clone())
    }
}
