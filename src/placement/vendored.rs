//! Finds charts of the repository that stand for charts of a registry: those with the same name and a version in the
//! range, and local dependencies (`file://../common`).

use super::repository::Repository;
use crate::kustomize::{self, Files, Found};
use crate::read::discover;
use crate::yaml::{self, Node};
use helm::{Range, Requirement, Version};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The directories of charts.
#[derive(Debug, Default)]
pub(super) struct Vendored {
    by_name: OnceLock<HashMap<String, Vec<Candidate>>>,
}

/// A chart of the repository.
#[derive(Debug)]
struct Candidate {
    directory: String,
    version: Version,
    /// Whether it wraps a chart with its own name, so that it is another one.
    wraps_namesake: bool,
}

impl Vendored {
    /// The directory of the one chart with this name and a version in this range; without a range, any version fits.
    pub(super) fn find(&self, name: &str, range: &str, repository: &Repository<'_>) -> Option<&str> {
        let candidates = self.by_name.get_or_init(|| read(repository)).get(name)?;
        let range = range_of(range)?;
        let mut fitting = candidates
            .iter()
            .filter(|candidate| !candidate.wraps_namesake && range.contains(&candidate.version));
        let first = fitting.next()?;
        // If there are several, nobody knows which one is meant.
        fitting.next().is_none().then_some(&*first.directory)
    }

    /// The directory of the chart that a dependency of the chart in `root` is.
    pub(super) fn dependency(
        &self,
        root: &str,
        dependency: &Requirement,
        repository: &Repository<'_>,
    ) -> Option<String> {
        let (name, range) = (&*dependency.name.value, &*dependency.version.value);
        let Some(path) = dependency.repository.strip_prefix("file://") else {
            return self.find(name, range, repository).filter(|found| *found != root).map(str::to_owned);
        };
        let directory = kustomize::join(root, path).filter(|directory| directory != root)?;
        let candidate = candidate(&kustomize::join(&directory, "Chart.yaml")?, repository)?;
        let range = range_of(range)?;
        (candidate.0 == *name && range.contains(&candidate.1.version)).then_some(directory)
    }
}

/// The versions that fit; without a range, any version fits.
fn range_of(text: &str) -> Option<Range> {
    Range::parse(if text.trim().is_empty() { "*" } else { text })
}

fn read(repository: &Repository<'_>) -> HashMap<String, Vec<Candidate>> {
    let mut found: HashMap<_, Vec<Candidate>> = HashMap::new();
    for file in repository.names().filter(|name| discover::file_name(name) == "Chart.yaml") {
        if let Some((name, candidate)) = candidate(file, repository) {
            found.entry(name).or_default().push(candidate);
        }
    }
    found
}

/// The chart of a `Chart.yaml`, with its name.
fn candidate(file: &str, repository: &Repository<'_>) -> Option<(String, Candidate)> {
    let Found::File { id, text, .. } = repository.find(file) else { return None };
    let document = yaml::parse_all(id, &text).first()?.clone().ok()?;
    let about = document.root();
    let text = |key: &str| about.get(key).map_or("", Node::text);
    let name = text("name").to_owned();
    let mut dependencies = about.get("dependencies").into_iter().flat_map(Node::items);
    let wraps_namesake = dependencies.any(|dependency| dependency.get_str("name") == Some(&name));
    let directory = discover::directory(file).to_owned();
    Some((name, Candidate { directory, version: Version::parse(text("version"))?, wraps_namesake }))
}
