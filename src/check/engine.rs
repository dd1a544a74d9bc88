//! Runs the rules over the clusters, and turns findings into diagnostics. A finding in a base that many clusters share
//! becomes one diagnostic.

mod clusters;
mod kept;
mod policies;
mod removals;
mod rule_set;
mod stamp;
mod templates;

use clusters::OfClusters;
pub(crate) use kept::KeptFindings;
use kept::Turn;
pub use rule_set::{Active, RuleSet};
pub use stamp::diagnostic;

use crate::check::diagnostic::Diagnostic;
use crate::check::withheld;
use crate::finding::{Finding, Findings, MAX_FINDINGS, Related};
use crate::machine::guard;
use crate::model::{Cluster, ImageCounts, Repo};
use crate::read::manifest::Form;
use crate::rollout::Plan;
use crate::rules::rule::Meta;
use crate::rules::view::ClusterView;
use crate::rules::{self, internal_error};
use crate::source::{FileId, Sources, Span};
use removals::Removals;
use stamp::SAMPLE;
use std::collections::HashSet;

/// The diagnostics of the rules.
#[derive(Debug, Default)]
pub struct Found {
    /// The diagnostics, in the order of files, places and rules; all open.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings about the settings for these files.
    pub about_settings: Vec<(&'static Meta, Finding)>,
    /// Findings beyond the limit of one rule and cluster.
    pub dropped: usize,
    /// Objects and clusters for which some policies did not run, since all took too long.
    pub unfinished: usize,
    /// The number of images that were compared with clusters; `None` if no workloads were read.
    pub images: Option<ImageCounts>,
}

/// The diagnostics of the rules for one cluster.
#[derive(Clone, Debug)]
struct OfCluster {
    diagnostics: Vec<Diagnostic>,
    dropped: usize,
    /// The places of the images of its workloads.
    images: Vec<Span>,
    /// Whether the images were compared with the configuration of the cluster.
    tells_of_images: bool,
}

/// Runs every active rule over every cluster.
pub fn run(repo: &Repo, set: &RuleSet, sources: &Sources) -> Found {
    run_after(&KeptFindings::default(), None, repo, set, sources).0
}

/// Does the same, after a run `before` with the same rules, since which the texts of `changed` files have changed;
/// `None` if nothing of that run holds any more. Also returns what this run keeps.
pub(crate) fn run_after(
    before: &KeptFindings,
    changed: Option<&HashSet<FileId>>,
    repo: &Repo,
    set: &RuleSet,
    sources: &Sources,
) -> (Found, KeptFindings) {
    let turn = before.turn(changed, &repo.conversions);
    let whole = guard::part("merge", || {
        let mut found = each(repo, set, sources, &turn, merge);
        merge(&mut found.diagnostics);
        withheld::beyond(&mut found.diagnostics, &repo.clusters);
        withheld::flawed(&mut found.diagnostics, &repo.clusters, sources);
        found
    });
    let unmerged = |fault| unmerged(repo, set, sources, internal_error::of_findings(repo.start(), &fault));
    (whole.unwrap_or_else(unmerged), turn.done())
}

/// The diagnostics before they are merged, and a finding that says why they are not merged. None has a fix, since it is
/// not known which fixes to withhold.
pub fn unmerged(repo: &Repo, set: &RuleSet, sources: &Sources, why: Finding) -> Found {
    let nothing = KeptFindings::default();
    let turn = nothing.turn(None, &repo.conversions);
    let mut found = each(repo, set, sources, &turn, |_| {});
    found.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.fix = None);
    found.diagnostics.push(diagnostic(&internal_error::META, why, set, None, sources));
    found.diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.rule.id));
    found
}

/// The diagnostics of each rule for each cluster, and those about files and builds. `join` joins some of those of clusters.
fn each(
    repo: &Repo,
    set: &RuleSet,
    sources: &Sources,
    turn: &Turn<'_>,
    join: impl Fn(&mut Vec<Diagnostic>) + Send,
) -> Found {
    let of_clusters = || OfClusters::of(repo, set, sources, turn, join);
    // Policies run in other processes: while one side waits, the other works.
    let (of_clusters, said) = policies::beside(of_clusters, repo, set, sources);
    let mut found = Found {
        images: repo.unheld.as_ref().map(|unheld| of_clusters.images(unheld)),
        diagnostics: of_clusters.diagnostics,
        dropped: of_clusters.dropped,
        ..Found::default()
    };
    // A fault of pullwarden is reported even if its rule is off.
    let is_told = |meta: &Meta| set.is_on(meta) || meta.id == internal_error::META.id;
    let broken = repo.broken.iter().map(|broken| (broken.span, rules::of_broken(broken)));
    let broken = broken.filter(|(_, (meta, _))| is_told(meta));
    let (syntax, files): (Vec<_>, Vec<_>) =
        broken.partition(|(_, (meta, _))| meta.id == rules::yaml_syntax::META.id);
    let mut syntax: Vec<_> = syntax.into_iter().map(|(span, (_, finding))| (span, finding)).collect();
    let mut builds = repo.builds.clone();
    rules::kustomization::tell_syntax(&mut syntax, &mut builds);
    let syntax = syntax.into_iter().map(|(_, finding)| (&rules::yaml_syntax::META, finding));
    let builds = rules::kustomization::findings(&builds);
    let missing = repo.missing.iter().map(rules::missing_application_path::finding);
    let files = files.into_iter().map(|(_, found)| found);
    for (meta, finding) in files.chain(syntax).chain(builds).chain(missing) {
        if is_told(meta) {
            let mut diagnostic = diagnostic(meta, finding, set, None, sources);
            let file = sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str());
            let is_syntax = meta.id == rules::yaml_syntax::META.id;
            if is_syntax && Form::of_path(file) == Form::Sample && !set.severities.contains_key(meta.id) {
                diagnostic.severity = diagnostic.severity.lowered();
                diagnostic.note = Some(SAMPLE.to_owned());
            }
            found.diagnostics.push(diagnostic);
        }
    }
    policies::tell(said, repo, set, sources, &mut found);
    found
}

fn check(cluster: &Cluster, repo: &Repo, set: &RuleSet, sources: &Sources) -> OfCluster {
    let mut diagnostics = Vec::new();
    let mut dropped = 0;
    let images: Vec<Span> = cluster.workload_images().map(|(_, image)| image.place()).collect();
    let fails = |said: Option<Finding>| {
        said.map(|finding| diagnostic(&internal_error::META, finding, set, None, sources))
    };
    let view = match guard::part("view", || {
        ClusterView::new(cluster).on_day(set.today).with_conversions(&repo.conversions)
    }) {
        Ok(view) => view,
        Err(fault) => {
            let diagnostics = fails(internal_error::of_cluster(cluster, &fault)).into_iter().collect();
            return OfCluster { diagnostics, dropped: 0, images, tells_of_images: false };
        }
    };
    let is_all =
        |form: Form| cluster.members().all(|(unit, evidence)| unit.form == form && !evidence.is_applied());
    let (is_ci_only, is_dump) = (is_all(Form::CiOnly), is_all(Form::Dump));
    for rule in &set.active {
        if is_dump && !rule.check.is_for_dumps() {
            continue;
        }
        // The other objects of its cluster are not known, nor the values of the template.
        if cluster.masked().is_some() && !rule.check.is_for_templates() {
            continue;
        }
        // No cluster gets it, so only the rules about pipelines apply.
        if is_ci_only && !rule.check.is_for_pipelines() {
            continue;
        }
        let found = guard::run(|| {
            let mut findings = Findings::up_to(set.max_findings.unwrap_or(MAX_FINDINGS));
            rule.check.check(&view, &mut findings);
            let dropped = findings.dropped;
            let findings = findings.into_vec().into_iter();
            let all = findings.map(|finding| diagnostic(rule.meta, finding, set, Some(cluster), sources));
            (all.collect::<Vec<_>>(), dropped)
        });
        match found {
            Ok((found, more)) => {
                diagnostics.extend(found);
                dropped += more;
            }
            Err(fault) => diagnostics.extend(fails(internal_error::of_rule(rule.meta, cluster, &fault))),
        }
    }
    let is_asked = !images.is_empty() && !is_ci_only && !cluster.stands_by_itself();
    let tells_of_images = is_asked && guard::run(|| view.tells_of_images()).unwrap_or(false);
    view.end();
    // Many of them may stay in memory, all with room for as many more.
    diagnostics.shrink_to_fit();
    OfCluster { diagnostics, dropped, images, tells_of_images }
}

/// The diagnostics of a plan, placed on lines of the new state, whose texts have the number `first` and higher ones.
pub fn changes(plan: &Plan<'_>, first: usize, set: &RuleSet, sources: &Sources) -> Found {
    let removals = Removals::of(sources, first);
    let mut diagnostics = Vec::new();
    for cluster in &plan.clusters {
        for (meta, mut finding) in rules::changes::findings(cluster) {
            if !set.is_on(meta) {
                continue;
            }
            if let Some(span) = removals.stands_at(finding.span) {
                finding.related.insert(0, Related { span: finding.span, text: "this is removed".to_owned() });
                finding.span = span;
            }
            diagnostics.push(diagnostic(meta, finding, set, Some(&cluster.after.cluster), sources));
        }
    }
    merge(&mut diagnostics);
    Found { diagnostics, ..Found::default() }
}

/// Adds the diagnostics of the policies about a change.
pub fn policies_of_change(
    repo: &Repo,
    set: &RuleSet,
    sources: &Sources,
    plan: &(dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync),
    found: &mut Found,
) {
    policies::of_change(repo, set, sources, plan, found);
    merge(&mut found.diagnostics);
}

/// Sorts the diagnostics, and joins those with the same message at the same place.
fn merge(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.span, a.rule.id, &a.message, &a.clusters).cmp(&(b.span, b.rule.id, &b.message, &b.clusters))
    });
    diagnostics.dedup_by(|next, kept| {
        let same = next.span == kept.span
            && next.rule.id == kept.rule.id
            && next.message == kept.message
            && next.state == kept.state;
        if same {
            // The ones that were kept differ already.
            for cluster in next.clusters.drain(..) {
                if kept.clusters.last() != Some(&cluster) {
                    kept.clusters.push(cluster);
                }
            }
            // A text that one cluster gets patched is not fixed where it stands.
            if kept.fix != next.fix {
                kept.fix = None;
            }
            if next.severity > kept.severity {
                kept.severity = next.severity;
                kept.note = next.note.take();
            }
        }
        same
    });
}
