//! Values that many builds share: a value that no build changes is stored, named and composed once for all.

use crate::resource::Id;
use crate::value::Value;
use spanned_yaml::Document;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// A value that is copied before it is changed.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    value: Value,
    /// What follows from the value; empty after a change.
    id: OnceLock<Arc<Id>>,
    document: OnceLock<Arc<Document>>,
}

impl Shared {
    pub(crate) fn new(value: Value) -> Self {
        Self(Arc::new(Kept::new(value)))
    }

    /// The value, copied if others share it.
    pub(crate) fn into_value(self) -> Value {
        Arc::try_unwrap(self.0).map_or_else(|kept| kept.value.clone(), |kept| kept.value)
    }

    /// The identity of the object.
    pub(crate) fn id(&self) -> &Arc<Id> {
        self.0.id.get_or_init(|| Arc::new(Id::of(&self.0.value)))
    }

    /// The document that `make` makes of the value, made once.
    pub(crate) fn document(&self, make: impl FnOnce() -> Arc<Document>) -> Arc<Document> {
        self.0.document.get_or_init(make).clone()
    }
}

impl Deref for Shared {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0.value
    }
}

impl DerefMut for Shared {
    fn deref_mut(&mut self) -> &mut Value {
        Arc::make_mut(&mut self.0).change()
    }
}

impl Kept {
    fn new(value: Value) -> Self {
        Self { value, id: OnceLock::new(), document: OnceLock::new() }
    }

    fn change(&mut self) -> &mut Value {
        (self.id, self.document) = (OnceLock::new(), OnceLock::new());
        &mut self.value
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}
