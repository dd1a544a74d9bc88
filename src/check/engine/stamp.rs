//! Makes a diagnostic of a finding: its severity, its object, its fingerprint, and why it may not be true.

use super::RuleSet;
use crate::check::diagnostic::{Diagnostic, State};
use crate::finding::{Finding, Fix, Related, Safety};
use crate::machine::terminal::cut;
use crate::model::{Cluster, Evidence, Identity, StandsAlone, UnitOrigin};
use crate::read::manifest::Form;
use crate::rules::rule::{Category, Meta};
use crate::source::{Sources, Span};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// Makes a diagnostic of a finding.
pub fn diagnostic(
    meta: &'static Meta,
    finding: Finding,
    set: &RuleSet,
    cluster: Option<&Cluster>,
    sources: &Sources,
) -> Diagnostic {
    let about = About::of(cluster, &finding);
    let doubt = cluster.and_then(|cluster| doubt(cluster, meta, &finding, sources));
    let mut diagnostic = stamped(meta, finding, &about, doubt, set, sources);
    diagnostic.clusters = cluster.map(|cluster| cluster.name.clone()).into_iter().collect();
    // A dump of a cluster is never applied, so nothing in it is fixed.
    let is_of_dump = |cluster: &Cluster| {
        cluster.member_at(diagnostic.span).is_some_and(|(_, unit, _)| unit.form == Form::Dump)
    };
    // Flux changes what stands in the file.
    let is_of_flux = |cluster: &Cluster| {
        let member = cluster.member_at(diagnostic.span);
        member.is_some_and(|(_, unit, _)| matches!(unit.origin, UnitOrigin::Flux { .. }))
    };
    if cluster.is_some_and(|cluster| is_of_dump(cluster) || is_of_flux(cluster)) {
        diagnostic.fix = None;
    }
    if let (Some(cluster), Some(fix)) = (cluster, &mut diagnostic.fix) {
        let of_chart = cluster.resource_at(diagnostic.span).map(|resource| &resource.manifest);
        // Something else may need the text of a template or a value as it is. Every rendering proves the fix.
        if of_chart.is_some_and(|made| fix.edits.iter().any(|edit| made.is_made_of(edit.span.file))) {
            (fix.safety, fix.is_tried) = (Safety::Unsafe, true);
        }
    }
    diagnostic
}

/// Makes a diagnostic of a finding about an object; `doubt` is why it may not be true of a running cluster.
pub(super) fn stamped(
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
        let belongs = format!(
            "rendered from `{template}`; change that file, since the next rendering overwrites this one"
        );
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
    // A report may hold very many of them, and a list begins with room for four.
    related.shrink_to_fit();
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
    let fingerprint = fingerprint(meta, about.identity.map(Arc::as_ref), &field, &subject);
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
pub(super) struct About<'c> {
    pub(super) identity: Option<&'c Arc<Identity>>,
    /// The path of the text in the object.
    pub(super) place: String,
    /// The text of a base that the text replaces.
    pub(super) replaced: Option<Span>,
    /// The template that rendered the text.
    pub(super) rendered_from: Option<&'c str>,
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
            identity: Some(resource.shared_identity()),
            place: resource.manifest.root().path_to(span),
            replaced: resource.replaced(span),
            rendered_from: resource.manifest.rendered_from(),
        }
    }
}

/// Why a finding in an example is downgraded.
pub(super) const SAMPLE: &str = "downgraded: the path marks this file as an example";

/// Why a finding in a chart that nothing applies is downgraded.
const UNUSED: &str =
    "downgraded: nothing in this repository applies the chart, and other values may give other objects";

/// Why a finding may not be true of a running cluster, in words for people; `None` if there is no doubt.
fn doubt(cluster: &Cluster, meta: &Meta, finding: &Finding, sources: &Sources) -> Option<String> {
    let (number, unit, evidence) = cluster.member_at(finding.span)?;
    if unit.form == Form::Sample && !evidence.is_applied() {
        return Some(SAMPLE.to_owned());
    }
    if *evidence == Evidence::Alone(StandsAlone::UnusedChart) {
        // What a template itself says is the same with any values.
        let is_of_template =
            cluster.resources().any(|resource| resource.manifest.file() == finding.span.file);
        let is_literal = is_of_template && !sources.slice(finding.span).contains("{{");
        return (!is_literal || !takes_one(meta)).then(|| UNUSED.to_owned());
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
    Some(format!("downgraded: a part of the cluster's configuration is unknown: {incomplete}"))
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
        for text in [&*identity.kind, &identity.namespace, &identity.name] {
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
