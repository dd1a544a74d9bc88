//! What the build of a kustomization gives, and what a chart does.

use super::asked::Asked;
use super::found::Found;
use super::repository::Repository;
use crate::kustomize::Target;
use crate::model::BuildProblem;
use crate::source::{FileId, Span};
use std::sync::Arc;

/// The result of a build.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) found: Found,
    /// Whether it depends on nothing but the files of the build.
    pub(super) is_plain: bool,
    /// The targets of patches that selected an object.
    pub(super) matched: Vec<Span>,
    pub(super) problems: Vec<BuildProblem>,
    /// The files of the charts in it.
    pub(super) of_charts: Vec<FileId>,
    /// The targets of patches that match nothing in the result.
    pub(super) unmatched: Vec<Target>,
    /// The files that its generators read, each with whether clusters must not have its objects.
    pub(super) generated: Vec<(String, bool)>,
}

/// The output of a chart for somebody who applies it.
#[derive(Clone, Debug)]
pub(super) struct ChartOutput {
    pub(super) found: Found,
    /// Whether it depends on nothing but the files of the chart and of its values, and on charts that it looks for.
    pub(super) is_lasting: bool,
    /// Whether it looked for charts of the repository by their names.
    pub(super) asks_for_charts: bool,
    /// What the chart and its values asked of the repository; `None` if that cannot be asked again.
    pub(super) asked: Option<[Arc<Asked>; 2]>,
}

impl ChartOutput {
    /// Whether the chart and its values have the same files in a repository.
    pub(super) fn holds_in(&self, repository: &Repository<'_>) -> bool {
        self.asked.iter().flatten().all(|asked| asked.holds_in(repository)) && self.asked.is_some()
    }
}
