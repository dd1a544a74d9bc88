//! The repository, as generators of an `ApplicationSet` see it.

use super::repository::Repository;
use crate::kustomize::{Files, Found};
use crate::source::FileId;
use argo_apps::Listing;
use std::sync::{Arc, OnceLock};

/// Lists of files and directories, created for the first Application.
pub(super) struct Listed<'r, 'i> {
    repository: &'r Repository<'i>,
    directories: OnceLock<Vec<String>>,
    files: OnceLock<Vec<String>>,
}

impl<'r, 'i> Listed<'r, 'i> {
    pub(super) fn new(repository: &'r Repository<'i>) -> Self {
        Self { repository, directories: OnceLock::new(), files: OnceLock::new() }
    }

    /// The directory of a chart that is vendored here.
    pub(super) fn vendored(&self, name: &str, version: &str) -> Option<&str> {
        self.repository.loads().vendored.find(name, version, self.repository)
    }
}

impl Listing for Listed<'_, '_> {
    fn directories(&self) -> &[String] {
        self.directories.get_or_init(|| self.repository.directories().map(str::to_owned).collect())
    }

    fn files(&self) -> &[String] {
        self.files.get_or_init(|| self.repository.names().map(str::to_owned).collect())
    }

    fn chart(&self, name: &str, version: &str) -> Option<String> {
        self.vendored(name, version).map(str::to_owned)
    }

    fn read(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        match self.repository.find(path) {
            Found::File { id, text, .. } => Some((id, text)),
            _ => None,
        }
    }
}
