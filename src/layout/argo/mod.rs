//! Argo CD: which directory of the repository an `Application` applies, and on which cluster.
//!
//! An `ApplicationSet` is evaluated as far as the repository alone decides it. What only a running Argo CD knows, the
//! clusters that it has registered, is carried along as open parameters: a path `clusters/{{name}}` beside a directory
//! `clusters/prod` says that there is a cluster `prod`, and a set without such a path has a selection of clusters for
//! its destination. A path that does not exist here belongs to another repository and is left out silently.
//!
//! Facts: `docs/operator-manual/applicationset/` and `docs/user-guide/` of argoproj/argo-cd, and where these are
//! silent `applicationset/generators/*.go`.

mod application;
mod budget;
mod clusters;
mod combine;
mod expression;
mod functions;
mod generators;
mod git;
mod params;
mod pattern;
mod set;
mod template;
mod text;

use crate::source::{FileId, Span};
use crate::yaml::Node;
use globset::{Glob, GlobBuilder, GlobMatcher};
use std::sync::Arc;

/// The repository as generators look at it: paths relative to its root, with `/`; the root is empty.
pub trait Listing {
    /// All directories, sorted.
    fn directories(&self) -> &[String];
    /// All files, sorted.
    fn files(&self) -> &[String];
    /// The text of a file.
    fn read(&self, path: &str) -> Option<(FileId, Arc<str>)>;
}

/// What an `Application`, or one that an `ApplicationSet` would generate, applies where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its name; parameters that only Argo CD knows stay in it as `{{name}}`.
    pub name: String,
    /// The text of the first path, in the manifest.
    pub span: Span,
    /// The directories of this repository that it applies, at least one.
    pub sources: Vec<Source>,
    /// The cluster.
    pub destination: Destination,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// The `ApplicationSet` that it comes from.
    pub generated_by: Option<String>,
}

/// A directory that an application applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Relative to the repository's root, without `.` and `..`; the root is empty.
    pub path: String,
    /// The text of the path, in the manifest.
    pub span: Span,
    /// `repoURL` as written.
    pub repo_url: String,
    /// `targetRevision` as written; empty means `HEAD`.
    pub revision: String,
    /// What reads the directory.
    pub tool: Tool,
    /// Whether patches or components of the Application change what the kustomization builds.
    pub is_patched: bool,
    /// Whether plain manifests are read from the directories below, too.
    pub recurse: bool,
    /// The glob that a plain manifest has to match.
    pub include: Option<String>,
    /// The glob that a plain manifest must not match.
    pub exclude: Option<String>,
}

/// What reads a source's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The source doesn't say: kustomize where there is a kustomization, else the manifests as they stand.
    Detected,
    /// `directory:` is set: the manifests as they stand.
    Directory,
    /// `kustomize:` is set, so the application changes what the kustomization builds.
    Kustomize,
    /// `helm:` is set, or the directory is a chart.
    Helm,
    /// A plugin, which is not ours to run.
    Plugin,
}

/// The cluster of an application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// The one that Argo CD runs on.
    InCluster,
    /// By its name in Argo CD, or by the URL of its API.
    Cluster(String),
    /// Decided outside of the repository; the words name the selection.
    Selection(String),
}

/// What a manifest of Argo CD says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// In the order of the text and of the generators.
    pub applications: Vec<Application>,
    /// What the repository alone doesn't decide or we don't evaluate, one line each.
    pub left_out: Vec<(Span, String)>,
    /// Paths that are not in this repository, which may be none of theirs.
    pub missing: Vec<Missing>,
}

/// A path that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name of the application.
    pub name: String,
    /// The text of the path, in the manifest.
    pub span: Span,
    /// The path that it comes to.
    pub path: String,
    /// `repoURL` as written.
    pub repo_url: String,
    /// `targetRevision` as written; empty means `HEAD`.
    pub revision: String,
}

/// Reads `manifest`, the root of a document; `None` if it is neither an `Application` nor an `ApplicationSet`.
pub fn read(manifest: Node<'_>, listing: &dyn Listing) -> Option<Read> {
    if !manifest.get_str("apiVersion")?.starts_with("argoproj.io/") {
        return None;
    }
    match manifest.get_str("kind")? {
        "Application" => Some(application::read(manifest, listing)),
        "ApplicationSet" => Some(set::read(manifest, listing)),
        _ => None,
    }
}

impl Source {
    /// The files that are applied where the directory is read as plain manifests, in order. Sources:
    /// `docs/user-guide/directory.md`, `reposerver/repository/repository.go` (`getPotentiallyValidManifestFile`).
    pub fn files<'l>(&self, listing: &'l dyn Listing) -> Vec<&'l str> {
        // A glob that cannot be read matches nothing.
        let compiled = |glob: &Option<String>| glob.as_deref().map(|glob| compile(glob).ok());
        let (include, exclude) = (compiled(&self.include), compiled(&self.exclude));
        let matches =
            |glob: &Option<GlobMatcher>, file: &str| glob.as_ref().is_some_and(|g| g.is_match(file));
        let below = if self.path.is_empty() { String::new() } else { format!("{}/", self.path) };
        let files = pattern::starting_with(listing.files(), &below);
        files
            .iter()
            .filter(|file| {
                let relative = &file[below.len()..];
                is_plain_manifest(relative)
                    && (self.recurse || !relative.contains('/'))
                    && include.as_ref().is_none_or(|glob| matches(glob, relative))
                    && !exclude.as_ref().is_some_and(|glob| matches(glob, relative))
            })
            .map(String::as_str)
            .collect()
    }
}

/// `*` crosses directories here: the globs are compiled without separators (`util/glob/glob.go`).
fn compile(glob: &str) -> Result<GlobMatcher, globset::Error> {
    let glob: Result<Glob, _> =
        GlobBuilder::new(glob).literal_separator(false).backslash_escape(true).build();
    glob.map(|glob| glob.compile_matcher())
}

fn is_plain_manifest(file: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| file.ends_with(ending))
}
