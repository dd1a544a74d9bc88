//! Finds charts of the repository by name and version: a chart from a registry may be vendored here.

use super::repository::Repository;
use crate::kustomize::{Files, Found};
use crate::read::discover;
use crate::yaml;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The directories of charts.
#[derive(Debug, Default)]
pub(super) struct Vendored {
    by_name: OnceLock<BTreeMap<(String, String), Vec<String>>>,
}

impl Vendored {
    /// The directory of the one chart with this name and this version.
    pub(super) fn find(&self, name: &str, version: &str, repository: &Repository<'_>) -> Option<&str> {
        let key = (name.to_owned(), plain(version).to_owned());
        let found = self.by_name.get_or_init(|| read(repository)).get(&key)?;
        // If there are several, nobody knows which one is meant.
        if let [one] = &found[..] { Some(one) } else { None }
    }
}

fn read(repository: &Repository<'_>) -> BTreeMap<(String, String), Vec<String>> {
    let mut found: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for name in repository.names().filter(|name| discover::file_name(name) == "Chart.yaml") {
        let Found::File { id, text, .. } = repository.find(name) else { continue };
        let Some(Ok(document)) = yaml::parse_all(id, &text).first().cloned() else { continue };
        let text = |key: &str| document.root().get(key).map_or("", yaml::Node::text).to_owned();
        let key = (text("name"), plain(&text("version")).to_owned());
        found.entry(key).or_default().push(discover::directory(name).to_owned());
    }
    found
}

fn plain(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}
