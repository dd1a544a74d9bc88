//! Tells the templates and the values of Helm charts from manifests.

use crate::read::discover::{self, Input};
use crate::yaml::Node;

/// The part of a Helm chart that a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfChart {
    /// No part that matters.
    No,
    /// It lies below `templates/` beside a `Chart.yaml`.
    Template,
    /// By its name, it holds values. Whether it lies beside a `Chart.yaml`.
    Values { is_beside: bool },
}

impl OfChart {
    /// The part that the file `name` is; `inputs` are sorted by name.
    pub(super) fn of(name: &str, inputs: &[Input]) -> Self {
        let is_root = |above: &str| {
            let chart = format!("{above}Chart.yaml");
            inputs.binary_search_by(|input| input.name.as_str().cmp(&chart)).is_ok()
        };
        let mut start = 0;
        let is_template = discover::directory(name).split('/').any(|part| {
            let above = &name[..start];
            start += part.len() + 1;
            part == "templates" && is_root(above)
        });
        if is_template {
            return Self::Template;
        }
        let file = discover::file_name(name);
        let mut words = file.split(['.', '-', '_']);
        if words.any(|word| word == "values") {
            return Self::Values { is_beside: is_root(&name[..name.len() - file.len()]) };
        }
        Self::No
    }

    /// Whether a document with this root is a map of values, although it may have the keys of an object.
    pub(super) fn is_values(self, root: Node<'_>) -> bool {
        let lacks = |key: &str| root.get(key).is_none();
        matches!(self, Self::Values { is_beside } if is_beside || lacks("apiVersion") || lacks("kind"))
    }
}
