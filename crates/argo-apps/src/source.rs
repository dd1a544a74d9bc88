//! A directory that an application applies, and the files in it that are applied.

use crate::helm::Helm;
use crate::listing::Listing;
use crate::pattern;
use globset::{Glob, GlobBuilder, GlobMatcher};
use spanned_yaml::Span;

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
    /// The tool that reads the directory.
    pub tool: Tool,
    /// Whether patches or components of the Application change the output of the kustomization.
    pub is_patched: bool,
    /// Whether plain manifests in subdirectories are read, too.
    pub recurse: bool,
    /// The glob that a plain manifest has to match.
    pub include: Option<String>,
    /// The glob that a plain manifest must not match.
    pub exclude: Option<String>,
    /// How the chart in the directory is rendered, if the tool is Helm.
    pub helm: Option<Box<Helm>>,
}

/// The tool that reads a source's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Not set in the source: kustomize if there is a kustomization, otherwise plain manifests.
    Detected,
    /// `directory:` is set: plain manifests.
    Directory,
    /// `kustomize:` is set, so the application changes the output of the kustomization.
    Kustomize,
    /// `helm:` is set, or the directory is a chart.
    Helm,
    /// A plugin, which is never run.
    Plugin,
}

impl Source {
    /// The files that are applied if the directory is read as plain manifests, in order. Sources:
    /// `docs/user-guide/directory.md`, `reposerver/repository/repository.go` (`getPotentiallyValidManifestFile`).
    pub fn files<'l>(&self, listing: &'l dyn Listing) -> Vec<&'l str> {
        // An invalid glob matches nothing.
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
