//! A chart as somebody applies it: an Application of Argo CD, or a `HelmRelease` of Flux.

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
    /// What says so.
    pub(super) evidence: Evidence,
    /// The object, in words: "the Application `x`".
    pub(super) object: String,
    /// Who fills in what is not known: "a running Argo CD".
    pub(super) runner: &'static str,
    /// The name of a release that names none.
    pub(super) release: String,
    pub(super) to: argo::Destination,
    pub(super) namespace: String,
    /// The directory of the chart.
    pub(super) root: String,
    pub(super) span: Span,
    pub(super) helm: Helm,
    /// What else Flux decides.
    pub(super) flux: FluxOptions,
}

/// What a `HelmRelease` decides beside values.
#[derive(Clone, Debug, Default)]
pub(super) struct FluxOptions {
    /// Whether the values files take the place of the chart's own values.
    pub(super) replaces_values: bool,
    /// Whether `crds/` is left out.
    pub(super) without_crds: bool,
    /// What post-renderers change, one after the other: fields of a kustomization.
    pub(super) post_renderers: Vec<Arc<Document>>,
    /// What the `HelmRelease` says that is not followed.
    pub(super) incomplete: Option<String>,
}

impl ChartUse {
    /// That Helm refuses the chart.
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

    /// That something is not known that the chart is rendered with.
    pub(super) fn unknown(&self, span: Span, why: &str) -> BuildProblem {
        let message = format!("the chart `{}` is not rendered: {why}", shown(&self.root));
        let outcome = BuildOutcome::ChartUnknown;
        BuildProblem { root: self.root.clone(), span, message, related: Vec::new(), outcome }
    }
}
