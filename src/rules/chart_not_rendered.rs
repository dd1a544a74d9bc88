//! Diagnostics about the charts that Applications apply. The placement finds these problems.

use crate::rules::rule::{Category, Meta, Severity};

/// A chart with image configuration that is not rendered.
pub static META: Meta = Meta::recommended(
    "chart-not-rendered",
    "a chart that cannot be rendered for an Application",
    Category::Trust,
    Severity::Error,
    "0.2.0",
);

/// What to do about a chart that Helm refuses, or whose inputs are not all known here. The configuration or an object
/// applies the chart in `root`.
pub(super) fn help(root: &str, is_refused: bool, is_configured: bool) -> String {
    let first = match (is_refused, is_configured) {
        (true, true) => "correct it; `helm template` stops here, so no cluster is checked with this chart",
        (true, false) => {
            "correct it; `helm template` stops here, so Argo CD shows `ComparisonError`, a HelmRelease of Flux fails, and \
             nothing of the chart is applied"
        }
        (false, true) => {
            return format!(
                "check the output of the chart with `helm template RELEASE {root} | pullwarden check -`; its templates are \
                 checked as they stand"
            );
        }
        (false, false) => {
            "check the output of the chart with `argocd app manifests APPLICATION --source git | pullwarden check -`, or \
             with `helm get manifest RELEASE | pullwarden check -` for Flux"
        }
    };
    format!("{first}; its templates are checked as they stand")
}
