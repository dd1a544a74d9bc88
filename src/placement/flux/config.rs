//! Finds the `ConfigMap` objects from which objects of Flux take values: first in the same build, then the nearest one
//! in the repository. Secrets are not read, so that no report shows their values.

use super::held::is_yaml;
use crate::kustomize::{self, Files as _};
use crate::placement::found::Found;
use crate::placement::paths::Named;
use crate::placement::repository::Repository;
use crate::read::discover;
use crate::read::manifest::{Form, Manifest};
use crate::yaml::embedded::{self, Inner};
use crate::yaml::{self, Node, says_same};
use memchr::memmem;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A `ConfigMap` and the directory that it belongs to.
struct Entry {
    directory: String,
    object: Manifest,
}

/// The `ConfigMap` objects of the repository.
pub(super) struct ConfigMaps<'s, 'i> {
    repository: &'s Repository<'i>,
    /// The `ConfigMap` objects in files, by their names. They are read on first use.
    files: OnceLock<HashMap<String, Vec<Entry>>>,
}

impl<'s, 'i> ConfigMaps<'s, 'i> {
    pub(super) fn new(repository: &'s Repository<'i>) -> Self {
        Self { repository, files: OnceLock::new() }
    }

    /// Finds the `ConfigMap` of a name for an object in the unit `by`. `None` if it is not in the repository, or if
    /// several different ones are equally near.
    pub(super) fn find(&self, units: &[Found], by: usize, namespace: &str, name: &str) -> Option<Manifest> {
        let is_meant = |object: &Manifest| {
            let other = object.namespace();
            object.name() == name && (other == namespace || other.is_empty() || namespace.is_empty())
        };
        for at in chain(units, by) {
            if let Some(object) = units[at].config.iter().find(|object| is_meant(object)) {
                return Some(object.clone());
            }
        }
        let built =
            units.iter().flat_map(|unit| unit.config.iter().map(|object| (unit.directory.as_str(), object)));
        let files = self
            .files()
            .get(name)
            .into_iter()
            .flatten()
            .map(|entry| (entry.directory.as_str(), &entry.object));
        let all: Vec<(&str, &Manifest)> = built.chain(files).filter(|(_, object)| is_meant(object)).collect();
        for at in chain(units, by) {
            let own = units[at].directory.as_str();
            let nearness = |directory: &str| {
                // A `ConfigMap` in the path of another cluster is not for this cluster.
                match (Named::of(own), Named::of(directory)) {
                    (Some(own), Some(other)) if own.place != other.place => None,
                    _ => Some(common(own, directory)),
                }
            };
            let near: Vec<(usize, &Manifest)> =
                all.iter().filter_map(|(directory, object)| Some((nearness(directory)?, *object))).collect();
            let Some(best) = near.iter().map(|(near, _)| *near).max() else { continue };
            let mut nearest = near.into_iter().filter(|(near, _)| *near == best).map(|(_, object)| object);
            let Some(first) = nearest.next() else { continue };
            if nearest.all(|other| is_same(first.root().get("data"), other.root().get("data"))) {
                return Some(first.clone());
            }
        }
        None
    }

    /// Reads a value of a `ConfigMap` as YAML. A value that is a file of its own stands there.
    pub(super) fn read(&self, value: Node<'_>) -> Inner {
        let span = value.span();
        let file = || self.repository.name_of(span.file).map(|name| self.repository.find(&name));
        match (span.file != value.document().file()).then(file).flatten() {
            Some(kustomize::Found::File { id, text, .. }) if id == span.file && *text == *value.text() => {
                let mut inner = Inner::default();
                yaml::parse(id, &text, |parsed| match parsed {
                    Ok(document) => inner.documents.push(document),
                    Err(_) => inner.is_broken = true,
                });
                inner
            }
            _ => embedded::read(value),
        }
    }

    fn files(&self) -> &HashMap<String, Vec<Entry>> {
        self.files.get_or_init(|| {
            let is_wanted = |bytes: &[u8]| memmem::find(bytes, b"ConfigMap").is_some();
            let names = self.repository.names().filter(|name| is_yaml(name));
            let mut found: HashMap<String, Vec<Entry>> = HashMap::new();
            for name in names.filter(|name| Form::of_path(name) == Form::Applied) {
                let Some((id, text)) = self.repository.text_if(name, is_wanted) else { continue };
                let directory = discover::directory(name);
                for document in yaml::parse_all(id, &text).into_iter().flatten() {
                    if document.root().get_str("kind") == Some("ConfigMap") {
                        let object = Manifest::new(Arc::clone(&document), 0, Form::Applied);
                        let entries = found.entry(object.name().to_owned()).or_default();
                        entries.push(Entry { directory: directory.to_owned(), object });
                    }
                }
            }
            found
        })
    }
}

/// How many parts two paths have in common at their start.
fn common(a: &str, b: &str) -> usize {
    let parts = |path: &'_ str| {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    parts(a).iter().zip(&parts(b)).take_while(|(a, b)| a == b).count()
}

fn is_same(a: Option<Node<'_>>, b: Option<Node<'_>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => says_same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The unit `from`, then the unit that applies it, and so on upwards.
pub(super) fn chain(units: &[Found], from: usize) -> impl Iterator<Item = usize> + '_ {
    const LONGEST: usize = 32;
    std::iter::successors(Some(from), |at| units[*at].applied_by.as_ref().map(|(by, ..)| *by)).take(LONGEST)
}
