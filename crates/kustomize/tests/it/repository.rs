//! A small repository in memory, for the tests of builds.

use kustomize::{Built, Cache, Error, Tree};
use spanned_yaml::{Document, FileId, Source, Sources, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An object to build with.
pub(crate) const IMAGE: &str = "apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  additionalTrustedCA:
    name: registry-cas
  registrySources:
    allowedRegistries:
      - quay.io
";

/// A repository and its texts.
#[derive(Default)]
pub(crate) struct Repository {
    pub(crate) tree: Tree,
    pub(crate) sources: Sources,
}

impl Repository {
    pub(crate) fn add(&mut self, name: &str, text: &str) {
        let text: Arc<str> = text.into();
        let id = self.sources.add(Source::new(name.to_owned(), text.clone()));
        self.tree.insert(name, id, text);
    }

    pub(crate) fn read(directory: &Path) -> Self {
        let mut repository = Self::default();
        let mut files = files(directory);
        files.sort();
        for path in files {
            let name = path.strip_prefix(directory).expect("a path below the directory");
            let text = std::fs::read(&path).expect("a file");
            repository.add(&name.to_string_lossy().replace('\\', "/"), &String::from_utf8_lossy(&text));
        }
        repository
    }

    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut repository = Self::default();
        for (name, text) in files {
            repository.add(name, text);
        }
        repository
    }

    pub(crate) fn built(&self, root: &str) -> Result<Built, Error> {
        kustomize::build(root, &self.tree, &Cache::default())
    }

    /// The objects of a build that nothing was left out of.
    pub(crate) fn build(&self, root: &str) -> Result<Vec<Arc<Document>>, Error> {
        let built = self.built(root)?;
        built.left_out.into_iter().next().map_or(Ok(built.objects), Err)
    }

    /// The directories of all kustomizations.
    pub(crate) fn roots(&self) -> Vec<String> {
        let names = (0..self.sources.len()).filter_map(|at| self.sources.get(FileId(at as u32)));
        let mut roots: Vec<String> = names
            .filter_map(|source| match source.name.rsplit_once('/') {
                Some((directory, name)) if kustomize::is_kustomization(name) => Some(directory.to_owned()),
                None if kustomize::is_kustomization(&source.name) => Some(String::new()),
                _ => None,
            })
            .collect();
        roots.dedup();
        roots
    }

    /// `file: text` of a place.
    pub(crate) fn show(&self, span: Span) -> String {
        let name = &self.sources.get(span.file).expect("a place in a file").name;
        format!("{name}: {}", self.sources.slice(span))
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The place of the value at a path of keys, as `file: text`.
pub(crate) fn place(repository: &Repository, manifest: &Document, path: &[&str]) -> String {
    let node = path.iter().fold(manifest.root(), |node, key| {
        key.parse().map_or_else(|_| node.get(key), |at: usize| node.items().nth(at)).expect(key)
    });
    repository.show(node.span())
}

/// `metadata.name` of an object; empty where it has none.
pub(crate) fn name(object: &Document) -> &str {
    metadata(object, "name")
}

/// A text of an object's metadata; empty where it has none.
pub(crate) fn metadata<'d>(object: &'d Document, key: &str) -> &'d str {
    object.root().get("metadata").and_then(|metadata| metadata.get_str(key)).unwrap_or_default()
}
