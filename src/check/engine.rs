//! Runs the rules over the clusters, and turns findings into diagnostics. A finding in a base that many clusters share
//! becomes one diagnostic.

mod policies;
mod removals;
mod templates;

use crate::check::diagnostic::{Diagnostic, State};
use crate::check::withheld;
use crate::finding::{Finding, Findings, Fix, MAX_FINDINGS, Related, Safety};
use crate::machine::guard;
use crate::machine::terminal::cut;
use crate::machine::threads;
use crate::model::{Cluster, Identity, ImageCounts, Repo};
use crate::policy::Policies;
use crate::read::manifest::Form;
use crate::rollout::Plan;
use crate::rules::rule::{Category, Check, Meta, Severity, is_policy};
use crate::rules::view::ClusterView;
use crate::rules::{self, internal_error};
use crate::source::{Sources, Span};
use jiff::civil::Date;
use removals::Removals;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

/// A rule that is switched on.
pub struct Active {
    /// Its description.
    pub meta: &'static Meta,
    /// Its options, ready to run.
    pub check: Box<dyn Check>,
}

/// The rules that run, the severities that are set, and the day of the run.
#[derive(Default)]
pub struct RuleSet {
    /// The rules to run, in the order of the registry.
    pub active: Vec<Active>,
    /// The severities that the configuration sets.
    pub severities: HashMap<&'static str, Severity>,
    /// The rules that do not run: the configuration switches them off, or the preset lacks them.
    pub off: Vec<&'static str>,
    /// The limit of findings of one rule and cluster, if it is not [`MAX_FINDINGS`]: `fix` needs more findings than a
    /// reader does.
    pub max_findings: Option<usize>,
    /// The policies of the repository, which run beside the rules.
    pub policies: Option<Arc<Policies>>,
    /// The day of the run. Without it, no rule reports what expires.
    pub today: Option<Date>,
}

impl RuleSet {
    /// Whether the diagnostics of a rule are reported.
    pub fn is_on(&self, meta: &Meta) -> bool {
        !self.off.contains(&meta.id)
    }

    /// The rule, or the policy, of this id.
    pub fn find(&self, id: &str) -> Option<&'static Meta> {
        let of_policies = || self.policies.as_ref().and_then(|policies| policies.find(id));
        rules::find(id).map(|entry| entry.meta).or_else(of_policies)
    }

    /// Whether an unknown id is certainly wrong, and not a policy of another run.
    pub fn may_know(&self, id: &str) -> bool {
        self.policies.is_some() || !is_policy(id)
    }

    /// The policies that run, in the order of their ids.
    pub fn policies_on(&self) -> Vec<&'static Meta> {
        let all = self.policies.iter().flat_map(|policies| policies.metas());
        all.filter(|meta| self.is_on(meta)).collect()
    }

    /// Whether a rule asks for the conversions of deprecated mirror sets.
    pub fn asks_for_conversions(&self) -> bool {
        self.active.iter().any(|rule| rule.check.asks_for_conversions())
    }

    /// The severity of a finding before its cluster is considered.
    pub fn severity(&self, meta: &Meta, finding: &Finding) -> Severity {
        self.severities.get(meta.id).copied().or(finding.severity).unwrap_or(meta.severity)
    }
}

/// The diagnostics of the rules.
#[derive(Debug, Default)]
pub struct Found {
    /// The diagnostics, in the order of files, places and rules; all open.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings about the settings for these files.
    pub about_settings: Vec<(&'static Meta, Finding)>,
    /// Findings beyond the limit of one rule and cluster.
    pub dropped: usize,
    /// The number of images that were compared with clusters; `None` if no workloads were read.
    pub images: Option<ImageCounts>,
}

/// The diagnostics of the rules for one cluster.
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
    let whole = guard::part("merge", || {
        let mut found = each(repo, set, sources);
        merge(&mut found.diagnostics);
        withheld::beyond(&mut found.diagnostics, &repo.clusters);
        withheld::flawed(&mut found.diagnostics, &repo.clusters, sources);
        found
    });
    let unmerged = |fault| unmerged(repo, set, sources, internal_error::of_findings(repo.start(), &fault));
    whole.unwrap_or_else(unmerged)
}

/// The diagnostics before they are merged, and a finding that says why they are not merged. None has a fix, since it is
/// not known which fixes to withhold.
pub fn unmerged(repo: &Repo, set: &RuleSet, sources: &Sources, why: Finding) -> Found {
    let mut found = each(repo, set, sources);
    found.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.fix = None);
    found.diagnostics.push(diagnostic(&internal_error::META, why, set, None, sources));
    found.diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.rule.id));
    found
}

/// The diagnostics of each rule for each cluster, and those about files and builds.
fn each(repo: &Repo, set: &RuleSet, sources: &Sources) -> Found {
    let mut checked = threads::map(&repo.clusters, |_, cluster| check(cluster, repo, set, sources));
    let mut of_templates = threads::map(&repo.templates, |_, cluster| check(cluster, repo, set, sources));
    templates::agree(&repo.templates, &mut of_templates);
    let mut found = Found::default();
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
    found.images = repo.unheld.as_ref().map(|unheld| count_images(&checked, unheld));
    checked.append(&mut of_templates);
    for of_cluster in checked {
        found.diagnostics.extend(of_cluster.diagnostics);
        found.dropped += of_cluster.dropped;
    }
    policies::run(repo, set, sources, &mut found);
    found
}

/// Counts the images. An image is `unheld` if no cluster runs it, or only clusters whose configuration allows no
/// answer.
fn count_images(checked: &[OfCluster], unheld: &BTreeSet<Span>) -> ImageCounts {
    let places = |tells: bool| {
        let clusters = checked.iter().filter(move |of_cluster| of_cluster.tells_of_images == tells);
        clusters.flat_map(|of_cluster| of_cluster.images.iter().copied())
    };
    let held: BTreeSet<Span> = places(true).collect();
    let others: BTreeSet<Span> = places(false).chain(unheld.iter().copied()).collect();
    let asked = |of_cluster: &&OfCluster| of_cluster.tells_of_images && !of_cluster.images.is_empty();
    ImageCounts {
        held: held.len(),
        clusters: checked.iter().filter(asked).count(),
        unheld: others.difference(&held).count(),
    }
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

/// Makes a diagnostic of a finding.
pub fn diagnostic(
    meta: &'static Meta,
    finding: Finding,
    set: &RuleSet,
    cluster: Option<&Cluster>,
    sources: &Sources,
) -> Diagnostic {
    let about = About::of(cluster, &finding);
    let doubt = cluster.and_then(|cluster| doubt(cluster, meta, &finding));
    let mut diagnostic = stamped(meta, finding, &about, doubt, set, sources);
    diagnostic.clusters = cluster.map(|cluster| cluster.name.clone()).into_iter().collect();
    // A dump of a cluster is never applied, so nothing in it is fixed.
    let is_of_dump = |cluster: &Cluster| {
        cluster.member_at(diagnostic.span).is_some_and(|(_, unit, _)| unit.form == Form::Dump)
    };
    if cluster.is_some_and(is_of_dump) {
        diagnostic.fix = None;
    }
    diagnostic
}

/// Makes a diagnostic of a finding about an object; `doubt` is why it may not be true of a running cluster.
fn stamped(
    meta: &'static Meta,
    finding: Finding,
    about: &About<'_>,
    doubt: Option<String>,
    set: &RuleSet,
    sources: &Sources,
) -> Diagnostic {
    let mut severity = set.severity(meta, &finding);
    // A severity from the configuration is never lowered.
    let mut note = doubt.filter(|_| !set.severities.contains_key(meta.id));
    if note.is_some() {
        severity = severity.lowered();
    }
    let mut fix = finding.fix.map(|fix| Fix { title: shortened(fix.title), ..fix });
    if let Some(template) = about.rendered_from {
        let belongs =
            format!("rendered from `{template}`; a change belongs there, the next rendering undoes it here");
        note = Some(note.map_or_else(|| belongs.clone(), |note| format!("{note}; {belongs}")));
        fix = fix.map(|fix| Fix { safety: Safety::Unsafe, ..fix });
    }
    let field = finding.field.clone().unwrap_or_else(|| about.place.clone());
    // A finding about a missing field stands on a nearby text, which is not its value.
    let value = if about.place.starts_with(&field) { sources.slice(finding.span) } else { "" };
    let mut related = finding.related;
    if let Some(span) = about.replaced.filter(|span| related.iter().all(|other| other.span != *span)) {
        related.push(Related { span, text: "it takes the place of this".to_owned() });
    }
    for related in &mut related {
        related.text = shortened(std::mem::take(&mut related.text));
    }
    let mut subject: Vec<&str> = finding.subject.iter().map(String::as_str).collect();
    subject.sort_unstable();
    subject.dedup();
    let subject = if subject.is_empty() { words(value) } else { subject };
    let former = about.identity.and_then(|identity| identity.former(&field));
    let former_fingerprint =
        former.map(|(identity, field)| fingerprint(meta, Some(&identity), &field, &subject));
    let fingerprint = fingerprint(meta, about.identity, &field, &subject);
    Diagnostic {
        rule: meta,
        severity,
        message: shortened(finding.message),
        span: finding.span,
        related,
        help: finding.help.map(shortened),
        note,
        fix,
        effect: finding.effect,
        field,
        data: finding.data,
        resource: about.identity.cloned(),
        clusters: Vec::new(),
        fingerprint,
        former_fingerprint,
        state: State::Open,
    }
}

/// The longest text of a diagnostic, since texts name values of any length.
const LONGEST: usize = 2_000;

fn shortened(text: String) -> String {
    if text.len() > LONGEST { cut(&text, LONGEST).into_owned() } else { text }
}

/// The object that a text belongs to.
#[derive(Default)]
struct About<'c> {
    identity: Option<&'c Identity>,
    /// The path of the text in the object.
    place: String,
    /// The text of a base that the text replaces.
    replaced: Option<Span>,
    /// The template that rendered the text.
    rendered_from: Option<&'c str>,
}

impl<'c> About<'c> {
    fn of(cluster: Option<&'c Cluster>, finding: &Finding) -> Self {
        let span = finding.span;
        let Some(cluster) = cluster else { return Self::default() };
        if let Some(found) = cluster.workload_at(span) {
            let (identity, place) = (Some(&found.workload.identity), found.field.to_owned());
            return Self { identity, place, replaced: found.replaced, rendered_from: None };
        }
        let about = finding.object;
        let named = about.and_then(|object| cluster.resources().find(|resource| resource.span() == object));
        let Some(resource) = named.or_else(|| cluster.resource_at(span)) else { return Self::default() };
        Self {
            identity: Some(resource.identity()),
            place: resource.manifest.root().path_to(span),
            replaced: resource.replaced(span),
            rendered_from: resource.manifest.rendered_from(),
        }
    }
}

/// Why a finding in an example is downgraded.
const SAMPLE: &str = "downgraded: the path marks this file as an example";

/// Why a finding may not be true of a running cluster, in words for people; `None` if there is no doubt.
fn doubt(cluster: &Cluster, meta: &Meta, finding: &Finding) -> Option<String> {
    let (number, unit, evidence) = cluster.member_at(finding.span)?;
    if unit.form == Form::Sample && !evidence.is_applied() {
        return Some(SAMPLE.to_owned());
    }
    let of_others = finding.related.iter().filter_map(|related| cluster.member_at(related.span));
    let mut of_others = of_others.filter(|(other, _, _)| *other != number);
    let guessed = of_others.find(|(_, _, other)| !(evidence.is_sure() && other.is_sure()));
    if let Some((_, _, other)) = guessed.filter(|_| !finding.stands_alone) {
        // Of two texts, the less certain one is the reason.
        let why = if evidence.is_sure() { other } else { evidence };
        return Some(format!(
            "downgraded: these files are only guessed to reach one cluster, `{}` ({why}); name the cluster under \
             `clusters:` in the configuration to be sure",
            cluster.name
        ));
    }
    // A value that is wrong by itself is wrong in each cluster.
    let of_others = || cluster.members().find_map(|(unit, _)| unit.incomplete.as_ref());
    let incomplete = unit.incomplete.as_ref().or_else(of_others);
    let incomplete = incomplete.filter(|_| !takes_one(meta))?;
    Some(format!("downgraded: not all that reaches the cluster is known: {incomplete}"))
}

/// Whether a rule reads one value or object at a time.
fn takes_one(meta: &Meta) -> bool {
    matches!(meta.category, Category::Shape | Category::Scopes)
}

/// The hash of rule, object, field without list positions, and subject. It stays the same when files move and lists are
/// sorted.
fn fingerprint(meta: &Meta, identity: Option<&Identity>, field: &str, subject: &[&str]) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    part(meta.id);
    if let Some(identity) = identity {
        for text in [&identity.kind, &identity.namespace, &identity.name] {
            part(text);
        }
    }
    part(&field.chars().filter(|c| !c.is_ascii_digit()).collect::<String>());
    for name in subject {
        part(name);
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The words of a value, sorted. Layout, quotes, comments and the order of keys do not count.
fn words(value: &str) -> Vec<&str> {
    let code =
        |line: &str| line.find(" #").or_else(|| line.starts_with('#').then_some(0)).unwrap_or(line.len());
    let mut words: Vec<&str> = value
        .lines()
        .map(str::trim)
        .flat_map(|line| line[..code(line)].split(|c: char| c.is_whitespace() || "[]{},".contains(c)))
        .map(|word| word.trim_matches(['"', '\'']))
        .filter(|word| !matches!(*word, "" | "-"))
        .collect();
    words.sort_unstable();
    words
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
