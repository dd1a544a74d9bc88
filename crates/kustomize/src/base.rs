//! Directories that others include. Each is built once and shared.
//!
//! The objects of such a directory depend only on its files, the schema in force and whether histories are needed
//! ([`BaseKey`]). A directory that includes one of its includers, or lies too deep, is built again each time. Its costs are
//! charged each time, so that a build reaches its limit at the same place, whatever was built before.

use crate::cache::BaseKey;
use crate::error::{Error, Result};
use crate::files;
use crate::loader::{Build, Schema, Spent, Trace};
use crate::place::{MAX_DEPTH, Place};
use crate::state::State;
use crate::value::Value;
use std::sync::Arc;

/// The result of an included directory, shared by all that include it.
#[derive(Debug)]
pub(crate) struct Base {
    made: Result<State>,
    /// The number of values of its objects, since an overlay may change all of them.
    values: usize,
    spent: Spent,
    trace: Trace,
    /// The depth of the directories that it includes.
    height: usize,
    /// The schema in force after it.
    schema: Option<Schema>,
}

impl Build<'_> {
    /// Builds an included directory on its own, or returns the shared result.
    pub(crate) fn base(&self, place: &Place, entry: &Value) -> Result<State> {
        let root = self.kustomization(place)?;
        if root.is_component() {
            let message = format!("`{}` is a component and belongs under `components`", entry.text());
            return Err(Error::at(root.place("kind"), message));
        }
        let key = BaseKey {
            directory: place.directory.clone(),
            remembers: self.remembers.get(),
            schema: self.schema.borrow().as_ref().map(|schema| schema.file),
        };
        if let Some(base) = self.cache.bases.get(&key).filter(|base| place.allows(base)) {
            return self.take(&base, place, entry);
        }
        let child = self.child();
        child.trace.borrow_mut().depth = place.chain.len();
        let made = child.accumulate(place, &root, State::default());
        let (before, after) = (self.spent.get(), child.spent.get());
        let trace = child.trace.into_inner();
        let is_relative = trace.is_relative || child.is_exhausted.get();
        let objects = made.iter().flat_map(|state| &state.set.resources);
        let base = Arc::new(Base {
            values: objects.map(|object| object.value.values()).sum(),
            made,
            spent: Spent { reads: after.reads - before.reads, work: after.work - before.work },
            height: trace.depth - place.chain.len(),
            trace,
            schema: child.schema.into_inner(),
        });
        if !is_relative && self.cache.keeps_directory(&key.directory) && self.cache.may_keep(base.values) {
            self.cache.bases.keep(key, base.clone());
        }
        self.take(&base, place, entry)
    }

    /// Continues as if the base had been built here.
    fn take(&self, base: &Base, place: &Place, entry: &Value) -> Result<State> {
        // The place at which a build exceeds its limit must not depend on the cache.
        let place_of_entry = |error: Error| Error { span: None, ..error };
        self.charge(base.spent, entry.span).map_err(place_of_entry)?;
        self.spend_values(base.values, entry.span).map_err(place_of_entry)?;
        let mut trace = self.trace.borrow_mut();
        trace.files.extend(&base.trace.files);
        trace.directories.extend(base.trace.directories.iter().cloned());
        trace.matched.extend(&base.trace.matched);
        trace.is_relative |= base.trace.is_relative;
        trace.depth = trace.depth.max(place.chain.len() + base.height);
        self.schema.borrow_mut().clone_from(&base.schema);
        base.made.clone()
    }
}

impl Place {
    /// Whether a result from another path is the same on this path.
    fn allows(&self, base: &Base) -> bool {
        let is_circle =
            |directory: &String| self.chain.iter().any(|visited| files::is_below(visited, directory));
        self.chain.len() + base.height <= MAX_DEPTH + 1 && !base.trace.directories.iter().any(is_circle)
    }
}
