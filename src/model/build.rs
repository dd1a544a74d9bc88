//! Problems with the builds of kustomizations and charts, and documents that are not checked.

use crate::kustomize::{Cause, Error, Target};
use crate::source::Span;

/// A problem with the build of a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildProblem {
    /// The directory of the root; empty for the root of the repository.
    pub root: String,
    /// The place of the problem.
    pub span: Span,
    /// The problem, in one line.
    pub message: String,
    /// The entries through which the build reached the place, and everything else that the build leaves out.
    pub related: Vec<(Span, String)>,
    /// The effect on the build.
    pub outcome: BuildOutcome,
    /// Whether the kustomization names charts, which kustomize renders only with `--enable-helm`.
    pub needs_helm: bool,
    /// Whether the configuration names the chart.
    pub is_configured: bool,
}

/// The effect of a problem on a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildOutcome {
    /// kustomize refuses the build.
    Refused,
    /// A part of the build is not known here.
    LeftOut,
    /// A patch does nothing.
    Unmatched,
    /// Flux cannot build what an object of it applies.
    FluxRefused,
    /// Variables that Flux fills in are not known here.
    FluxUnknown,
    /// Helm refuses the chart.
    ChartRefused,
    /// An input of the chart is not known here, or exceeds a limit.
    ChartUnknown,
    /// The chart is not in the repository.
    ChartElsewhere,
}

impl BuildOutcome {
    /// Whether nothing of the kustomization reaches a cluster.
    pub fn is_refused(self) -> bool {
        matches!(self, BuildOutcome::Refused | BuildOutcome::FluxRefused)
    }
}

/// A file that is not checked by itself, or only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The name of the file.
    pub file: String,
    /// The reason.
    pub why: NotRead,
}

/// Why a file is not checked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// Some of its documents are not checked.
    Documents {
        /// Documents that a template still has to fill in.
        templates: usize,
        /// Patches that no build uses.
        patches: usize,
    },
    /// Its name says that it is a template, and it names image configuration.
    Template,
    /// An ignore list hides the file although Git tracks it, and it names image configuration.
    Hidden,
    /// It is the `Chart.yaml` of a chart that was rendered without so many of its dependencies.
    Dependencies(usize),
}

/// How many examples documents hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExampleCounts {
    /// The objects.
    pub examples: usize,
    /// The documents with at least one of them.
    pub documents: usize,
}

/// How much is not checked, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAloneCounts {
    /// Documents that a template still has to fill in, and files whose names say that they are templates.
    pub templates: usize,
    /// Patches that no build uses.
    pub patches: usize,
    /// Files that an ignore list hides although Git tracks them.
    pub hidden: usize,
    /// Dependencies of rendered charts that the repository does not contain.
    pub dependencies: usize,
}

impl LeftAloneCounts {
    /// Counts all of them.
    pub fn of(all: &[LeftAlone]) -> Self {
        let mut counts = Self::default();
        for left in all {
            match left.why {
                NotRead::Documents { templates, patches } => {
                    counts.templates += templates;
                    counts.patches += patches;
                }
                NotRead::Template => counts.templates += 1,
                NotRead::Hidden => counts.hidden += 1,
                NotRead::Dependencies(count) => counts.dependencies += count,
            }
        }
        counts
    }
}

/// A path of an Application that is not in the repository that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPath {
    /// The text of the path.
    pub span: Span,
    /// The name of the Application; empty if a generator of Applications has the path.
    pub application: String,
    /// The path after the text is evaluated.
    pub path: String,
    /// A path of the same repository that exists here.
    pub other: Span,
    /// A directory with nearly the same name.
    pub near: Option<String>,
}

impl BuildProblem {
    /// The report of kustomize for a root that it does not build. `start` is the start of the root's kustomization.
    pub(crate) fn refused(root: &str, error: &Error, start: Span) -> Self {
        let outcome =
            if error.cause == Cause::Refused { BuildOutcome::Refused } else { BuildOutcome::LeftOut };
        let via = error.via.iter().map(|span| (*span, "by way of this".to_owned()));
        Self {
            root: root.to_owned(),
            span: error.span.unwrap_or(start),
            message: error.message.clone(),
            related: via.collect(),
            outcome,
            needs_helm: false,
            is_configured: false,
        }
    }

    /// The parts that are missing from the build of a root; `None` if it is complete.
    pub(crate) fn left_out(root: &str, errors: &[Error], start: Span) -> Option<Self> {
        let (first, others) = errors.split_first()?;
        let others = others.iter().filter_map(|error| Some((error.span?, error.message.clone())));
        let related = others.collect();
        Some(Self { related, outcome: BuildOutcome::LeftOut, ..Self::refused(root, first, start) })
    }

    /// All its places.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        self.related.iter().map(|(span, _)| *span).chain([self.span])
    }

    /// A patch whose target selects nothing.
    pub(crate) fn unmatched(root: &str, target: &Target) -> Self {
        let message = format!("the target `{}` selects nothing", target.words());
        let outcome = BuildOutcome::Unmatched;
        let (root, related) = (root.to_owned(), Vec::new());
        Self { root, span: target.span, message, related, outcome, needs_helm: false, is_configured: false }
    }
}
