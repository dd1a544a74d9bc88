//! Diagnostics about the builds of kustomizations. The placement finds these problems.

use crate::finding::Finding;
use crate::model::{BuildOutcome, BuildProblem};
use crate::rules::chart_not_rendered;
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A kustomization that kustomize does not build.
pub static REFUSED_KUSTOMIZATION: Meta = Meta::recommended(
    "refused-kustomization",
    "a kustomization that kustomize does not build",
    Category::Trust,
    Severity::Error,
    "0.1.0",
);
/// A kustomization that is only known in part.
pub static INCOMPLETE_KUSTOMIZATION: Meta = Meta::recommended(
    "incomplete-kustomization",
    "a kustomization with parts that are not in the repository",
    Category::Trust,
    Severity::Note,
    "0.1.0",
);
/// A patch that selects nothing.
pub static UNMATCHED_PATCH: Meta = Meta::recommended(
    "unmatched-patch",
    "a patch whose target selects nothing",
    Category::Trust,
    Severity::Warning,
    "0.1.0",
);

/// At most so many of the builds that one text breaks are named.
const NAMED: usize = 5;
/// At most so many of the paths to the text are shown.
const WAYS: usize = 10;

/// The findings about builds: one for each wrong text, however many kustomizations include it.
pub fn findings(problems: &[BuildProblem]) -> Vec<(&'static Meta, Finding)> {
    let mut groups: BTreeMap<(BuildOutcome, Span, &str), Vec<&BuildProblem>> = BTreeMap::new();
    // A chart of another repository is nothing to correct: `clusters` names it.
    for problem in problems.iter().filter(|problem| problem.outcome != BuildOutcome::ChartElsewhere) {
        groups.entry((problem.outcome, problem.span, &problem.message)).or_default().push(problem);
    }
    groups
        .into_iter()
        .map(|((outcome, span, message), group)| finding(outcome, span, message, &group))
        .collect()
}

fn finding(
    outcome: BuildOutcome,
    span: Span,
    message: &str,
    group: &[&BuildProblem],
) -> (&'static Meta, Finding) {
    let roots: BTreeSet<&str> = group.iter().map(|problem| shown(&problem.root)).collect();
    let root = roots.first().copied().unwrap_or(".");
    let builds = builds(&roots);
    let (its, it) = if roots.len() == 1 { ("its", "it") } else { ("their", "them") };
    let needs_helm = |problem: &&BuildProblem| problem.needs_helm && shown(&problem.root) == root;
    let option = if group.iter().any(needs_helm) { "--enable-helm " } else { "" };
    let (meta, help) = match outcome {
        BuildOutcome::Refused => (
            &REFUSED_KUSTOMIZATION,
            format!(
                "correct it; {builds} stops here, so nothing of {it} reaches a cluster, and pullwarden \
                 checks {its} resources one by one, without patches"
            ),
        ),
        BuildOutcome::LeftOut => (
            &INCOMPLETE_KUSTOMIZATION,
            format!(
                "check the complete build with `kustomize build {option}{root} | pullwarden check -`; the rest of \
                 {} is checked without it, and findings that it could change are downgraded",
                named(&roots)
            ),
        ),
        BuildOutcome::FluxRefused => (
            &REFUSED_KUSTOMIZATION,
            "correct it; Flux sets `Ready` to `False` with `BuildFailed` and applies nothing of the path, and pullwarden \
             checks its files as they stand"
                .to_owned(),
        ),
        BuildOutcome::FluxUnknown => (
            &INCOMPLETE_KUSTOMIZATION,
            format!(
                "check the complete build with `flux build kustomization NAME --path {root} | pullwarden check -`; \
                 pullwarden does not judge values with these variables, and downgrades findings that they could change"
            ),
        ),
        BuildOutcome::ChartRefused | BuildOutcome::ChartUnknown | BuildOutcome::ChartElsewhere => {
            let is_configured = group.iter().all(|problem| problem.is_configured);
            let is_refused = outcome == BuildOutcome::ChartRefused;
            (&chart_not_rendered::META, chart_not_rendered::help(root, is_refused, is_configured))
        }
        BuildOutcome::Unmatched => (
            &UNMATCHED_PATCH,
            format!(
                "select an existing object, or remove the patch; {builds} silently skips it, and the \
                 objects do not change"
            ),
        ),
    };
    let mut finding = Finding::new(span, message.to_owned());
    let related: BTreeSet<&(Span, String)> = group.iter().flat_map(|problem| &problem.related).collect();
    for (span, text) in related.into_iter().take(WAYS) {
        finding.related(*span, text.clone());
    }
    if outcome == BuildOutcome::ChartUnknown {
        finding.severity(Severity::Note);
    }
    finding.help(help);
    (meta, finding)
}

/// Adds the builds that stop at an unreadable file to the finding about the file, and removes them from `problems`. One
/// wrong text is one finding.
pub fn tell_syntax(broken: &mut [(Span, Finding)], problems: &mut Vec<BuildProblem>) {
    let mut stopped: BTreeMap<FileId, BTreeSet<String>> = BTreeMap::new();
    for (span, _) in broken.iter() {
        stopped.entry(span.file).or_default();
    }
    problems.retain(|problem| {
        let stops = stopped.get_mut(&problem.span.file).filter(|_| problem.outcome == BuildOutcome::Refused);
        stops.is_none_or(|roots| {
            roots.insert(problem.root.clone());
            false
        })
    });
    for (span, finding) in broken {
        // Builds stop at the first broken document of a file.
        let Some(roots) = stopped.remove(&span.file).filter(|roots| !roots.is_empty()) else { continue };
        let roots: BTreeSet<&str> = roots.iter().map(|root| shown(root)).collect();
        let help = finding.help.take().unwrap_or_default();
        finding.help(format!("{help}; {} stops here, too", builds(&roots)));
    }
}

/// A directory in the usual form.
fn shown(root: &str) -> &str {
    if root.is_empty() { "." } else { root }
}

/// "`kustomize build a`", or of each of several.
fn builds(roots: &BTreeSet<&str>) -> String {
    match roots.first() {
        Some(root) if roots.len() == 1 => format!("`kustomize build {root}`"),
        _ => format!("`kustomize build` of {}", named(roots)),
    }
}

/// "`a`, `b` and 3 others"
fn named(roots: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = roots.iter().take(NAMED).map(|root| format!("`{root}`")).collect();
    let others = roots.len() - shown.len();
    match (shown.split_last(), others) {
        (Some((last, [])), 0) => last.clone(),
        (Some((last, before)), 0) => format!("{} and {last}", before.join(", ")),
        (_, 1) => format!("{} and 1 other", shown.join(", ")),
        (_, others) => format!("{} and {others} others", shown.join(", ")),
    }
}
