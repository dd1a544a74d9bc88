//! A chart after loading: its metadata, templates, values and files, and its subcharts.

use crate::error::Error;
use crate::metadata::{Metadata, Requirement};
use crate::render::ParsedOnce;
use crate::schema::Schema;
use crate::semver::Range;
use crate::tree::Content;
use spanned_yaml::edit::Texts;
use spanned_yaml::{Document, FileId, Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart. It is loaded once and can be rendered several times, on any thread.
#[derive(Clone, Debug)]
pub struct Chart {
    pub(crate) metadata: Metadata,
    pub(crate) templates: Vec<ChartFile>,
    /// The documents of `values.yaml`, each a map; the later ones win.
    pub(crate) values: Vec<Arc<Document>>,
    pub(crate) schema: Option<Arc<Schema>>,
    /// The files for `.Files`, and those of `crds/`.
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
    /// The parsed template, if the file is a template.
    pub(crate) parsed: ParsedOnce,
}

/// Files from archives. No editor opens such a file, so its place is the archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archives {
    /// The archive of each file that comes from an archive. The numbers of these files are artificial.
    files: BTreeMap<FileId, FileId>,
}

impl Archives {
    /// Creates a number for a file from an archive.
    pub(crate) fn add(&mut self, archive: FileId) -> FileId {
        let id = FileId(u32::MAX - self.files.len() as u32);
        self.files.insert(id, self.files.get(&archive).copied().unwrap_or(archive));
        id
    }

    /// The place of a text, or its archive if the file comes from an archive.
    pub(crate) fn place(&self, span: Span) -> Span {
        self.files.get(&span.file).map_or(span, |archive| Span::new(*archive, 0, 0))
    }

    /// The number of the file, or of its archive if it comes from an archive.
    pub(crate) fn file(&self, id: FileId) -> FileId {
        self.files.get(&id).copied().unwrap_or(id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a file comes from an archive.
    pub(crate) fn holds(&self, id: FileId) -> bool {
        self.files.contains_key(&id)
    }

    /// Replaces places in archived files by the archive, so that all places are in files that exist.
    pub(crate) fn placed(&self, mut error: Error) -> Error {
        error.span = error.span.map(|span| self.place(span));
        for span in &mut error.via {
            *span = self.place(*span);
        }
        error
    }
}

impl Chart {
    /// The chart with these values instead of its own. Later ones win.
    #[must_use]
    pub fn with_values(&self, values: Vec<Arc<Document>>) -> Self {
        Self { values, ..self.clone() }
    }

    /// The content of `Chart.yaml`.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The texts that its objects are made of: its own values and templates, and those of its subcharts. Texts from
    /// archives are left out, since no editor opens them.
    pub fn texts(&self) -> Texts {
        let mut texts = Texts::default();
        let mut waiting = vec![self];
        while let Some(chart) = waiting.pop() {
            for document in chart.values.iter().filter(|document| !self.archives.holds(document.file())) {
                texts.add_document(document);
            }
            for template in chart.templates.iter().filter(|template| !self.archives.holds(template.id)) {
                if let Some(text) = template.content.text() {
                    texts.add(template.id, Arc::clone(text));
                }
            }
            waiting.extend(&chart.subcharts);
        }
        texts
    }

    /// The charts in `charts/`, even if `Chart.yaml` does not name them.
    pub fn subcharts(&self) -> impl Iterator<Item = &Chart> {
        self.subcharts.iter()
    }

    /// The files that were read, sorted. Each occurs once; an archive counts as one file.
    pub fn read_files(&self) -> &[FileId] {
        &self.read
    }

    /// The dependencies of `Chart.yaml` that `charts/` does not contain. Helm rejects such a chart until somebody runs
    /// `helm dependency build`. [`Chart::render`] also rejects it, unless its options allow missing dependencies.
    pub fn missing(&self) -> impl Iterator<Item = &Requirement> {
        self.metadata.requirements.iter().filter(|requirement| {
            !self.subcharts.iter().any(|chart| chart.metadata.name.value == requirement.name.value)
        })
    }

    /// The name of the first dependency that the chart or one of its subcharts lacks.
    pub fn first_missing(&self) -> Option<Spanned<String>> {
        fn first(chart: &Chart) -> Option<&Requirement> {
            chart.missing().next().or_else(|| chart.subcharts().find_map(first))
        }
        let name = &first(self)?.name;
        Some(Spanned::new(name.value.clone(), self.archives.place(name.span)))
    }

    /// The versions of Kubernetes that the chart supports, if it names any.
    pub fn kubernetes(&self) -> Option<Spanned<String>> {
        let range = self.metadata.kube_version.as_ref()?;
        Some(Spanned::new(range.value.clone(), self.archives.place(range.span)))
    }

    /// Whether the chart supports this version of Kubernetes.
    pub fn takes_kubernetes(&self, version: &str) -> bool {
        self.metadata.kube_version.as_ref().is_none_or(|range| Range::fits(&range.value, version))
    }
}
