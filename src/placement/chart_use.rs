//! A chart as somebody applies it: an Application of Argo CD, a `HelmRelease` of Flux, or the configuration.

use super::chart_files::NoText;
use crate::model::{BuildOutcome, BuildProblem, Evidence};
use crate::read::discover::shown;
use crate::source::{FileId, Span, Spanned};
use crate::yaml::{Document, Node};
use argo_apps::{self as argo, Helm};
use helm::Limits;
use std::fmt::Write;
use std::sync::Arc;

/// Who applies a chart.
pub(super) enum Applier {
    /// An object in the unit of this number, with the evidence for its cluster, and the destination.
    Object(usize, Evidence, argo::Destination),
    /// The configuration, for the clusters of these numbers.
    Configuration(Vec<usize>),
    /// Nobody in the repository.
    Nobody,
}

/// A chart as it is applied.
pub(super) struct ChartUse {
    pub(super) by: Applier,
    /// The reason for this rendering, in words: "the Application `x` applies the chart".
    pub(super) reason: String,
    /// Who fills in unknown values: "a running Argo CD".
    pub(super) runner: &'static str,
    /// The name of the release where `helm` gives none.
    pub(super) release: String,
    /// The place of this name, if it has one of its own.
    pub(super) release_span: Option<Span>,
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
    /// Everything that the output depends on besides the contents of files. `matched` are the values files that globs match.
    pub(super) fn key(&self, limits: Limits, matched: &[String]) -> String {
        let Self { by, reason, runner, release, release_span, namespace, root, span, helm, flux } = self;
        let by = match by {
            Applier::Object(_, Evidence::Application(_), _) => "application",
            Applier::Object(..) => "object",
            Applier::Configuration(_) => "configuration",
            Applier::Nobody => "nobody",
        };
        let Helm { values, .. } = helm;
        let helm = Helm { values: Vec::new(), ..helm.clone() };
        let FluxOptions { post_renderers, .. } = flux;
        let flux = FluxOptions { post_renderers: Vec::new(), ..flux.clone() };
        let words = (by, reason, runner, (release, release_span), namespace, root, span, limits);
        let mut key = format!("{words:?} {matched:?} {helm:?} {flux:?}");
        for document in values.iter().chain(post_renderers) {
            key.push_str("\n---");
            for node in document.root().descendants() {
                let _ = write!(key, "\n{:?} {:?} {:?}", node.span(), node.kind(), node.text());
            }
        }
        key
    }

    /// The files that say how the chart is applied.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        let Helm { value_files, values, parameters, file_parameters, .. } = &self.helm;
        let documents = values.iter().chain(&self.flux.post_renderers);
        let nodes = documents.flat_map(|document| document.root().descendants());
        let spans = value_files.iter().map(|file| file.span);
        let spans = spans.chain(parameters.iter().map(|(line, _)| line.span));
        let spans = spans.chain(file_parameters.iter().map(|(name, _)| name.span));
        let spans = spans.chain(nodes.map(Node::span)).chain([self.span]);
        spans.map(|span| span.file)
    }

    /// The problem that Helm rejects the chart.
    pub(super) fn refused(&self, error: &helm::Error) -> BuildProblem {
        let lines: Vec<&str> = error.message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let message = format!("the chart `{}` cannot be rendered: {}", shown(&self.root), lines.join("; "));
        let used = (self.span, self.reason.clone());
        let via = error.via.iter().map(|span| (*span, "called here".to_owned()));
        let outcome = if error.is_limit { BuildOutcome::ChartUnknown } else { BuildOutcome::ChartRefused };
        let related = via.chain(error.span.map(|_| used)).collect();
        let span = error.span.unwrap_or(self.span);
        let (root, is_configured) = (self.root.clone(), self.is_configured());
        BuildProblem { root, span, message, related, outcome, needs_helm: false, is_configured }
    }

    /// The problem that a dependency is missing.
    pub(super) fn without_dependency(&self, missing: &Spanned<String>) -> BuildProblem {
        let why = format!("its dependency `{}` is not in this repository", missing.value);
        let problem = self.unknown(missing.span, &why);
        BuildProblem { related: vec![(self.span, self.reason.clone())], ..problem }
    }

    /// The problem that a values file cannot be used. An object may mean the files of another revision.
    pub(super) fn without_file(&self, span: Span, path: &str, why: &NoText) -> BuildProblem {
        let (why, is_refused) = match why {
            NoText::Missing => (format!("there is no `{path}` in this repository"), true),
            NoText::Refused(why) => (format!("`{path}` {why}"), true),
            NoText::Unknown(why) => (format!("`{path}` {why}"), false),
        };
        let problem = self.unknown(span, &why);
        if is_refused && self.is_configured() {
            BuildProblem { outcome: BuildOutcome::ChartRefused, ..problem }
        } else {
            problem
        }
    }

    /// The problem that an input of the chart is not known.
    pub(super) fn unknown(&self, span: Span, why: &str) -> BuildProblem {
        let message = format!("the chart `{}` is not rendered: {why}", shown(&self.root));
        let outcome = BuildOutcome::ChartUnknown;
        let (root, related) = (self.root.clone(), Vec::new());
        let is_configured = self.is_configured();
        BuildProblem { root, span, message, related, outcome, needs_helm: false, is_configured }
    }

    /// Whether the configuration names the chart.
    fn is_configured(&self) -> bool {
        matches!(self.by, Applier::Configuration(_))
    }
}
