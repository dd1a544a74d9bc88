//! A directory that an application applies, and the files in it that are applied.

use crate::listing::Listing;
use crate::pattern;
use globset::{Glob, GlobBuilder, GlobMatcher};
use spanned_yaml::{Document, Span, Spanned};
use std::sync::Arc;

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

/// How a source renders the chart in its directory.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own for Argo CD")]
pub struct Helm {
    /// The name of the release; if `None`, that of the application.
    pub release_name: Option<String>,
    /// The namespace of the release; if `None`, that of the destination.
    pub namespace: Option<String>,
    /// The values files, relative to the root of the repository; later ones win. `None` is a file elsewhere.
    pub value_files: Vec<Spanned<Option<String>>>,
    /// Whether missing values files are ignored.
    pub ignore_missing: bool,
    /// The values in the source itself, which override the files.
    pub values: Vec<Arc<Document>>,
    /// The parameters, which override all values: `name=value`, and whether the value is always a string.
    pub parameters: Vec<(Spanned<String>, bool)>,
    /// The parameters whose values are files: the name, and the path relative to the root of the repository.
    pub file_parameters: Vec<(Spanned<String>, Option<String>)>,
    /// Whether the files of `crds/` are left out.
    pub skip_crds: bool,
    /// Whether hooks that test the release are left out.
    pub skip_tests: bool,
    /// Whether values are not checked against the schemas of charts.
    pub skip_schema: bool,
    /// The version of Kubernetes, if not that of the cluster.
    pub kube_version: Option<String>,
    /// The versions of the API, if not those of the cluster.
    pub api_versions: Vec<String>,
    /// Why the rendering is unknown here, if it is.
    pub unknown: Option<String>,
}

impl PartialEq for Helm {
    fn eq(&self, other: &Self) -> bool {
        let values = |helm: &Self| helm.values.iter().map(Arc::as_ptr).collect::<Vec<_>>();
        (&self.release_name, &self.namespace, &self.value_files, self.ignore_missing)
            == (&other.release_name, &other.namespace, &other.value_files, other.ignore_missing)
            && (&self.parameters, &self.file_parameters, &self.unknown)
                == (&other.parameters, &other.file_parameters, &other.unknown)
            && (self.skip_crds, self.skip_tests, self.skip_schema)
                == (other.skip_crds, other.skip_tests, other.skip_schema)
            && (&self.kube_version, &self.api_versions) == (&other.kube_version, &other.api_versions)
            && values(self) == values(other)
    }
}

impl Eq for Helm {}

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
