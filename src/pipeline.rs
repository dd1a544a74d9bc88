//! The steps from inputs to a report. `pullwarden check` walks the files before these steps, and writes the reports
//! after them. Everything else that needs the result of a check runs the same steps.

mod apart;
mod kept;
mod part;

use crate::check::engine::{self, Found};
use crate::check::triage::{self, Report};
use crate::config::Settings;
use crate::finding::Finding;
use crate::icsp::Conversions;
use crate::machine::exec::Rendering;
use crate::machine::guard;
use crate::model::{self, Cluster, ExampleCounts, LeftAlone, NotRead, Repo, Resource};
use crate::placement::{self, Known, Placed, Rendered, Repository, Wanted};
use crate::read::discover::{self, Input, Met, Origin, Roots, WalkError};
use crate::read::globs::Globs;
use crate::read::manifest::{self, Broken, BrokenWhat, Manifest, Subject};
use crate::read::tree::{Disk, Tree};
use crate::rollout::Plan;
use crate::rules::rule::{Category, Meta};
use crate::rules::{internal_error, policy_error};
use crate::source::{FileId, Source, Sources, Span};
use apart::{Apart, is_left_out};
use kept::Kept;
pub use kept::Repeated;
use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// The result of a walk.
#[derive(Debug, Default)]
pub struct Walked {
    /// The texts, sorted by name.
    pub inputs: Vec<Input>,
    /// The paths that could not be read.
    pub errors: Vec<WalkError>,
    /// Files that are templates by their names.
    pub templates: Vec<Input>,
    /// Documents that may hold examples.
    pub documents: Vec<Input>,
    /// Files that ignore lists hide though Git tracks them.
    pub hidden: Vec<Input>,
    /// The directory that names are relative to; a kustomization may name files below it that were not walked.
    pub root: Option<PathBuf>,
    /// Where the files lie, if not on the disk.
    pub tree: Option<Arc<dyn Tree>>,
    /// Whether the walk began below that directory.
    pub is_part: bool,
    /// The names of all files of the repository, if the walk began below its root and the caller asked for the names.
    pub names: Option<Vec<String>>,
    /// The numbers of the configured clusters that a walk below the root does not touch. They get no objects: the walk
    /// would give them only a part of theirs.
    pub untouched: Vec<usize>,
    /// The outcomes of the commands of the configuration.
    pub rendering: Rendering,
}

impl Walked {
    /// Walks `roots`; no command is run.
    pub fn of(roots: &Roots) -> Self {
        let met = discover::walk(roots);
        let hidden = met.hidden(&roots.root);
        Self { hidden, ..Self::of_met(met, roots) }
    }

    /// Walks `roots` without a search for files that ignore lists hide: Git's index is not read.
    pub fn without_hidden(roots: &Roots) -> Self {
        Self::of_met(discover::walk(roots), roots)
    }

    /// Walks `roots` in the files of `tree`.
    pub fn of_tree(tree: Arc<dyn Tree>, roots: &Roots) -> Self {
        let met = discover::walk_in(&tree, roots);
        Self { tree: Some(tree), ..Self::of_met(met, roots) }
    }

    fn of_met(met: Met, roots: &Roots) -> Self {
        let Met { inputs, errors, templates, documents, .. } = met;
        let is_part = !roots.paths.contains(&roots.root);
        Self {
            inputs,
            errors,
            templates,
            documents,
            root: Some(roots.root.clone()),
            is_part,
            ..Self::default()
        }
    }

    /// A copy of the inputs.
    #[must_use]
    pub fn of_same(&self) -> Self {
        self.with(|input| input.origin.clone())
    }

    /// A copy of the inputs. A stream without a text gets its text from `sources`.
    #[must_use]
    pub fn again(&self, sources: &Sources) -> Self {
        let text = |name: &str| {
            let source = sources.find(name).and_then(|file| sources.get(file));
            source.map(|source| source.text.as_bytes().to_vec())
        };
        self.with(|input| match &input.origin {
            Origin::Text(bytes) if bytes.is_empty() => Origin::Text(text(&input.name).unwrap_or_default()),
            origin => origin.clone(),
        })
    }

    /// Takes out the documents, including those that the command line names.
    fn take_documents(&mut self) -> Vec<Input> {
        let mut documents = std::mem::take(&mut self.documents);
        documents.extend(self.inputs.extract_if(.., |input| discover::is_document(&input.name)));
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        documents.dedup_by(|a, b| a.name == b.name);
        documents
    }

    /// The findings about commands of the configuration that did not run.
    pub fn unrendered(&self, settings: &Settings) -> Vec<(&'static Meta, Finding)> {
        settings.unrendered(&self.rendering, &self.inputs.iter().map(|input| input.name.as_str()))
    }

    fn with(&self, origin: impl Fn(&Input) -> Origin) -> Self {
        let inputs = self.inputs.iter();
        self.with_inputs(
            inputs.map(|input| Input { name: input.name.clone(), origin: origin(input) }).collect(),
        )
    }

    /// A copy with other inputs, to check the result of fixes. Commands read the disk, so they are not run again.
    /// Hidden files are left out, since they are counted once.
    pub(crate) fn with_inputs(&self, inputs: Vec<Input>) -> Self {
        Self {
            inputs,
            errors: self.errors.clone(),
            templates: self.templates.clone(),
            documents: self.documents.clone(),
            root: self.root.clone(),
            tree: self.tree.clone(),
            is_part: self.is_part,
            names: self.names.clone(),
            untouched: self.untouched.clone(),
            rendering: self.rendering.clone(),
            ..Self::default()
        }
    }
}

/// Checks everything that was walked. The texts that the report refers to are added to `sources`.
pub fn check(walked: Walked, settings: &Settings, sources: &mut Sources) -> Report {
    checked(walked, settings, sources).1
}

/// Does the same as `check`, and also returns the repository that was read.
pub fn checked(walked: Walked, settings: &Settings, sources: &mut Sources) -> (Repo, Report) {
    let (repo, report, _) = checked_with_inputs(walked, settings, sources);
    (repo, report)
}

/// Does the same as `checked`, and also returns the inputs without the texts of streams, to check them again.
pub fn checked_with_inputs(
    walked: Walked,
    settings: &Settings,
    sources: &mut Sources,
) -> (Repo, Report, Walked) {
    let (repo, report, walked, _) = checked_after(&Kept::default(), walked, settings, sources);
    (repo, report, walked)
}

/// Does the same as `checked_with_inputs`, after an earlier run with the same settings. Also returns what this run keeps.
fn checked_after(
    before: &Kept,
    walked: Walked,
    settings: &Settings,
    sources: &mut Sources,
) -> (Repo, Report, Walked, Kept) {
    let about_settings = about_settings(&walked, settings);
    // Policies may ask for any object.
    let every_object = settings.has_policies().then(|| settings.workloads.and_every_object());
    let wanted = Wanted {
        kinds: every_object.as_ref().or(settings.looks_at_workloads().then_some(&settings.workloads)),
        subject: Subject::Images,
    };
    let wants_conversions = settings.rules.asks_for_conversions();
    let (mut repo, walked, mut kept) =
        read_after(before, walked, settings, wanted, wants_conversions, sources);
    if !settings.looks_at_workloads() {
        repo.unheld = None;
    }
    let changed = kept.changed.as_ref();
    let (found, findings) = engine::run_after(&before.findings, changed, &repo, &settings.rules, sources);
    kept.findings = findings;
    let report = triage::apply(Found { about_settings, ..found }, &repo, settings, sources);
    (repo, report, walked, kept)
}

/// The findings of the rules about changes for a plan; `after` is its new state.
pub fn changes(plan: &Plan<'_>, after: &Repo, settings: &Settings, sources: &Sources) -> Report {
    changes_and_policies(plan, after, settings, sources, &|_| None)
}

/// Does the same as `changes`, and adds the findings of policies. `told` returns what policies see of a cluster.
pub fn changes_and_policies(
    plan: &Plan<'_>,
    after: &Repo,
    settings: &Settings,
    sources: &Sources,
    told: &(dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync),
) -> Report {
    let mut found = engine::changes(plan, after.first_text, &settings.rules, sources);
    engine::policies_of_change(after, &settings.rules, sources, told, &mut found);
    let mut report = triage::apply(found, after, settings, sources);
    // Problems of the new state itself are findings of a check.
    let is_told = |meta: &Meta| {
        matches!(meta.category, Category::Changes | Category::Policies)
            || [internal_error::META.id, policy_error::META.id].contains(&meta.id)
    };
    report.diagnostics.retain(|diagnostic| is_told(diagnostic.rule));
    report
}

/// The findings about the settings: globs that match nothing in the repository, and commands that did not run.
pub fn about_settings(walked: &Walked, settings: &Settings) -> Vec<(&'static Meta, Finding)> {
    let names = walked.inputs.iter().map(|input| input.name.as_str());
    let names = names.filter(|name| !is_left_out(name, settings));
    let tree: &dyn Tree = walked.tree.as_deref().unwrap_or(&Disk);
    // Asked for only where a glob matches nothing.
    let root = LazyCell::new(|| walked.root.as_deref().and_then(|root| tree.real(root)));
    let is_there = |file: &str| {
        let inside = |root: &PathBuf| tree.real(&root.join(file)).filter(|real| real.starts_with(root));
        root.as_ref().and_then(inside).is_some()
    };
    let mut found = match &walked.names {
        Some(all) => settings.unmatched_globs(&all.iter().map(String::as_str), is_there),
        // A glob that matches nothing in this part may match elsewhere.
        None if walked.is_part => Vec::new(),
        None => settings.unmatched_globs(&names, is_there),
    };
    found.extend(settings.unrendered(&walked.rendering, &names));
    found
}

/// The steps before the rules: from inputs to the clusters that they reach. Workloads are not read.
pub fn read(walked: Walked, settings: &Settings, sources: &mut Sources) -> Repo {
    read_with(walked, settings, Wanted::default(), false, sources)
}

/// Does the same as `read`, and also reads the workloads that the clusters run.
pub fn read_all(walked: Walked, settings: &Settings, sources: &mut Sources) -> Repo {
    let wanted = Wanted { kinds: Some(&settings.workloads), ..Wanted::default() };
    read_with(walked, settings, wanted, false, sources)
}

/// Does the same as `read`, and also reads every object that the clusters get, as policies see them.
pub fn read_every_object(walked: Walked, settings: &Settings, sources: &mut Sources) -> Repo {
    let kinds = settings.workloads.and_every_object();
    read_with(walked, settings, Wanted { kinds: Some(&kinds), ..Wanted::default() }, false, sources)
}

/// Does the same as `read`, and also reads everything that decides what a change does to the nodes. `rollout::plan`
/// takes the result for each state of a repository.
pub fn read_for_plan(walked: Walked, settings: &Settings, sources: &mut Sources) -> Repo {
    let every_object = settings.has_policies().then(|| settings.workloads.and_every_object());
    let kinds = Some(every_object.as_ref().unwrap_or(&settings.workloads));
    let wanted = Wanted { kinds, subject: Subject::Nodes };
    read_with(walked, settings, wanted, false, sources)
}

fn read_with(
    walked: Walked,
    settings: &Settings,
    wanted: Wanted<'_>,
    wants_conversions: bool,
    sources: &mut Sources,
) -> Repo {
    read_after(&Kept::default(), walked, settings, wanted, wants_conversions, sources).0
}

/// Does the same as `read_with`, after an earlier run with the same settings. Also returns the inputs without the texts of
/// streams, and what this run keeps.
fn read_after(
    before: &Kept,
    mut walked: Walked,
    settings: &Settings,
    wanted: Wanted<'_>,
    wants_conversions: bool,
    sources: &mut Sources,
) -> (Repo, Walked, Kept) {
    let (apart, documents) = Apart::take(&mut walked, settings);
    let first = sources.len();
    let (loaded, read_files) =
        manifest::load_again(&walked.inputs, wanted.subject, wanted.kinds, sources, &before.files);
    let unrelated = walked.inputs.iter_mut().zip(&loaded.lacks).filter(|(_, lacks)| lacks.ours);
    unrelated.for_each(|(input, _)| input.origin.note_unrelated());
    let first_template = sources.len();
    let templates = manifest::masked::load(&walked.templates, wanted.subject, sources);
    let examples = manifest::examples::load(&documents, sources);
    let counted = ExampleCounts { examples: examples.manifests.len(), documents: examples.documents };
    let files = loaded.files + templates.files + examples.documents;
    let read_beside = walked.templates.iter().chain(&documents).map(|input| input.name.clone()).collect();
    let mut broken = loaded.broken;
    broken.extend(unreadable(walked.errors.clone(), sources));
    let rendered = rendered(&walked.rendering, settings, wanted, sources, &mut broken);
    let of_commands: Vec<Manifest> =
        rendered.iter().flat_map(|rendered| rendered.manifests.iter().cloned()).collect();
    let is_rendered = |name: &str| rendered.iter().any(|rendered| discover::is_below(name, &rendered.root));
    let replaced: BTreeSet<FileId> = (walked.inputs.iter().enumerate())
        .filter(|(_, input)| is_rendered(&input.name))
        .map(|(index, _)| loaded.numbers.of(index))
        .collect();
    broken.retain(|broken| !replaced.contains(&broken.span.file));
    let is_replaced = |left: &&manifest::LeftDocuments| replaced.contains(&loaded.numbers.of(left.input));
    let left_alone: Vec<_> = loaded.left_alone.iter().filter(|left| !is_replaced(left)).collect();
    walked.hidden.retain(|input| !is_rendered(&input.name));
    let beside = left_beside(&walked, &templates.left_alone, &is_rendered);
    let is_of_rendered = |file| sources.get(file).is_some_and(|source| is_rendered(&source.name));
    let mut manifests = loaded.manifests;
    manifests.extend(templates.manifests.into_iter().filter(|manifest| !is_of_rendered(manifest.file())));
    manifests.extend(examples.manifests);
    let numbers = loaded.numbers.clone();
    let repository = Repository::new(walked.root.clone(), &walked.inputs, numbers, loaded.texts, sources);
    let repository = repository.with_documents(loaded.documents).lacking(loaded.lacks).about(wanted.subject);
    let mut repository = repository.with_templates(first_template, read_beside);
    if walked.is_part {
        repository = repository.of_part(settings.exclude.clone());
    }
    let (repository, mut keeping) = before.lend(read_files, repository, walked.tree.clone());
    let known = touched(settings, &walked.untouched);
    let of_files = manifests.clone();
    let start = manifests.first().map(|manifest| Span::new(manifest.file(), 0, 0));
    let placed = guard::part("place", || {
        placement::place(of_files, rendered, &repository, &known, wanted, sources, &mut keeping.placed)
    });
    let mut placed = placed.unwrap_or_else(|fault| {
        let span = start.unwrap_or_else(|| Span::new(sources.add(Source::new(".".into(), "".into())), 0, 0));
        Placed { broken: vec![Broken { span, what: BrokenWhat::Fault(fault) }], ..Placed::default() }
    });
    let mut conversions = Conversions::default();
    if wants_conversions {
        match guard::part("icsp", || Conversions::find(&placed.applied, &repository, sources)) {
            Ok(found) => conversions = found,
            Err(fault) => {
                placed.broken.extend(start.map(|span| Broken { span, what: BrokenWhat::Fault(fault) }));
            }
        }
    }
    let left_alone = left_alone.into_iter().map(|left| {
        let file = loaded.numbers.of(left.input);
        (walked.inputs[left.input].name.clone(), file, left)
    });
    let left_alone = told_left_alone(left_alone, beside, &mut placed);
    broken.append(&mut placed.broken);
    broken.append(&mut model::node_files::read(&placed.clusters, repository.left()));
    let is_lost = |broken: &&Broken| !matches!(broken.what, BrokenWhat::LineEnd(_));
    let named = |broken: &Broken| Some((broken.span.file, repository.name_of(broken.span.file)?));
    let broken_files = broken.iter().filter(is_lost).filter_map(named).collect();
    let printed = of_commands.iter().map(Manifest::file);
    let rendered = printed.chain(replaced).chain(placed.rendered_from).collect();
    manifests.extend(of_commands);
    let image_resources = image_resources(&placed.clusters);
    let (templates, clusters) = placed.clusters.into_iter().partition(|cluster| cluster.masked().is_some());
    let kept = keeping.done(repository);
    let repo = Repo {
        left_alone,
        image_resources,
        clusters,
        templates,
        others: placed.others,
        broken,
        broken_files,
        builds: placed.problems,
        missing: placed.missing,
        unheld: placed.unheld,
        conversions,
        manifests: manifests
            .into_iter()
            .filter(|manifest| manifest.masked().is_none_or(|masked| masked.is_first))
            .collect(),
        rendered,
        unread: loaded.unread,
        examples: settings.docs.then_some(counted),
        files,
        first_text: first,
    };
    (repo, walked.restored(apart), kept)
}

/// The files that the walk could not read.
fn unreadable(errors: Vec<WalkError>, sources: &mut Sources) -> Vec<Broken> {
    let broken = errors.into_iter().map(|error| {
        let file = sources.add(Source::new(error.name, "".into()));
        Broken { span: Span::new(file, 0, 0), what: BrokenWhat::File(error.message) }
    });
    broken.collect()
}

/// What is known about clusters. A cluster that the walk does not touch gets no paths, so it gets no objects.
fn touched<'s>(settings: &'s Settings, untouched: &[usize]) -> Cow<'s, Known> {
    let mut known = Cow::Borrowed(&settings.known);
    for number in untouched {
        let cluster = &mut known.to_mut().clusters[*number];
        (cluster.paths, cluster.roots) = (Globs::default(), Globs::default());
    }
    if !untouched.is_empty() {
        let charts = &mut known.to_mut().charts;
        charts.retain_mut(|chart| {
            let is_for_all = chart.clusters.is_empty();
            chart.clusters.retain(|number| !untouched.contains(number));
            is_for_all || !chart.clusters.is_empty()
        });
    }
    known
}

/// The templates that cannot be read, and the files that ignore lists hide.
fn left_beside(walked: &Walked, unread: &[bool], is_rendered: &dyn Fn(&str) -> bool) -> Vec<LeftAlone> {
    let hidden = manifest::aside::holding_ours(&walked.hidden).into_iter();
    let hidden = hidden.map(|file| LeftAlone { file: file.to_owned(), why: NotRead::Hidden });
    let unread = walked.templates.iter().zip(unread);
    let unread = unread.filter(|(input, left)| **left && !is_rendered(&input.name));
    let unread = unread.map(|(input, _)| LeftAlone { file: input.name.clone(), why: NotRead::Template });
    unread.chain(hidden).collect()
}

/// Reads the output of the commands.
fn rendered(
    rendering: &Rendering,
    settings: &Settings,
    wanted: Wanted<'_>,
    sources: &mut Sources,
    broken: &mut Vec<Broken>,
) -> Vec<Rendered> {
    let printed = settings.renders.iter().enumerate().filter_map(|(number, render)| {
        let text = rendering.printed(number)?;
        let cluster = render.cluster.as_ref();
        let cluster =
            cluster.and_then(|name| settings.known.clusters.iter().position(|known| known.name == *name));
        Some(Rendered::read(render, text, cluster, wanted.kinds, wanted.subject, sources, broken))
    });
    printed.collect()
}

/// How many resources configure images, however many clusters they reach.
fn image_resources(clusters: &[Cluster]) -> usize {
    let all = clusters.iter().flat_map(Cluster::resources);
    let ours = all.filter(|resource| resource.is_image_configuration());
    let mut places: Vec<Span> = ours.map(Resource::span).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

/// The files that were not read, with the reason: documents with `left` parts, files `beside` the inputs, and charts that lack
/// others.
fn told_left_alone<'l>(
    left: impl Iterator<Item = (String, FileId, &'l manifest::LeftDocuments)>,
    beside: Vec<LeftAlone>,
    placed: &mut Placed,
) -> Vec<LeftAlone> {
    let lacking = std::mem::take(&mut placed.lacking).into_iter();
    let lacking = lacking.map(|(file, count)| LeftAlone { file, why: NotRead::Dependencies(count) });
    let of_documents = left.map(|(file, id, left)| {
        let patches = if placed.read.contains(&id) { 0 } else { left.patches };
        let templates = if placed.of_charts.contains(&file) { 0 } else { left.templates };
        LeftAlone { file, why: NotRead::Documents { templates, patches } }
    });
    let is_any = |left: &LeftAlone| left.why != NotRead::Documents { templates: 0, patches: 0 };
    let beside = beside
        .into_iter()
        .filter(|left| left.why != NotRead::Template || !placed.of_charts.contains(&left.file));
    let mut all: Vec<LeftAlone> = of_documents.filter(is_any).chain(beside).chain(lacking).collect();
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}
