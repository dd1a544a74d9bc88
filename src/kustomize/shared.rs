//! Values that many builds hold at once: one that no build changes is kept, and composed, once for all.

use super::value::Value;
use crate::manifest::Manifest;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// A value that is copied when it is about to be changed.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    value: Value,
    manifest: OnceLock<Manifest>,
}

impl Shared {
    pub(super) fn new(value: Value) -> Self {
        Self(Arc::new(Kept { value, manifest: OnceLock::new() }))
    }

    /// What is made of the value, made once.
    pub(super) fn manifest(&self, make: impl FnOnce() -> Manifest) -> Manifest {
        self.0.manifest.get_or_init(make).clone()
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
    fn change(&mut self) -> &mut Value {
        self.manifest = OnceLock::new();
        &mut self.value
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), manifest: OnceLock::new() }
    }
}
