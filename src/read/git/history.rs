//! Finds the merge base of two commits.

use super::{Commit, GitRepository};
use gix_object::Find;
use gix_revwalk::graph;
use std::cell::Cell;
use std::sync::PoisonError;

/// Looks commits up, and records missing ones.
struct Lookup<'r> {
    repository: &'r GitRepository,
    missing: &'r Cell<Option<gix_hash::ObjectId>>,
}

impl Find for Lookup<'_> {
    fn try_find<'a>(
        &self,
        id: &gix_hash::oid,
        buffer: &'a mut Vec<u8>,
    ) -> gix_error::Result<Option<gix_object::Data<'a>>> {
        let objects = self.repository.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let found = objects.try_find(id, buffer)?;
        if found.is_none() {
            self.missing.set(Some(id.to_owned()));
        }
        Ok(found)
    }
}

impl GitRepository {
    /// The best common ancestor of two commits, as `git merge-base` finds it. Errors use `names` for the commits.
    pub fn merge_base(&self, base: Commit, head: Commit, names: (&str, &str)) -> Result<Commit, String> {
        let missing = Cell::new(None);
        let lookup = Lookup { repository: self, missing: &missing };
        let mut graph: gix_revwalk::Graph<'_, '_, graph::Commit<gix_revision::merge_base::Flags>> =
            gix_revwalk::Graph::new(lookup, None);
        let found = gix_revision::merge_base(base.0, &[head.0], &mut graph)
            .map_err(|error| format!("the history of `{}` cannot be read: {error}", names.1))?;
        match (missing.get(), found) {
            // An incomplete history may have another merge base than the complete one.
            (Some(id), _) if !self.is_shallow => Err(self.missing(id)),
            (_, Some(found)) => Ok(Commit(*found.first())),
            (_, None) => Err(self.no_common_commit(names.0, names.1)),
        }
    }
}
