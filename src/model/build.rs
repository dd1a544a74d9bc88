//! What became of a kustomization that could not be built, or not in full, and of texts that are no objects.

use crate::kustomize::{Cause, Error, Target};
use crate::source::Span;

/// Something that is wrong with the build of a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildProblem {
    /// The directory of the root; empty for that of the repository.
    pub root: String,
    /// Where.
    pub span: Span,
    /// What, in one line.
    pub message: String,
    /// The entries through which the build came there, and whatever else was left out of it.
    pub related: Vec<(Span, String)>,
    /// What becomes of the build.
    pub outcome: BuildOutcome,
}

/// What becomes of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildOutcome {
    /// kustomize refuses it.
    Refused,
    /// Part of it is not known here.
    LeftOut,
    /// A patch does nothing.
    Unmatched,
    /// Helm refuses the chart.
    ChartRefused,
    /// What the chart is rendered with is not known here, or exceeds a limit.
    ChartUnknown,
}

/// A file that is not looked at by itself, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The name of the file.
    pub file: String,
    /// Why.
    pub why: NotRead,
}

/// Why a file is not looked at by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// Some of its documents are none to look at.
    Documents {
        /// Documents that a template fills in.
        templates: usize,
        /// Patches that no build takes.
        patches: usize,
    },
    /// Its name says that it is a template, and it names image configuration.
    Template,
    /// An ignore list hides it though Git tracks it, and it names image configuration.
    Hidden,
}

/// How much is left alone, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAloneCounts {
    /// Documents that a template fills in, and files that are templates by their names.
    pub templates: usize,
    /// Patches that no build takes.
    pub patches: usize,
    /// Files that an ignore list hides though Git tracks them.
    pub hidden: usize,
}

impl LeftAloneCounts {
    /// Adds it all up.
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
    /// The name of the Application; empty where a generator of Applications looks there.
    pub application: String,
    /// What the text comes to.
    pub path: String,
    /// A path of the same repository that is here.
    pub other: Span,
    /// A directory that is called nearly so.
    pub near: Option<String>,
}

impl BuildProblem {
    /// What kustomize says of a root that it does not build. `start` is where the root's kustomization begins.
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
        }
    }

    /// What is missing from the build of a root; `None` when nothing is.
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
        Self { root: root.to_owned(), span: target.span, message, related: Vec::new(), outcome }
    }
}
