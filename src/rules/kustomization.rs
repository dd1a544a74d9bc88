//! Diagnostics about the builds of kustomizations: the layout finds them on its way.

use crate::crd::KIND_NAMES;
use crate::finding::Finding;
use crate::model::{BuildProblem, Outcome};
use crate::rule::{Category, Meta, Preset, Severity};
use crate::source::Sources;

const fn meta(id: &'static str, summary: &'static str, severity: Severity, page: &'static str) -> Meta {
    Meta {
        id,
        summary,
        category: Category::Trust,
        severity,
        preset: Preset::Recommended,
        security: None,
        since: "0.1.0",
        page,
    }
}

/// A kustomization that kustomize does not build.
pub static REFUSED_KUSTOMIZATION: Meta = meta(
    "refused-kustomization",
    "a kustomization that kustomize does not build",
    Severity::Error,
    include_str!("../../rules/refused-kustomization.md"),
);
/// A kustomization of which not everything is known here.
pub static INCOMPLETE_KUSTOMIZATION: Meta = meta(
    "incomplete-kustomization",
    "a kustomization of which not everything is known here",
    Severity::Note,
    include_str!("../../rules/incomplete-kustomization.md"),
);
/// A patch that selects nothing.
pub static UNMATCHED_PATCH: Meta = meta(
    "unmatched-patch",
    "a patch whose target selects nothing",
    Severity::Warning,
    include_str!("../../rules/unmatched-patch.md"),
);

/// What is said of a build; nothing where a patch is about something else than image configuration.
pub fn finding(problem: &BuildProblem, sources: &Sources) -> Option<(&'static Meta, Finding)> {
    let root = if problem.root.is_empty() { "." } else { &problem.root };
    let (meta, help) = match problem.outcome {
        Outcome::Refused => (
            &REFUSED_KUSTOMIZATION,
            format!(
                "`kustomize build {root}` stops here, so nothing of it reaches a cluster; its resources are checked one \
                 by one, without patches"
            ),
        ),
        Outcome::LeftOut => (
            &INCOMPLETE_KUSTOMIZATION,
            format!(
                "the rest of `{root}` is checked without it, and what it might change weighs less; a build of the \
                 whole can be checked with `kustomize build {root} | pullwarden check -`"
            ),
        ),
        Outcome::Unmatched => {
            let target = sources.slice(problem.span);
            if target.contains("kind") && !KIND_NAMES.iter().any(|kind| target.contains(kind)) {
                return None;
            }
            (
                &UNMATCHED_PATCH,
                format!(
                    "`kustomize build {root}` passes over it without a word, and the objects stay as they were; \
                     select one that is there, or remove the patch"
                ),
            )
        }
    };
    let mut finding = Finding::new(problem.span, problem.message.clone());
    for (span, text) in &problem.related {
        finding.related(*span, text.clone());
    }
    finding.help(help);
    Some((meta, finding))
}
