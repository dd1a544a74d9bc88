//! The kustomizations of the repository: which kustomization includes which, and which of them is applied.

use super::chart_files::Tree;
use super::paths::Named;
use super::repository::Repository;
use crate::kustomize::{self, Cache, Change, Includes};
use crate::machine::threads;
use crate::read::crd::{self, KIND_NAMES, Recognised};
use crate::read::discover;
use crate::yaml;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The graph of includes. Directories are relative to the root of the repository; the root is empty.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: BTreeMap<String, Includes>,
    included: BTreeSet<String>,
    /// The kustomizations whose own texts change image configuration, or that render charts which mention it.
    changing: BTreeSet<String>,
    /// How many charts kustomizations render.
    pub(super) charts: usize,
}

impl Graph {
    /// Reads every kustomization of the repository, and those beside the walk that they include.
    pub(super) fn read(repository: &Repository<'_>) -> Self {
        let of_walk = repository.names().filter(|name| discover::is_kustomization(name));
        let mut waiting: BTreeSet<String> =
            of_walk.map(|name| discover::directory(name).to_owned()).collect();
        let mut graph = Self::default();
        while !waiting.is_empty() {
            let directories: Vec<String> = std::mem::take(&mut waiting).into_iter().collect();
            let read = threads::map(&directories, |_, directory| {
                let mut includes = kustomize::includes(directory, repository);
                let changes_ours = std::mem::take(&mut includes.own).iter().any(is_for_ours);
                let speak_of_ours =
                    || includes.charts.iter().any(|chart| Tree::new(repository).mentions_ours(chart));
                let changes_ours = changes_ours || speak_of_ours();
                (includes, changes_ours)
            });
            for (directory, (includes, changes_ours)) in directories.into_iter().zip(read) {
                if changes_ours {
                    graph.changing.insert(directory.clone());
                }
                graph.charts += includes.chart_calls;
                let unknown = includes.directories.iter().filter(|next| !graph.nodes.contains_key(*next));
                waiting.extend(unknown.cloned());
                graph
                    .included
                    .extend(includes.directories.iter().filter(|next| **next != directory).cloned());
                graph.nodes.insert(directory, includes);
            }
            waiting.retain(|directory| !graph.nodes.contains_key(directory));
        }
        graph
    }

    /// A cache for the files and directories that several builds need.
    pub(super) fn cache(&self) -> Cache {
        let mut directories: HashMap<&str, usize> = HashMap::new();
        let mut files: HashMap<&str, usize> = HashMap::new();
        for includes in self.nodes.values() {
            for next in &includes.directories {
                *directories.entry(next).or_default() += 1;
            }
            // Every kustomization that includes a component reads it again.
            for file in &includes.files {
                *files.entry(file).or_default() += if includes.is_component { 2 } else { 1 };
            }
        }
        let several = |counts: HashMap<&str, usize>| {
            counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect()
        };
        Cache::keeping(several(directories), several(files))
    }

    /// The directories of all kustomizations, sorted.
    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    /// Whether a directory holds a kustomization.
    pub(super) fn holds(&self, directory: &str) -> bool {
        self.nodes.contains_key(directory)
    }

    /// The directories that nothing includes. For a cycle that nothing else includes, one of its directories.
    pub(super) fn roots(&self) -> Vec<&str> {
        let mut roots: Vec<&str> = self
            .nodes
            .keys()
            .map(String::as_str)
            .filter(|directory| !self.included.contains(*directory))
            .collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for root in &roots {
            self.reach(root, &mut reached);
        }
        for directory in self.nodes.keys() {
            if !reached.contains(directory.as_str()) {
                roots.push(directory);
                self.reach(directory, &mut reached);
            }
        }
        roots.sort_unstable();
        roots
    }

    /// Whether a directory is made to be included: a component, or a base by its name.
    pub(super) fn is_library(&self, directory: &str) -> bool {
        let is_component = self.nodes.get(directory).is_some_and(|includes| includes.is_component);
        let is_name = |part: &str| matches!(part, "base" | "bases" | "library");
        // What lies in `components` below the directory of a cluster is a part of that cluster.
        let named = Named::of(directory).filter(Named::is_cluster);
        let above = named.map_or(directory, |named| named.place);
        is_component || directory.split('/').any(is_name) || above.split('/').any(|part| part == "components")
    }

    /// The directories whose kustomizations a build of `root` reads, including `root`.
    pub(super) fn directories_of(&self, root: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        if let Some((root, _)) = self.nodes.get_key_value(root) {
            self.reach(root, &mut reached);
        }
        reached
    }

    /// The files that a build of `root` names, without kustomizations. Each file occurs once.
    pub(super) fn files_of(&self, root: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        self.reach(root, &mut reached);
        let nodes = reached.into_iter().filter_map(|directory| self.nodes.get(directory));
        nodes.flat_map(|includes| &includes.files).map(String::as_str).collect()
    }

    /// The files in a build of `root` that are objects, not patches or settings.
    pub(super) fn resources_of(&self, root: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        self.reach(root, &mut reached);
        let nodes = reached.into_iter().filter_map(|directory| self.nodes.get(directory));
        nodes.flat_map(|includes| &includes.resources).map(String::as_str).collect()
    }

    /// The files in a build of `root` that change objects.
    pub(super) fn changes_of(&self, root: &str) -> BTreeSet<&str> {
        let nodes = self.directories_of(root).into_iter().filter_map(|directory| self.nodes.get(directory));
        nodes.flat_map(|includes| &includes.changes).map(String::as_str).collect()
    }

    /// Whether the texts of the kustomizations in a build change image configuration.
    pub(super) fn changes_ours(&self, root: &str) -> bool {
        let mut directories = self.directories_of(root).into_iter();
        directories.any(|directory| self.changing.contains(directory))
    }

    /// The directories that builds of `roots` include, with `roots`.
    pub(super) fn below<'g>(&'g self, roots: impl Iterator<Item = &'g str>) -> BTreeSet<&'g str> {
        let mut reached = BTreeSet::new();
        for root in roots {
            self.reach(root, &mut reached);
        }
        reached
    }

    /// Whether a build renders charts.
    pub(super) fn renders_charts(&self, root: &str) -> bool {
        let nodes = self.directories_of(root).into_iter().filter_map(|directory| self.nodes.get(directory));
        nodes.map(|includes| includes.chart_calls).sum::<usize>() > 0
    }

    /// The directories whose build names a file that `matters`.
    pub(super) fn mattering(&self, matters: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        // Follows the includes backwards: from the directories that name such files to those that include them.
        let mut including: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut waiting: Vec<&str> = Vec::new();
        for (directory, includes) in &self.nodes {
            for next in &includes.directories {
                including.entry(next).or_default().push(directory);
            }
            if self.changing.contains(directory) || includes.files.iter().any(|file| matters(file)) {
                waiting.push(directory);
            }
        }
        let mut found = BTreeSet::new();
        while let Some(directory) = waiting.pop() {
            if found.insert(directory) {
                waiting.extend(including.get(directory).into_iter().flatten());
            }
        }
        found
    }

    /// The files that some kustomization names.
    pub(super) fn named_files(&self) -> BTreeSet<&str> {
        self.nodes.values().flat_map(|includes| &includes.files).map(String::as_str).collect()
    }

    /// The files that some kustomization lists as objects.
    pub(super) fn resources(&self) -> BTreeSet<&str> {
        self.nodes.values().flat_map(|includes| &includes.resources).map(String::as_str).collect()
    }

    fn reach<'g>(&'g self, directory: &'g str, reached: &mut BTreeSet<&'g str>) {
        let mut waiting = vec![directory];
        while let Some(directory) = waiting.pop() {
            if reached.insert(directory)
                && let Some(includes) = self.nodes.get(directory)
            {
                waiting.extend(includes.directories.iter().map(String::as_str));
            }
        }
    }
}

/// The namespace of registry CAs.
const NAMESPACE: &str = "openshift-config";

/// Whether a change in a kustomization affects image configuration: a patch, or a generator of registry CAs.
fn is_for_ours(change: &Change) -> bool {
    match change {
        Change::Target { group, kind } => {
            (group.is_empty() || group.ends_with("openshift.io")) && KIND_NAMES.contains(&kind.as_str())
        }
        Change::Patch { file, text } => {
            let mut holds = false;
            if text.contains("openshift.io") {
                yaml::parse(*file, text, |parsed| {
                    let recognised = parsed.ok().map(|document| crd::recognise(document.root()));
                    holds |= matches!(recognised, Some(Recognised::Ours(kind)) if kind.configures_images());
                });
            }
            holds
        }
        Change::ConfigMap { namespace } => namespace == NAMESPACE,
    }
}
