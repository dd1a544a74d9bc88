//! What a kustomization names, by its own text alone. Nothing here is an error: who wants to know what is wrong builds.

use super::files::{self, Files, Found};
use super::kustomization::NAMES;
use crate::yaml::{self, Kind, Node};
use std::sync::Arc;

/// What the kustomization of a directory names. Paths are relative to the repository's root, links resolved, sorted,
/// each once; what is missing, remote or outside of the repository is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Includes {
    /// Directories: bases, components, local charts.
    pub directories: Vec<String>,
    /// Files of every sort: resources, patches, values, configurations.
    pub files: Vec<String>,
    /// The resources among them.
    pub resources: Vec<String>,
    /// Those that say how objects are changed: patches, replacements, the configurations of steps and of generators.
    pub changes: Vec<String>,
    /// Whether it says that it is a component.
    pub is_component: bool,
}

/// What the kustomization in `directory` names directly; nothing where there is none.
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
        let mut is_first = true;
        yaml::parse(id, &text, |parsed| {
            if let Ok(document) = parsed
                && !document.is_empty()
                && std::mem::take(&mut is_first)
            {
                Collector { directory: &directory, files, found: &mut found }.kustomization(document.root());
            }
        });
    }
    for list in [&mut found.directories, &mut found.files, &mut found.resources, &mut found.changes] {
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
            items(root, key).for_each(|item| self.path(item.text()));
        }
        self.found.resources.extend_from_slice(&self.found.files);
        let before = self.found.files.len();
        for key in ["configurations", "patchesStrategicMerge"] {
            items(root, key).for_each(|item| self.path(item.text()));
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            items(root, key).for_each(|item| self.field(item, "path"));
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
        for key in ["configMapGenerator", "secretGenerator"] {
            items(root, key).for_each(|item| self.generator(item));
        }
        for key in ["generators", "transformers", "validators"] {
            items(root, key).for_each(|item| self.inline(item));
        }
        self.charts(root);
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
        let text = |node: Node<'_>, key: &str| field(node, key).map_or("", Node::text).to_owned();
        let home = field(root, "helmGlobals").map(|globals| text(globals, "chartHome")).unwrap_or_default();
        for (key, name) in [("helmCharts", "name"), ("helmChartInflationGenerator", "chartName")] {
            for chart in items(root, key) {
                for key in ["valuesFile", "values"] {
                    self.field(chart, key);
                }
                items(chart, "additionalValuesFiles").for_each(|item| self.path(item.text()));
                let own = text(chart, "chartHome");
                let home = [own.as_str(), &home, "charts"].into_iter().find(|home| !home.is_empty());
                let name = text(chart, name);
                if !name.is_empty() {
                    self.path(&format!("{}/{name}", home.unwrap_or_default()));
                }
            }
        }
    }

    /// A configuration that stands as a string: whatever it calls a path.
    fn inline(&mut self, item: Node<'_>) {
        if !item.text().contains('\n') {
            return;
        }
        yaml::parse(item.document().file(), &Arc::from(item.text()), |parsed| {
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

    fn path(&mut self, path: &str) {
        if path.is_empty() || path.contains('\n') {
            return;
        }
        match files::join(self.directory, path).map(|path| self.files.find(&path)) {
            Some(Found::File { path, .. }) => self.found.files.push(path),
            Some(Found::Directory { path }) => self.found.directories.push(path),
            Some(Found::Missing | Found::Outside | Found::Unreadable(_)) | None => {}
        }
    }
}

/// The value of a map under `key`, whose case does not count.
fn field<'d>(map: Node<'d>, key: &str) -> Option<Node<'d>> {
    let is_it = |name: &Node<'_>| name.text().eq_ignore_ascii_case(key);
    let pairs = (map.kind() == Kind::Mapping).then(|| map.resolved().raw_pairs());
    let found = pairs.into_iter().flatten().filter(|(name, _)| is_it(&name.resolved())).last();
    found.map(|(_, value)| value.resolved())
}

fn items<'d>(map: Node<'d>, key: &str) -> impl Iterator<Item = Node<'d>> {
    field(map, key).into_iter().flat_map(Node::items)
}
