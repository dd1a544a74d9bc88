//! Directories that others include: built once, for all of them.
//!
//! What such a directory makes depends on nothing but its files, the schema in force and whether histories are wanted
//! ([`BaseKey`]), unless it leads back to somebody who includes it, or too deep: then it is built anew each time. Its
//! costs are charged each time, so that a build ends at the same place whatever was built before.

use crate::cache::BaseKey;
use crate::error::{Error, Result};
use crate::files;
use crate::loader::{Build, Schema, Spent, Trace};
use crate::place::{MAX_DEPTH, Place};
use crate::state::State;
use crate::value::Value;
use std::sync::Arc;

/// The build of a directory that was included, for all who include it.
#[derive(Debug)]
pub(crate) struct Base {
    made: Result<State>,
    /// How many values its objects are made of: whoever includes it may change all of them.
    values: usize,
    spent: Spent,
    trace: Trace,
    /// How deep directories include each other below it.
    height: usize,
    /// The schema that holds behind it.
    schema: Option<Schema>,
}

impl Build<'_> {
    /// What a directory makes that is built on its own, for whoever includes it.
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
            values: objects.map(|object| object.value.extent().0).sum(),
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

    /// Goes on as if a base had been built here.
    fn take(&self, base: &Base, place: &Place, entry: &Value) -> Result<State> {
        // Where a build ends that is too large must not depend on what was there already.
        let place_of_entry = |error: Error| Error { span: None, ..error };
        self.charge(base.spent, entry.span).map_err(place_of_entry)?;
        self.spend_values(base.values, entry.span).map_err(place_of_entry)?;
        let mut trace = self.trace.borrow_mut();
        trace.files.extend(&base.trace.files);
        trace.directories.extend(base.trace.directories.iter().cloned());
        trace.is_relative |= base.trace.is_relative;
        trace.depth = trace.depth.max(place.chain.len() + base.height);
        self.schema.borrow_mut().clone_from(&base.schema);
        base.made.clone()
    }
}

impl Place {
    /// Whether what another way led to would be the same on this way.
    fn allows(&self, base: &Base) -> bool {
        let is_circle =
            |directory: &String| self.chain.iter().any(|visited| files::is_below(visited, directory));
        self.chain.len() + base.height <= MAX_DEPTH + 1 && !base.trace.directories.iter().any(is_circle)
    }
}
