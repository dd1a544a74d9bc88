//! What a chart asked of the repository. After files have come and gone, it is asked again: with the same answers, the
//! output of the chart is the same.

use super::repository::{Look, Repository};
use crate::kustomize::Files;
use std::collections::BTreeMap;

/// The questions of a chart, with their answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    found: BTreeMap<String, Look>,
    entries: BTreeMap<String, Vec<String>>,
}

impl Asked {
    /// Notes that the file or directory at a path was looked for.
    pub(super) fn note(&mut self, path: &str, repository: &Repository<'_>) {
        if !self.found.contains_key(path) {
            self.found.insert(path.to_owned(), repository.look(path));
        }
    }

    /// Notes the entries of a directory.
    pub(super) fn note_entries(&mut self, path: &str, entries: &[String]) {
        if !self.entries.contains_key(path) {
            self.entries.insert(path.to_owned(), entries.to_vec());
        }
    }

    /// Whether only files of the walk have answered: others may have other numbers in the next run.
    pub(super) fn is_of_walk(&self) -> bool {
        self.found.values().all(|look| *look != Look::Beside)
    }

    /// Whether a repository gives the same answers.
    pub(super) fn holds_in(&self, repository: &Repository<'_>) -> bool {
        self.found.iter().all(|(path, look)| repository.look(path) == *look)
            && self.entries.iter().all(|(path, entries)| repository.entries(path) == *entries)
    }
}
