//! A chart as an object applies it: an Application of Argo CD, or a `HelmRelease` of Flux.

use crate::model::{BuildOutcome, BuildProblem, Evidence};
use crate::read::discover::shown;
use crate::source::Span;
use crate::yaml::Document;
use argo_apps::{self as argo, Helm};
use std::sync::Arc;

/// A chart as one object applies it.
pub(super) struct ChartUse {
    /// The number of the unit that holds the object.
    pub(super) by: usize,
    /// The evidence for the cluster that gets the chart.
    pub(super) evidence: Evidence,
    /// The object, in words: "the Application `x`".
    pub(super) object: String,
    /// Who fills in unknown values: "a running Argo CD".
    pub(super) runner: &'static str,
    /// The name of the release where the object gives none.
    pub(super) release: String,
    pub(super) to: argo::Destination,
    pub(super) namespace: String,
    /// The directory of the chart.
    pub(super) root: String,
    pub(super) span: Span,
    pub(super) helm: Helm,
    /// Further settings of Flux.
    pub(super) flux: FluxOptions,
}

/// Settings of a `HelmRelease` other than values.
#[derive(Clone, Debug, Default)]
pub(super) struct FluxOptions {
    /// Whether the values files replace the chart's own values.
    pub(super) replaces_values: bool,
    /// Whether `crds/` is left out.
    pub(super) without_crds: bool,
    /// The changes of post-renderers, in order: each holds fields of a kustomization.
    pub(super) post_renderers: Vec<Arc<Document>>,
    /// A part of the `HelmRelease` that pullwarden does not evaluate.
    pub(super) incomplete: Option<String>,
}

impl ChartUse {
    /// The problem that Helm rejects the chart.
    pub(super) fn refused(&self, error: &helm::Error) -> BuildProblem {
        let lines: Vec<&str> = error.message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let message = format!("the chart `{}` cannot be rendered: {}", shown(&self.root), lines.join("; "));
        let used = (self.span, format!("{} applies the chart", self.object));
        let via = error.via.iter().map(|span| (*span, "called here".to_owned()));
        let outcome = if error.is_limit { BuildOutcome::ChartUnknown } else { BuildOutcome::ChartRefused };
        let related = via.chain(error.span.map(|_| used)).collect();
        let span = error.span.unwrap_or(self.span);
        BuildProblem { root: self.root.clone(), span, message, related, outcome }
    }

    /// The problem that an input of the chart is not known.
    pub(super) fn unknown(&self, span: Span, why: &str) -> BuildProblem {
        let message = format!("the chart `{}` is not rendered: {why}", shown(&self.root));
        let outcome = BuildOutcome::ChartUnknown;
        BuildProblem { root: self.root.clone(), span, message, related: Vec::new(), outcome }
    }
}
