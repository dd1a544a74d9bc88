//! Decides the state of each diagnostic (ignored, accepted in the baseline, or open), and counts them.

mod index;
mod yields;

use crate::check::baseline::BaselineEntry;
use crate::check::diagnostic::{Diagnostic, State};
use crate::check::engine::{self, Found};
use crate::check::ignores::{self, Ignore, Reach};
use crate::check::withheld;
use crate::config::Settings;
use crate::finding::{Finding, MAX_FINDINGS};
use crate::machine::guard;
use crate::model::{Cluster, ExampleCounts, ImageCounts, LeftAlone, LeftAloneCounts, Repo};
use crate::policy;
use crate::read::manifest::{Form, Manifest};
use crate::rules::rule::{Category, Meta, Severity};
use crate::rules::{internal_error, settings as said};
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml;
use index::{Index, Place};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The result of a check.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Every diagnostic, ignored and accepted ones included, in the order of files, places and rules.
    pub diagnostics: Vec<Diagnostic>,
    /// What was checked.
    pub checked: Checked,
    /// Files that were not checked, or only in part, sorted by name.
    pub left_alone: Vec<LeftAlone>,
    /// The policies that ran, in the order of their ids.
    pub policies: Vec<&'static Meta>,
}

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Files that were read.
    pub files: usize,
    /// Resources that configure images.
    pub resources: usize,
    /// Clusters that they reach.
    pub clusters: usize,
    /// Units with image configuration whose cluster is not known.
    pub alone: usize,
    /// The number of images that were compared with clusters; `None` if no rule asks.
    pub images: Option<ImageCounts>,
    /// What was not checked.
    pub left_alone: LeftAloneCounts,
    /// Documents that cannot be read, and that name no kind that pullwarden reads.
    pub unread: usize,
    /// Findings beyond the limit of one rule and cluster, not kept.
    pub dropped: usize,
    /// The examples of documents; `None` where nobody asks for them.
    pub examples: Option<ExampleCounts>,
    /// Objects that policies look at; `None` where there are no policies.
    pub objects: Option<usize>,
    /// How many of them some policies did not look at, since all policies took too long.
    pub unfinished: usize,
}

/// What the engine counted.
#[derive(Clone, Copy)]
struct Counts {
    images: Option<ImageCounts>,
    dropped: usize,
    unfinished: usize,
}

impl Counts {
    fn of(found: &Found) -> Self {
        Self { images: found.images, dropped: found.dropped, unfinished: found.unfinished }
    }
}

impl Checked {
    fn of(repo: &Repo, counts: Counts, settings: &Settings) -> Self {
        let of_templates =
            repo.templates.iter().filter(|cluster| cluster.masked().is_some_and(|masked| masked.is_first));
        let configuring = repo.clusters.iter().chain(of_templates);
        let configuring = configuring.filter(|cluster| cluster.configures_images());
        let (alone, clusters): (Vec<&Cluster>, Vec<&Cluster>) =
            configuring.partition(|cluster| cluster.stands_by_itself());
        Self {
            files: repo.files,
            resources: repo.image_resources,
            clusters: clusters.len(),
            alone: alone.into_iter().map(|cluster| cluster.members().count()).sum(),
            images: counts.images,
            left_alone: LeftAloneCounts::of(&repo.left_alone),
            unread: repo.unread,
            examples: repo.examples,
            dropped: counts.dropped,
            unfinished: counts.unfinished,
            objects: settings.has_policies().then(|| policy::count_objects(repo)),
        }
    }
}

impl Report {
    /// The diagnostics that are reported.
    pub fn open(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_open())
    }

    /// The number of open diagnostics with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.open().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// The number of ignored diagnostics.
    pub fn ignored(&self) -> usize {
        let is_ignored = |diagnostic: &&Diagnostic| matches!(diagnostic.state, State::Ignored { .. });
        self.diagnostics.iter().filter(is_ignored).count()
    }

    /// The number of diagnostics that the baseline hides.
    pub fn baselined(&self) -> usize {
        let is_baselined = |diagnostic: &&Diagnostic| matches!(diagnostic.state, State::Baselined { .. });
        self.diagnostics.iter().filter(is_baselined).count()
    }

    /// Whether a part of the check failed, so that diagnostics may be missing.
    pub fn has_faults(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.rule.id == internal_error::META.id)
    }

    /// Whether an open diagnostic has at least this severity.
    pub fn reaches(&self, severity: Severity) -> bool {
        self.open().any(|diagnostic| diagnostic.severity >= severity)
    }
}

/// Applies all ignores, and reports invalid ones. If that fails, all diagnostics are open.
pub fn apply(found: Found, repo: &Repo, settings: &Settings, sources: &Sources) -> Report {
    guard::part("triage", || sorted(found, repo, settings, sources)).unwrap_or_else(|fault| {
        let why = internal_error::of_triage(repo.start(), &fault);
        let found = engine::unmerged(repo, &settings.rules, sources, why);
        let checked = Checked::of(repo, Counts::of(&found), settings);
        Report {
            diagnostics: found.diagnostics,
            checked,
            left_alone: repo.left_alone.clone(),
            policies: settings.rules.policies_on(),
        }
    })
}

fn sorted(found: Found, repo: &Repo, settings: &Settings, sources: &Sources) -> Report {
    let mut totals = Counts::of(&found);
    let mut diagnostics = found.diagnostics;
    yields::apply(&mut diagnostics);
    let mut about_settings: Vec<(&'static Meta, Finding)> = Vec::new();
    let mut ignores = collect(repo, sources, &mut about_settings);
    ignores.extend(settings.ignores.iter().cloned());
    let mut used = vec![false; ignores.len()];
    let index = Index::new(&ignores, |ignore| is_expired(ignore, settings));
    for diagnostic in &mut diagnostics {
        let line =
            sources.get(diagnostic.span.file).map_or(0, |source| source.line_of(diagnostic.span.start));
        let place = Place::of(diagnostic, line, sources);
        for at in index.candidates(&place) {
            let ignore = &ignores[at];
            if !names(ignore, diagnostic) || !reaches(ignore, diagnostic, &place) {
                continue;
            }
            used[at] = true;
            if is_expired(ignore, settings) || !diagnostic.is_open() {
                continue;
            }
            let Some(left) = left_clusters(ignore, diagnostic) else {
                diagnostic.state = State::Ignored {
                    reason: ignore.reason.clone(),
                    span: ignore.span,
                    in_source: ignore.in_source(),
                };
                continue;
            };
            diagnostic.clusters = left;
        }
    }
    withheld::ignored(&mut diagnostics);
    // An ignore with a typing error in its path is reported once.
    let of_settings = || settings.problems.iter().chain(&found.about_settings);
    let unmatched = of_settings().filter(|(meta, _)| {
        meta.id == said::UNMATCHED_PATH.id && settings.rules.is_on(&said::UNMATCHED_PATH)
    });
    let mut unmatched: Vec<Span> = unmatched.map(|(_, finding)| finding.span).collect();
    unmatched.sort_unstable();
    let has_slip = |ignore: &Ignore| {
        let next = unmatched.partition_point(|span| *span < ignore.span);
        !ignore.in_source() && unmatched.get(next).is_some_and(|span| ignore.span.contains(*span))
    };
    for (at, ignore) in ignores.iter().enumerate() {
        let used = used[index.first_like(at)];
        // The object that it names may have been rendered to another place.
        let used = used || has_slip(ignore);
        let used = used || (ignore.in_source() && repo.rendered.contains(&ignore.span.file));
        about_settings.extend(ignores::problems(ignore, used, settings.today, &settings.rules, |meta| {
            runs(meta, settings)
        }));
    }
    about_settings.extend(of_settings().cloned());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (meta, finding) in about_settings {
        let count = counts.entry(meta.id).or_default();
        *count += 1;
        if *count > MAX_FINDINGS {
            totals.dropped += 1;
        } else if settings.rules.is_on(meta) {
            diagnostics.push(engine::diagnostic(meta, finding, &settings.rules, None, sources));
        }
    }
    sort(&mut diagnostics, sources);
    number_equal_fingerprints(&mut diagnostics);
    if let Some(baseline) = &settings.baseline {
        let stale = baseline.accept(&mut diagnostics, sources);
        // If a rule is off, it is not known whether the diagnostic is still there.
        let runs = |entry: &&BaselineEntry| {
            settings.rules.find(&entry.rule).is_none_or(|meta| self::runs(meta, settings))
                && settings.rules.may_know(&entry.rule)
        };
        let mut entries: Vec<Diagnostic> = stale
            .into_iter()
            .filter(runs)
            .filter_map(BaselineEntry::stale)
            .filter(|(meta, _)| settings.rules.is_on(meta))
            .map(|(meta, finding)| engine::diagnostic(meta, finding, &settings.rules, None, sources))
            .collect();
        totals.dropped += entries.len().saturating_sub(MAX_FINDINGS);
        entries.truncate(MAX_FINDINGS);
        number_equal_fingerprints(&mut entries);
        diagnostics.append(&mut entries);
        sort(&mut diagnostics, sources);
    }
    withheld::contradicted(&mut diagnostics);
    Report {
        diagnostics,
        checked: Checked::of(repo, totals, settings),
        left_alone: repo.left_alone.clone(),
        policies: settings.rules.policies_on(),
    }
}

/// Sorts diagnostics by the names of their files: files beside the walk have numbers in the order in which they were met.
fn sort(diagnostics: &mut [Diagnostic], sources: &Sources) {
    let name =
        |diagnostic: &Diagnostic| sources.get(diagnostic.span.file).map_or("", |source| source.name.as_str());
    diagnostics.sort_by(|a, b| {
        (name(a), a.span, a.rule.id, &a.message).cmp(&(name(b), b.span, b.rule.id, &b.message))
    });
}

/// Whether a check finds what a rule reports; only a plan finds what a change does.
fn runs(meta: &Meta, settings: &Settings) -> bool {
    settings.rules.is_on(meta) && meta.category != Category::Changes
}

/// The ignores in the comments of each file that can have diagnostics.
fn collect(repo: &Repo, sources: &Sources, problems: &mut Vec<(&'static Meta, Finding)>) -> Vec<Ignore> {
    let mut files: BTreeMap<FileId, Vec<&Manifest>> = BTreeMap::new();
    for broken in &repo.broken {
        files.entry(broken.span.file).or_default();
    }
    for manifest in &repo.manifests {
        files.entry(manifest.file()).or_default().push(manifest);
    }
    // A value may stand in a patch or a generator, which is not an object by itself.
    for resource in repo.clusters.iter().chain(&repo.templates).flat_map(Cluster::resources) {
        for extent in resource.manifest.root().extents() {
            files.entry(extent.file).or_default();
        }
    }
    let workloads = other_files(repo, sources);
    for (file, manifests) in &workloads {
        files.insert(*file, manifests.iter().collect());
    }
    let mut ignores = Vec::new();
    for (file, mut manifests) in files {
        let Some(source) = sources.get(file) else { continue };
        manifests.sort_by_key(|manifest| manifest.root().span());
        let (found, bad) = ignores::comments(file, source, &manifests);
        ignores.extend(found);
        problems.extend(bad.into_iter().map(ignores::bad_comment));
    }
    ignores
}

/// The documents with comments for pullwarden in files with workloads, and in files that only policies read. Until now
/// only their images or objects were kept.
fn other_files(repo: &Repo, sources: &Sources) -> BTreeMap<FileId, Vec<Manifest>> {
    let workloads = repo.clusters.iter().flat_map(crate::model::Cluster::workloads);
    let images = workloads.flat_map(|workload| &workload.images);
    let mut files: BTreeSet<FileId> = images.map(|image| image.image.span.file).collect();
    let objects = repo.clusters.iter().chain(&repo.others).flat_map(crate::model::Cluster::objects);
    files.extend(objects.flat_map(|(object, _)| object.root().extents()).map(|extent| extent.file));
    let mut read = BTreeMap::new();
    for file in files {
        let speaks = |source: &&Source| memchr::memmem::find(source.text.as_bytes(), b"pullwarden").is_some();
        let Some(source) = sources.get(file).filter(speaks) else { continue };
        let manifests: &mut Vec<Manifest> = read.entry(file).or_default();
        yaml::parse_stream(file, &source.text, |parsed| {
            manifests.extend(parsed.map(|document| Manifest::new(Arc::new(document), 0, Form::Applied)));
        });
    }
    read
}

fn names(ignore: &Ignore, diagnostic: &Diagnostic) -> bool {
    let matching = matches!(ignore.reach, Reach::Matching(_));
    // An ignore of the configuration may name all rules of a path.
    (matching && ignore.rules.is_empty()) || ignore.rules.iter().any(|rule| rule.value == diagnostic.rule.id)
}

fn reaches(ignore: &Ignore, diagnostic: &Diagnostic, place: &Place<'_>) -> bool {
    match &ignore.reach {
        Reach::Document(span) => span.contains(diagnostic.span),
        // The index already selects by line.
        Reach::Line(..) => true,
        Reach::Matching(matching) => {
            matching.paths.as_ref().is_none_or(|globs| globs.is_match(place.name))
                && matching.resources.as_ref().is_none_or(|globs| globs.is_match(&place.resource))
                && matching
                    .clusters
                    .as_ref()
                    .is_none_or(|globs| diagnostic.clusters.iter().any(|cluster| globs.is_match(cluster)))
        }
    }
}

/// The clusters for which a diagnostic still holds; `None` when it is ignored for all of them.
fn left_clusters(ignore: &Ignore, diagnostic: &Diagnostic) -> Option<Vec<String>> {
    let Reach::Matching(matching) = &ignore.reach else { return None };
    let globs = matching.clusters.as_ref()?;
    let left: Vec<String> =
        diagnostic.clusters.iter().filter(|cluster| !globs.is_match(cluster)).cloned().collect();
    (!left.is_empty()).then_some(left)
}

fn is_expired(ignore: &Ignore, settings: &Settings) -> bool {
    ignore.until.as_ref().is_some_and(|until| until.value < settings.today)
}

/// Two equal values in one list have one fingerprint; the second gets a number.
fn number_equal_fingerprints(diagnostics: &mut [Diagnostic]) {
    let mut seen: std::collections::HashMap<(FileId, String), usize> = std::collections::HashMap::new();
    for diagnostic in diagnostics {
        let count = seen.entry((diagnostic.span.file, diagnostic.fingerprint.clone())).or_default();
        *count += 1;
        if *count > 1 {
            diagnostic.fingerprint = format!("{}-{count}", diagnostic.fingerprint);
            if let Some(former) = &mut diagnostic.former_fingerprint {
                *former = format!("{former}-{count}");
            }
        }
    }
}
