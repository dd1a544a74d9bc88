//! Reads objects that several builds share once, so that all clusters hold the same workload or resource.

use crate::model::{Resource, Workload};
use crate::read::manifest::Manifest;
use crate::read::workload::Kinds;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// An object as the key of what was read from it. It keeps its document, so no other document gets the same address.
struct Object(Manifest);

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for Object {}

impl Hash for Object {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(self.0.document()), state);
    }
}

/// What was read from an object, by the object.
struct Memo<T>(Mutex<HashMap<Object, Option<Arc<T>>>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Memo<T> {
    /// The result of `read` for an object. It is kept only for documents that others hold, too: nobody asks again for
    /// the document of one build.
    fn get(&self, manifest: &Manifest, read: impl FnOnce() -> Option<T>) -> Option<Arc<T>> {
        if !manifest.is_shared() {
            return read().map(Arc::new);
        }
        let key = Object(manifest.clone());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = read().map(Arc::new);
            // Another thread may have read it at the same time; then all get what that thread kept.
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.entry(key).or_insert(made).clone()
        })
    }
}

/// What one run reads from objects. All builds of a run look for the same kinds of workloads.
#[derive(Default)]
pub(super) struct Once {
    workloads: Memo<Workload>,
    resources: Memo<Resource>,
}

impl Once {
    /// The workload of an object.
    pub(super) fn workload(&self, manifest: &Manifest, kinds: &Kinds) -> Option<Arc<Workload>> {
        self.workloads.get(manifest, || Workload::read(manifest, kinds))
    }

    /// The resource of an object that no carrier holds.
    pub(super) fn resource(&self, manifest: &Manifest) -> Option<Arc<Resource>> {
        self.resources.get(manifest, || Resource::read(manifest.clone(), None))
    }
}
