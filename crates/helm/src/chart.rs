//! A chart as it was read: its metadata, templates, values and files, and the charts in it.

use crate::error::Error;
use crate::metadata::{Metadata, Requirement};
use crate::render::ParsedOnce;
use crate::schema::Schema;
use crate::semver::Range;
use crate::tree::Content;
use spanned_yaml::{Document, FileId, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart. It is read once and rendered as often as wanted, on any thread.
#[derive(Clone, Debug)]
pub struct Chart {
    pub(crate) metadata: Metadata,
    pub(crate) templates: Vec<ChartFile>,
    /// The documents of `values.yaml`, each a map; the later ones win.
    pub(crate) values: Vec<Arc<Document>>,
    pub(crate) schema: Option<Arc<Schema>>,
    /// What `.Files` has, and `crds/`.
    pub(crate) files: Vec<ChartFile>,
    pub(crate) subcharts: Vec<Chart>,
    pub(crate) archives: Archives,
    pub(crate) read: Vec<FileId>,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub(crate) struct ChartFile {
    /// Its path within the chart.
    pub(crate) name: Arc<str>,
    pub(crate) id: FileId,
    pub(crate) content: Content,
    /// What a template was parsed to.
    pub(crate) parsed: ParsedOnce,
}

/// What stands in archives: no editor opens it, so its place is that of the archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archives {
    /// The archive of each file that came out of one; the numbers of the files are made up.
    files: BTreeMap<FileId, FileId>,
}

impl Archives {
    /// A number for a file that came out of an archive.
    pub(crate) fn add(&mut self, archive: FileId) -> FileId {
        let id = FileId(u32::MAX - self.files.len() as u32);
        self.files.insert(id, self.files.get(&archive).copied().unwrap_or(archive));
        id
    }

    /// The place of a text: that of its archive, if it came out of one.
    pub(crate) fn place(&self, span: Span) -> Span {
        self.files.get(&span.file).map_or(span, |archive| Span::new(*archive, 0, 0))
    }

    /// The file in which a text stands: its archive, if it came out of one.
    pub(crate) fn file(&self, id: FileId) -> FileId {
        self.files.get(&id).copied().unwrap_or(id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a file came out of an archive.
    pub(crate) fn holds(&self, id: FileId) -> bool {
        self.files.contains_key(&id)
    }

    /// The error with its places in files that exist.
    pub(crate) fn placed(&self, mut error: Error) -> Error {
        error.span = error.span.map(|span| self.place(span));
        for span in &mut error.via {
            *span = self.place(*span);
        }
        error
    }
}

impl Chart {
    /// The chart with other values instead of its own; the later ones win.
    #[must_use]
    pub fn with_values(&self, values: Vec<Arc<Document>>) -> Self {
        Self { values, ..self.clone() }
    }

    /// What `Chart.yaml` says.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The charts in `charts/`, whether `Chart.yaml` names them or not.
    pub fn subcharts(&self) -> impl Iterator<Item = &Chart> {
        self.subcharts.iter()
    }

    /// The files that were read, sorted, each once; an archive counts as one.
    pub fn read_files(&self) -> &[FileId] {
        &self.read
    }

    /// The dependencies of `Chart.yaml` that `charts/` does not hold. Helm refuses the chart until somebody runs
    /// `helm dependency build`, and so does [`Chart::render`], unless it is told to go on without them.
    pub fn missing(&self) -> impl Iterator<Item = &Requirement> {
        self.metadata.requirements.iter().filter(|requirement| {
            !self.subcharts.iter().any(|chart| chart.metadata.name.value == requirement.name.value)
        })
    }

    /// Whether the chart takes this version of Kubernetes.
    pub fn takes_kubernetes(&self, version: &str) -> bool {
        self.metadata.kube_version.as_ref().is_none_or(|range| Range::fits(&range.value, version))
    }
}
