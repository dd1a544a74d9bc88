//! The files and directories that a kustomization names, read from its text alone. Nothing here is an error: a build
//! reports errors.
//!
//! If kustomize refuses a text, the text is read as the author meant it, so that the loss can be reported. Examples
//! are a path instead of a list, a glob, a directory without a kustomization, and a kustomization instead of its
//! directory.

use crate::charts::GENERATOR;
use crate::files::{self, Files, Found};
use crate::kustomization::{NAMES, is_kustomization};
use spanned_yaml::{FileId, Kind, Node};
use std::sync::Arc;

/// The files and directories that the kustomization of a directory names. Paths are relative to the repository's root,
/// with links resolved, sorted, each once. Missing paths, remote paths, and paths outside of the repository are left
/// out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Includes {
    /// Directories: bases, components, local charts.
    pub directories: Vec<String>,
    /// Files of every sort: resources, patches, values, configurations.
    pub files: Vec<String>,
    /// The files that are resources.
    pub resources: Vec<String>,
    /// The files that say how objects are changed: patches, replacements, the configurations of steps and of
    /// generators.
    pub changes: Vec<String>,
    /// Whether the kustomization is a component.
    pub is_component: bool,
    /// Whether its text cannot be read. In this case its resources are the files beside it.
    pub is_broken: bool,
    /// The directories of charts that it renders.
    pub charts: Vec<String>,
    /// How many charts it renders. A chart that is rendered twice counts twice.
    pub chart_calls: usize,
    /// The objects that its own text changes or makes.
    pub own: Vec<Change>,
}

/// A change or an object in the text of a kustomization itself, not in a file that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A patch for the objects that its target selects.
    Target {
        /// The group that `target` names; empty if it names none.
        group: String,
        /// The kind that `target` names; empty if it names none.
        kind: String,
    },
    /// A patch that is a string in the kustomization.
    Patch {
        /// The kustomization.
        file: FileId,
        /// The text of the patch.
        text: Arc<str>,
    },
    /// A `ConfigMap` that is generated.
    ConfigMap {
        /// The namespace that the generator's entry or the kustomization names.
        namespace: String,
    },
}

/// The files and directories that the kustomization in `directory` names directly; empty if there is no kustomization.
pub fn includes(directory: &str, files: &dyn Files) -> Includes {
    let mut found = Includes::default();
    let Some(Found::Directory { path: directory }) =
        files::join("", directory).map(|directory| files.find(&directory))
    else {
        return found;
    };
    for name in NAMES {
        let path = files::join(&directory, name).unwrap_or_default();
        let Found::File { id, text, .. } = files.find(&path) else { continue };
        let documents = files.documents(id).unwrap_or_else(|| Arc::new(spanned_yaml::parse_all(id, &text)));
        found.is_broken |= documents.iter().any(std::result::Result::is_err);
        let mut read = documents.iter().flatten().filter(|document| !document.is_empty());
        if let Some(document) = read.next() {
            Collector { directory: &directory, files, found: &mut found }.kustomization(document.root());
        }
    }
    if found.is_broken {
        let mut collector = Collector { directory: &directory, files, found: &mut found };
        collector.beside(&directory);
    }
    let Includes { directories, files, resources, changes, charts, .. } = &mut found;
    for list in [directories, files, resources, changes, charts] {
        list.sort_unstable();
        list.dedup();
    }
    found
}

struct Collector<'c> {
    directory: &'c str,
    files: &'c dyn Files,
    found: &'c mut Includes,
}

impl Collector<'_> {
    fn kustomization(&mut self, root: Node<'_>) {
        self.found.is_component |= field(root, "kind").is_some_and(|kind| kind.text() == "Component");
        for key in ["resources", "bases"] {
            let value = field(root, key).filter(|value| value.kind() == Kind::Scalar);
            items(root, key).chain(value).for_each(|item| self.resource(item.text()));
        }
        self.found.resources.extend_from_slice(&self.found.files);
        let before = self.found.files.len();
        for key in ["configurations", "patchesStrategicMerge"] {
            items(root, key).for_each(|item| self.path(item.text()));
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            for item in items(root, key) {
                self.field(item, "path");
                self.patch(item);
            }
        }
        for key in ["generators", "transformers"] {
            items(root, key).for_each(|item| self.path(item.text()));
        }
        self.found.changes.extend_from_slice(&self.found.files[before..]);
        for key in ["components", "crds", "validators"] {
            items(root, key).for_each(|item| self.path(item.text()));
        }
        if let Some(schema) = field(root, "openapi") {
            self.field(schema, "path");
        }
        for patch in items(root, "patchesStrategicMerge") {
            self.inline_patch(patch);
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            items(root, key).for_each(|item| self.generator(item));
        }
        for item in items(root, "configMapGenerator") {
            for namespace in [item, root].into_iter().filter_map(|map| field(map, "namespace")) {
                self.found.own.push(Change::ConfigMap { namespace: namespace.text().to_owned() });
            }
        }
        for key in ["generators", "transformers", "validators"] {
            items(root, key).for_each(|item| self.inline(item));
        }
        self.charts(root);
    }

    /// Records the objects that an entry of `patches` or of `patchesJson6902` changes.
    fn patch(&mut self, entry: Node<'_>) {
        if let Some(target) = field(entry, "target") {
            let text = |key: &str| field(target, key).map_or("", Node::text).to_owned();
            self.found.own.push(Change::Target { group: text("group"), kind: text("kind") });
        }
        if let Some(patch) = field(entry, "patch") {
            self.inline_patch(patch);
        }
    }

    /// A patch that is a string in the kustomization.
    fn inline_patch(&mut self, patch: Node<'_>) {
        if patch.text().contains(':') {
            let file = patch.document().file();
            self.found.own.push(Change::Patch { file, text: patch.text().into() });
        }
    }

    /// A file or a directory of objects.
    fn resource(&mut self, path: &str) {
        let found = files::join(self.directory, path).map(|path| self.files.find(&path));
        match found {
            Some(Found::Directory { path }) if !self.holds_kustomization(&path) => self.beside(&path),
            Some(Found::File { path, .. }) if is_kustomization(&path) => {
                let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                self.found.directories.push(directory.to_owned());
            }
            Some(Found::Missing) if path.contains(['*', '?', '[']) => self.glob(path),
            _ => self.path(path),
        }
    }

    fn holds_kustomization(&self, directory: &str) -> bool {
        let is_there = |name: &str| {
            let path = files::join(directory, name).map(|path| self.files.find(&path));
            !matches!(path, Some(Found::Missing) | None)
        };
        NAMES.iter().any(|name| is_there(name))
    }

    /// The manifests in a directory, as resources.
    fn beside(&mut self, directory: &str) {
        self.matching(directory, &|name| !is_kustomization(name));
    }

    fn glob(&mut self, pattern: &str) {
        let (directory, pattern) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let Some(directory) = files::join(self.directory, directory) else { return };
        let Ok(glob) = globset::Glob::new(pattern).map(|glob| glob.compile_matcher()) else { return };
        self.matching(&directory, &|name| glob.is_match(name) && !is_kustomization(name));
    }

    fn matching(&mut self, directory: &str, is_meant: &dyn Fn(&str) -> bool) {
        let is_manifest = |name: &str| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        for name in self.files.entries(directory) {
            let path = files::join(directory, &name).filter(|_| is_manifest(&name) && is_meant(&name));
            if let Some(Found::File { path, .. }) = path.map(|path| self.files.find(&path)) {
                self.found.files.push(path.clone());
                self.found.resources.push(path);
            }
        }
    }

    fn generator(&mut self, entry: Node<'_>) {
        for file in items(entry, "files") {
            let text = file.text();
            self.path(text.split_once('=').map_or(text, |(_, path)| path));
        }
        items(entry, "envs").for_each(|item| self.path(item.text()));
        self.field(entry, "env");
    }

    fn charts(&mut self, root: Node<'_>) {
        let home = field(root, "helmGlobals").and_then(|globals| field(globals, "chartHome"));
        for (key, name) in [("helmCharts", "name"), ("helmChartInflationGenerator", "chartName")] {
            for chart in items(root, key) {
                self.chart(chart, name, home.map_or("", Node::text));
            }
        }
        for item in items(root, "generators") {
            self.configured_charts(item);
        }
    }

    /// A chart, and the files with its values.
    fn chart(&mut self, chart: Node<'_>, name: &str, home: &str) {
        self.found.chart_calls += 1;
        for key in ["valuesFile", "values"] {
            self.field(chart, key);
        }
        items(chart, "additionalValuesFiles").for_each(|item| self.path(item.text()));
        let text = |key: &str| field(chart, key).map_or("", Node::text);
        let home = [text("chartHome"), home, "charts"].into_iter().find(|home| !home.is_empty());
        let (home, name, version) = (home.unwrap_or_default(), text(name), text("version"));
        if name.is_empty() {
            return;
        }
        for path in [format!("{home}/{name}-{version}/{name}"), format!("{home}/{name}")] {
            if let Some(Found::Directory { path }) = self.look(&path) {
                self.found.directories.push(path.clone());
                self.found.charts.push(path);
            }
        }
    }

    /// The charts of configurations: an entry is a path, or the text of a configuration.
    fn configured_charts(&mut self, item: Node<'_>) {
        let text: Arc<str> = match self.look(item.text()) {
            _ if item.text().contains('\n') => item.text().into(),
            Some(Found::File { text, .. }) => text,
            _ => return,
        };
        if text.contains(GENERATOR) {
            for document in spanned_yaml::parse_all(item.document().file(), &text).iter().flatten() {
                if field(document.root(), "kind").is_some_and(|kind| kind.text() == GENERATOR) {
                    self.chart(document.root(), "name", "");
                }
            }
        }
    }

    /// A configuration that is a string: adds the files and the directories that it names.
    fn inline(&mut self, item: Node<'_>) {
        if !item.text().contains('\n') {
            return;
        }
        spanned_yaml::parse(item.document().file(), &Arc::from(item.text()), |parsed| {
            let Ok(document) = parsed else { return };
            for map in document.root().descendants().filter(|node| node.kind() == Kind::Mapping) {
                self.generator(map);
                self.field(map, "path");
                items(map, "paths").for_each(|item| self.path(item.text()));
            }
        });
    }

    fn field(&mut self, map: Node<'_>, key: &str) {
        if let Some(value) = field(map, key) {
            self.path(value.text());
        }
    }

    fn look(&self, path: &str) -> Option<Found> {
        if path.is_empty() || path.contains('\n') {
            return None;
        }
        files::join(self.directory, path).map(|path| self.files.find(&path))
    }

    fn path(&mut self, path: &str) {
        match self.look(path) {
            Some(Found::File { path, .. }) => self.found.files.push(path),
            Some(Found::Directory { path }) => self.found.directories.push(path),
            Some(Found::Missing | Found::Outside | Found::Unreadable(_)) | None => {}
        }
    }
}

/// The value of a map under `key`, in upper or lower case.
fn field<'d>(map: Node<'d>, key: &str) -> Option<Node<'d>> {
    let is_it = |name: &Node<'_>| name.text().eq_ignore_ascii_case(key);
    let pairs = (map.kind() == Kind::Mapping).then(|| map.resolved().raw_pairs());
    let found = pairs.into_iter().flatten().filter(|(name, _)| is_it(&name.resolved())).last();
    found.map(|(_, value)| value.resolved())
}

fn items<'d>(map: Node<'d>, key: &str) -> impl Iterator<Item = Node<'d>> {
    field(map, key).into_iter().flat_map(Node::items)
}
