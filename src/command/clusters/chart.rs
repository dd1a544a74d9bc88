//! The image configuration that a chart makes of its own values, each value with the place of the text that won.

use super::root::{self, explain};
use crate::command::Error;
use crate::kustomize::{ChartCall, join};
use crate::machine::terminal::escape;
use crate::placement::{self, Repository};
use crate::read::discover::{self, Roots};
use crate::read::manifest::Numbers;
use crate::source::{FileId, Sources, Span};
use std::io::Write;
use std::path::Path;

/// The file that makes a directory a chart.
pub(super) const CHART: &str = "Chart.yaml";

/// Prints the objects of the chart in a directory, with its own values.
pub(super) fn run(path: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let (root, directory) = root::place(path)?;
    let mut sources = Sources::default();
    let name = Path::new(&directory).file_name().or_else(|| root.file_name()).unwrap_or_default();
    let release = placement::release_name(&name.to_string_lossy());
    // Other charts of the repository may be its dependencies.
    let roots = Roots { root: root.clone(), paths: vec![root.clone()], stdin: None, respect_ignores: true };
    let met = discover::walk(&roots);
    let numbers = Numbers::dense(0, met.inputs.len());
    let repository = Repository::new(Some(root), &met.inputs, numbers, Vec::new(), &sources);
    let file = crate::kustomize::Files::find(&repository, &join(&directory, CHART).unwrap_or_default());
    let file = if let crate::kustomize::Found::File { id, .. } = file { id } else { FileId(0) };
    let call = ChartCall {
        span: Span::new(file, 0, 0),
        directory,
        release: Some(release.clone()),
        namespace: None,
        files: Vec::new(),
        values: Vec::new(),
        kube_version: None,
        api_versions: Vec::new(),
        with_crds: true,
        without_hooks: false,
        without_tests: false,
    };
    let rendered = placement::render_chart(&call, &repository);
    let read: Vec<FileId> = repository.read().map(|(id, _)| id).collect();
    repository.keep(read, &mut sources);
    let rendered = rendered.map_err(|error| Error::Failed(explain(&error, &sources)))?;
    writeln!(out, "# release `{}`, with the values of the chart", escape(&release))?;
    root::print(&rendered.objects, &rendered.left_out, &mut sources, out)
}
