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

/// What to do about a chart that Helm refuses.
pub(super) const REFUSED: &str = "correct it; `helm template` stops here, so Argo CD shows `ComparisonError`, a HelmRelease of Flux fails, and nothing \
                                  of the chart is applied; its templates are checked as they stand";

/// What to do about a chart whose inputs are not all known here.
pub(super) const UNKNOWN: &str = "check the output of the chart with `argocd app manifests APPLICATION --source git | pullwarden check -`, or \
                                  with `helm get manifest RELEASE | pullwarden check -` for Flux; \
                                  its templates are checked as they stand";
