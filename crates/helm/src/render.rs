//! What goes into a rendering, and what comes out.

use crate::value::Mark;
use spanned_yaml::FileId;
use std::sync::Arc;

/// A file below `templates/`, of the chart or of a subchart.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// Its name as Helm says it: `parent/charts/child/templates/deployment.yaml`.
    pub name: Arc<str>,
    /// `.Template.BasePath`, which also tells the charts apart: `parent/charts/child/templates`.
    pub base_path: Arc<str>,
    /// What it holds, without a byte order mark.
    pub text: Arc<str>,
    /// Its number; spans of the template have it.
    pub file: FileId,
}

/// What a template gives.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The name of the template.
    pub name: Arc<str>,
    /// Its number.
    pub file: FileId,
    /// The text that it printed.
    pub text: Arc<str>,
    /// Who wrote which part of the text, in order.
    pub marks: Vec<Mark>,
}
