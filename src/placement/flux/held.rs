//! Finds the files at a path, as Flux finds them.

use crate::placement::roots::Graph;
use crate::read::discover;
use crate::source::Span;
use argo_apps::{self as argo, Tool};
use std::collections::BTreeSet;

/// The content of the path of a `Kustomization`: its kustomizations, or plain files if there is no kustomization.
/// Source: fluxcd/pkg, `kustomize/kustomize_generator.go` (`generateKustomization`).
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The directories with a kustomization.
    pub(super) roots: BTreeSet<String>,
    /// The files that no kustomization names.
    pub(super) files: BTreeSet<String>,
    /// Whether the path itself holds a kustomization.
    pub(super) is_root: bool,
}

impl Held {
    /// Finds the content of `path`. `below` are the files below it, sorted.
    pub(super) fn of<'n>(path: &str, graph: &Graph, below: impl Iterator<Item = &'n str>) -> Self {
        let mut held = Self::default();
        if graph.holds(path) {
            held.roots.insert(path.to_owned());
            held.is_root = true;
            return held;
        }
        for name in below.filter(|name| !is_ignored(name)) {
            // A file belongs to the outermost directory with a kustomization above it.
            let root = ancestors(name, path).into_iter().find(|directory| graph.holds(directory));
            match root {
                Some(root) => drop(held.roots.insert(root.to_owned())),
                None if is_yaml(name) => {
                    held.files.insert(name.to_owned());
                }
                None => {}
            }
        }
        held
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.files.is_empty()
    }

    /// The same content as sources of an Application.
    pub(super) fn sources(&self, place: Span) -> Vec<argo::Source> {
        let source = |path: &str, tool: Tool, include: Option<String>| argo::Source {
            path: path.to_owned(),
            span: place,
            repo_url: String::new(),
            revision: String::new(),
            tool,
            is_patched: false,
            recurse: false,
            include,
            exclude: None,
            helm: None,
        };
        let directories: BTreeSet<&str> = self.files.iter().map(|file| discover::directory(file)).collect();
        let roots = self.roots.iter().map(|root| source(root, Tool::Detected, None));
        let plain = directories
            .into_iter()
            .map(|directory| source(directory, Tool::Directory, Some("*.y*ml".to_owned())));
        roots.chain(plain).collect()
    }
}

/// Whether Flux reads a file as manifests. The ending must be lower case.
pub(super) fn is_yaml(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// The directories of a file below `path`, the outermost first.
fn ancestors<'n>(name: &'n str, path: &str) -> Vec<&'n str> {
    let mut found = Vec::new();
    let mut directory = discover::directory(name);
    while directory.len() > path.len() {
        found.push(directory);
        directory = discover::directory(directory);
    }
    found.reverse();
    found
}

/// Whether a file is in a directory that Flux ignores in every repository (source-controller,
/// `internal/sourceignore`).
fn is_ignored(name: &str) -> bool {
    const DIRECTORIES: [&str; 3] = [".git", ".github", ".circleci"];
    const FILES: [&str; 7] = [
        ".travis.yml",
        ".gitlab-ci.yml",
        "appveyor.yml",
        ".drone.yml",
        "cloudbuild.yaml",
        "codeship-services.yml",
        "codeship-steps.yml",
    ];
    const ANYWHERE: [&str; 4] = [".goreleaser.yml", ".goreleaser.yaml", ".sops.yaml", ".flux.yaml"];
    let first = name.split('/').next().unwrap_or_default();
    DIRECTORIES.contains(&first) || FILES.contains(&name) || ANYWHERE.contains(&discover::file_name(name))
}
