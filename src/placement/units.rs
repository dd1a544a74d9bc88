//! Finds units. The objects of a unit are applied together: the build of a kustomization that nothing includes, or a
//! file that no kustomization names.

use super::builds;
use super::found::Found;
use super::kept;
use super::made;
use super::rendered::Traced;
use super::repository::Repository;
use super::roots::Graph;
use super::stage::Stage;
use crate::kustomize::Target;
use crate::machine::budget::{Bounded, Budget};
use crate::machine::guard;
use crate::model::{BuildProblem, StandsAlone, Unit, UnitOrigin};
use crate::read::carrier;
use crate::read::discover::{self, STDIN, shown};
use crate::read::manifest::{Broken, BrokenWhat, Form, Manifest};
use crate::read::template::Masked;
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The units and their problems.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) found: Vec<Found>,
    pub(super) problems: Vec<BuildProblem>,
    /// The targets that match nothing in the build of a root, and that may be for image configuration.
    pub(super) unmatched: Vec<(String, Target)>,
    /// Texts that could not be read.
    pub(super) broken: Vec<Broken>,
    /// The files that builds read.
    pub(super) files: BTreeSet<FileId>,
    /// The source files of rendered texts.
    pub(super) rendered_from: BTreeSet<FileId>,
    /// Rendered texts that hold only workloads.
    pub(super) running: Vec<Found>,
    /// The files that charts were rendered from.
    pub(super) of_charts: BTreeSet<String>,
    /// The number of dependencies that charts were rendered without, by their `Chart.yaml`.
    pub(super) lacking: BTreeMap<String, usize>,
    /// The directories that were rendered.
    pub(super) rendered: Vec<String>,
    /// The kustomizations that were built.
    pub(super) built: BTreeSet<String>,
    /// The kustomizations that cannot be built.
    pub(super) refused: BTreeSet<String>,
    /// Files, and directories with kustomizations, that must not be on clusters. Nothing applies them.
    pub(super) unwanted: BTreeSet<String>,
    /// Such files and directories that a policy generator brings to clusters.
    generated: BTreeSet<String>,
}

impl Units {
    /// Keeps a unit with image configuration among the units, and one that only runs images beside them.
    pub(super) fn take(&mut self, unit: Found) {
        if !unit.is_empty() {
            self.found.push(unit);
        } else if unit.runs() {
            self.running.push(unit);
        }
    }

    /// Adds what generators read, each with whether it must not be on clusters.
    pub(super) fn note_generated(&mut self, names: Vec<(String, bool)>) {
        for (name, is_unwanted) in names {
            let names = if is_unwanted { &mut self.unwanted } else { &mut self.generated };
            names.insert(name);
        }
    }
}

/// Finds all units. A rendered text replaces its directory.
pub(super) fn gather(manifests: Vec<Manifest>, rendered: Vec<Traced>, stage: &Stage<'_, '_>) -> Units {
    let Stage { repository, graph, asked, listing, claims, kinds, .. } = *stage;
    let mut units = Units::default();
    units.note_generated(carrier::generated(manifests.iter(), repository));
    let mut by_file: BTreeMap<FileId, Vec<Manifest>> = BTreeMap::new();
    for manifest in manifests {
        by_file.entry(manifest.file()).or_default().push(manifest);
    }
    let taken = builds::build(stage, &by_file, &rendered, &mut units);
    let is_replaced = |name: &str| rendered.iter().any(|rendered| rendered.replaces(name));
    for rendered in &rendered {
        units.rendered_from.extend(&rendered.files);
        units.rendered.push(rendered.root.clone());
    }
    let is_gone = |name: &str| is_replaced(name) || units.unwanted.contains(name);
    by_file.retain(|file, _| !repository.name_of(*file).is_some_and(|name| is_gone(&name)));
    units.found.retain(|unit| {
        let UnitOrigin::Kustomization(root) = &unit.unit.origin else { return true };
        let is_of_policies = units.unwanted.contains(root) || units.generated.contains(root);
        !is_of_policies || asked.contains(root)
    });
    let of_commands =
        rendered.into_iter().map(|rendered| rendered.into_unit(repository, graph, listing, kinds));
    for unit in of_commands {
        let extents = unit.resources().flat_map(|resource| resource.manifest.root().extents());
        let images = unit.all_workloads().flat_map(|workload| &workload.images);
        units.files.extend(extents.chain(images.map(|image| image.image.span)).map(|span| span.file));
        units.take(unit);
    }
    let named = graph.named_files();
    // The configuration has priority over kustomizations: a file that it lists for a cluster goes to that cluster.
    let mut built: BTreeSet<(usize, FileId)> = BTreeSet::new();
    for unit in units.found.iter().filter(|unit| !unit.files.is_empty()) {
        for number in unit.only_for.iter().copied().chain(claims.on_unit(unit)) {
            built.extend(unit.files.iter().map(|file| (number, *file)));
        }
    }
    let mut named_for: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
    for (file, manifests) in by_file.iter().filter(|(file, _)| taken.contains(file)) {
        let Some(name) = repository.name_of(*file) else { continue };
        for number in claims.on_file(&name).into_iter().filter(|number| !built.contains(&(*number, *file))) {
            let mut found = of_file(&name, manifests, &named, stage);
            for unit in &mut found {
                unit.only_for = vec![number];
            }
            named_for.entry(number).or_default().extend(found);
        }
    }
    units.found.extend(named_for.into_values().flatten());
    for (file, manifests) in by_file.into_iter().filter(|(file, _)| !taken.contains(file)) {
        let Some(name) = repository.name_of(file) else { continue };
        let found = guard::part("file", || of_file(&name, &manifests, &named, stage));
        match found {
            Ok(found) => units.found.extend(found),
            Err(fault) => {
                let span = Span::new(file, 0, 0);
                units.broken.push(Broken { span, what: BrokenWhat::Fault(fault) });
            }
        }
    }
    set_masked_apart(&mut units.found, repository);
    made::add(stage, &mut units);
    mark_patched(&mut units.found);
    let exceeded = repository.budget().and_then(Budget::exceeded);
    units.broken.extend(exceeded.map(|span| Broken { span, what: BrokenWhat::TooMuch }));
    units
}

/// Makes a unit of each reading of each object in a template that nothing renders. It is not known which objects occur
/// together, or which cluster gets them.
fn set_masked_apart(units: &mut Vec<Found>, repository: &Repository<'_>) {
    let mut seen = BTreeSet::new();
    let mut apart = Vec::new();
    for resource in units.iter_mut().flat_map(|unit| std::mem::take(&mut unit.masked)) {
        let ways = resource.manifest.masked().map(Masked::ways);
        let Some(name) = repository.name_of(resource.manifest.file()) else { continue };
        // Several builds may include one file.
        if !seen.insert((resource.span(), ways)) {
            continue;
        }
        let origin = UnitOrigin::File(name.clone());
        let unit = Unit::new(origin, resource.manifest.form);
        let directory = discover::directory(&name).to_owned();
        let why = if discover::is_document(&name) { StandsAlone::Sample } else { StandsAlone::Template };
        let mut found = Found::new(unit, directory, name, Some(why));
        found.here.push(resource);
        apart.push(found);
    }
    if !apart.is_empty() {
        units.retain(|unit| !unit.is_empty());
        units.append(&mut apart);
    }
}

/// Marks builds as incomplete if an Application patches their output.
fn mark_patched(units: &mut [Found]) {
    let applications = units.iter().flat_map(|unit| &unit.applications);
    let sources = applications.flat_map(|application| {
        let patched = application.sources.iter().filter(|source| source.is_patched);
        patched.map(|source| (source.path.clone(), application.name.clone()))
    });
    let patched: BTreeMap<String, String> = sources.collect();
    for unit in units {
        let UnitOrigin::Kustomization(root) = &unit.unit.origin else { continue };
        let Some(application) = patched.get(root) else { continue };
        let why = format!("the Application `{application}` patches the output of `{}`", shown(root));
        unit.is_patched = true;
        Arc::make_mut(&mut unit.unit).incomplete.get_or_insert(why);
    }
}

/// The units of a file that no kustomization includes. With template syntax, documents may exclude each other, so each
/// document is a unit.
pub(super) fn of_file(
    name: &str,
    manifests: &[Manifest],
    named: &BTreeSet<&str>,
    stage: &Stage<'_, '_>,
) -> Vec<Found> {
    let Stage { repository, graph, listing, keeping, .. } = *stage;
    let Some(first) = manifests.first() else { return Vec::new() };
    let (file, form) = (first.file(), first.form);
    // Nothing is beside standard input.
    let is_true = |why: &StandsAlone| name != STDIN || *why != StandsAlone::NotIncluded;
    let alone = alone(form, name, graph, named).filter(is_true);
    let origin = if name == STDIN { UnitOrigin::Stream } else { UnitOrigin::File(name.to_owned()) };
    let unit_of = |manifests: &[Manifest]| {
        let unit = Unit::new(origin.clone(), form);
        let mut found = Found::new(unit, discover::directory(name).to_owned(), name.to_owned(), alone);
        found.fill(manifests.to_vec(), repository, listing);
        found
    };
    let groups: Vec<&[Manifest]> =
        if form == Form::Template { manifests.chunks(1).collect() } else { vec![manifests] };
    let make = || groups.into_iter().map(unit_of).filter(|found| !found.is_empty()).collect();
    // Only files of the walk are compared with those of the run before.
    let is_walked = repository.id(name) == Some(file);
    keeping.file((file, alone), make, |units| {
        let is_plain = is_walked && kept::are_plain(manifests.iter()) && units.iter().all(kept::is_lasting);
        is_plain.then(|| BTreeSet::from([file]))
    })
}

/// Why a file that no kustomization includes stands alone, if this is known from the start.
pub(super) fn alone(form: Form, name: &str, graph: &Graph, named: &BTreeSet<&str>) -> Option<StandsAlone> {
    let directory = discover::directory(name);
    match form {
        Form::Applied if is_generation(directory) => Some(StandsAlone::Generation),
        // A file beside a kustomization that does not name this file is not applied with it.
        Form::Applied if graph.holds(directory) && !named.contains(name) => Some(StandsAlone::NotIncluded),
        form => StandsAlone::of_form(form),
    }
}

/// Whether a directory is one of several outputs of oc-mirror (`results-1639608409`), or its workspace.
fn is_generation(directory: &str) -> bool {
    directory.split('/').any(|part| {
        let number = part.strip_prefix("results-");
        part == "working-dir"
            || number
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
