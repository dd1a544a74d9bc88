//! What a build asks its caller about a chart, and what it keeps of the answer.

use crate::error::{Error, Result};
use spanned_yaml::{Document, FileId, Span};
use std::sync::Arc;

/// Renders charts for builds, as `helm template` does.
pub trait Charts: Sync {
    /// Renders one chart.
    fn render(&self, chart: &ChartCall) -> Result<RenderedChart>;
}

/// A chart in a kustomization, with the options for rendering it.
#[derive(Clone, Debug)]
pub struct ChartCall {
    /// The entry of the kustomization.
    pub span: Span,
    /// The directory of the chart.
    pub directory: String,
    /// The name of the release; `None` if Helm chooses a name.
    pub release: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
    /// The files with values that the call names.
    pub files: Vec<FileId>,
    /// Values beside the chart's own values; later ones override earlier ones.
    pub values: Vec<Arc<Document>>,
    /// The version of Kubernetes, if not the newest.
    pub kube_version: Option<String>,
    /// Versions of the API beside those of every cluster.
    pub api_versions: Vec<String>,
    /// Whether the files of `crds/` are included.
    pub with_crds: bool,
    /// Whether hooks are left out.
    pub without_hooks: bool,
    /// Whether hooks that only test are left out.
    pub without_tests: bool,
}

/// The result of rendering a chart.
#[derive(Clone, Debug, Default)]
pub struct RenderedChart {
    /// The objects, each in the text of its template.
    pub objects: Vec<Arc<Document>>,
    /// The files that were read.
    pub files: Vec<FileId>,
    /// The parts that the result lacks.
    pub left_out: Vec<Error>,
}

/// A chart that a build has rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltChart {
    /// The directory of the chart.
    pub directory: String,
    /// The name of the release; `None` if Helm chooses a name.
    pub release: Option<String>,
    /// The files with values that the kustomization names.
    pub values: Vec<FileId>,
    /// The files that were read.
    pub files: Vec<FileId>,
}
