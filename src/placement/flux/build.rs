//! Builds the paths that `Kustomization` objects of Flux change, and records what the other objects apply.

use super::config::{ConfigMaps, chain};
use super::held::Held;
use super::kustomization::Kustomization;
use super::object::{Applying, FluxKind};
use super::release;
use super::source::GitRepositories;
use super::substitute::{self, Common, Given};
use crate::kustomize::{self, Additions, Cache};
use crate::machine::guard;
use crate::machine::threads;
use crate::model::{BuildOutcome, BuildProblem, Unit, UnitOrigin};
use crate::placement::chart_files::Tree;
use crate::placement::chart_use::ChartUse;
use crate::placement::found::Found;
use crate::placement::stage::Stage;
use crate::placement::units::Units;
use crate::read::crd::{self, Recognised};
use crate::read::manifest::{Broken, BrokenWhat, Form, Manifest};
use crate::source::Span;
use crate::yaml::{Document, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// The maximum number of units that one run makes for Flux.
const MAX_UNITS: usize = 5_000;

/// What the objects of Flux apply, as far as it is known at this point.
pub struct Flux<'s, 'i> {
    stage: &'s Stage<'s, 'i>,
    config: ConfigMaps<'s, 'i>,
    cache: OnceLock<Cache>,
    held: BTreeMap<String, Arc<Held>>,
    /// The roots and files that became part of a unit of Flux.
    consumed: BTreeSet<String>,
    /// The roots and files that some object applies unchanged.
    kept: BTreeSet<String>,
    /// The objects that were evaluated, by the number of their unit and their place.
    done: BTreeSet<(usize, Span)>,
    /// The problems of releases that were already reported.
    said: BTreeSet<(Span, String)>,
    count: usize,
}

/// A `Kustomization` for which a unit is built.
struct Use {
    by: usize,
    own: Kustomization,
    held: Arc<Held>,
    given: Given,
}

/// A unit with its problems, or the problem that prevented it.
type Made = Result<(Found, Vec<BuildProblem>), Box<BuildProblem>>;

impl<'s, 'i> Flux<'s, 'i> {
    pub fn new(stage: &'s Stage<'s, 'i>) -> Self {
        Self {
            stage,
            config: ConfigMaps::new(stage.repository),
            cache: OnceLock::new(),
            held: BTreeMap::new(),
            consumed: BTreeSet::new(),
            kept: BTreeSet::new(),
            done: BTreeSet::new(),
            said: BTreeSet::new(),
            count: 0,
        }
    }

    /// Builds the units for the objects of Flux in the `waiting` units. A unit that another `Kustomization` changes
    /// stays in `waiting`, since its changed objects count. Returns the other units.
    pub fn round(&mut self, units: &mut Units, waiting: &mut Vec<usize>) -> Vec<usize> {
        waiting
            .retain(|number| name_of(&units.found[*number]).is_none_or(|name| !self.consumed.contains(name)));
        if waiting.iter().all(|number| units.found[*number].flux.is_empty()) && self.consumed.is_empty() {
            return std::mem::take(waiting);
        }
        let read = self.read(&units.found, waiting);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, own) in &read {
            *counts.entry(&own.path).or_default() += 1;
        }
        let held: Vec<Arc<Held>> = read.iter().map(|(_, own)| self.held(&own.path)).collect();
        // If a path holds further objects of Flux, each cluster that gets the path may use its own values there.
        let leads_on = |own: &Kustomization, held: &Held| {
            counts[own.path.as_str()] > 1 && holds_flux(&units.found, held)
        };
        let changes: Vec<bool> =
            read.iter().zip(&held).map(|((_, own), held)| own.changes() || leads_on(own, held)).collect();
        let mut takers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, held) in held.iter().enumerate().filter(|(number, _)| changes[*number]) {
            for name in held.roots.iter().chain(&held.files) {
                takers.entry(name).or_default().push(number);
            }
        }
        let taken_by = |unit: usize| name_of(&units.found[unit]).and_then(|name| takers.get(name));
        let (mut ready, rest): (Vec<usize>, Vec<usize>) =
            waiting.iter().partition(|unit| taken_by(**unit).is_none());
        let is_due = |number: usize, by: usize| taken_by(by).is_none_or(|takers| takers == &[number]);
        let mut due: Vec<bool> =
            read.iter().enumerate().map(|(number, (by, _))| is_due(number, *by)).collect();
        if ready.is_empty() && !due.contains(&true) {
            // The remaining units wait only for each other.
            ready.clone_from(waiting);
            waiting.clear();
            due.fill(true);
        } else {
            *waiting = rest;
        }
        let mut uses = Vec::new();
        for (number, (by, own)) in read.into_iter().enumerate().filter(|(number, _)| due[*number]) {
            let held = Arc::clone(&held[number]);
            self.done.insert((by, own.object.root().span()));
            if held.is_empty() {
                continue;
            }
            if changes[number] && self.count < MAX_UNITS {
                self.count += 1;
                let given = self.given(&units.found, by, &own);
                uses.push(Use { by, own, held, given });
            } else {
                self.keep(&held);
                let sources = held.sources(own.span);
                units.found[by].applying.push(Applying { evidence: own.evidence(), to: own.to, sources });
            }
        }
        let build = |used: &Use| guard::part("flux", || self.build(used).map_err(Box::new));
        let budget = self.stage.repository.left();
        let (left, was_exceeded) = (budget.left(), budget.exceeded().is_some());
        let mut made = threads::map(&uses, |_, used| build(used));
        if !was_exceeded && budget.exceeded().is_some() {
            // Threads must not decide which object exceeds the limit.
            budget.restart_from(left);
            made = uses.iter().map(build).collect();
        }
        for (used, made) in uses.iter().zip(made) {
            self.take(used, made, units);
        }
        ready
    }

    /// The `Kustomization` objects in these units that were not evaluated yet, except those that produced their own
    /// unit.
    fn read(&self, units: &[Found], numbers: &[usize]) -> Vec<(usize, Kustomization)> {
        let repositories = GitRepositories::of(units);
        let mut read = Vec::new();
        for by in numbers {
            for object in &units[*by].flux {
                let Some(own) = Kustomization::read(object, &repositories) else { continue };
                let is_done = self.done.contains(&(*by, object.root().span()));
                if !is_done && !is_on_the_way(units, *by, &own) {
                    read.push((*by, own));
                }
            }
        }
        read
    }

    fn take(&mut self, used: &Use, made: Result<Made, guard::Fault>, units: &mut Units) {
        match made {
            Ok(Ok((found, problems))) => {
                units.problems.extend(problems);
                self.consumed.extend(used.held.roots.iter().chain(&used.held.files).cloned());
                units.files.extend(found.files.iter().copied());
                units.take(found);
            }
            Ok(Err(problem)) => {
                self.keep(&used.held);
                // In a path without a kustomization, Flux may ignore some files.
                let name = self.stage.repository.name_of(problem.span.file);
                let is_of_path = name.is_none_or(|name| used.held.files.contains(&name));
                let is_sure =
                    used.held.is_root || problem.outcome == BuildOutcome::FluxRefused || !is_of_path;
                let problem = BuildProblem { outcome: BuildOutcome::FluxRefused, ..*problem };
                if is_sure && self.speaks_of_images(&used.held) {
                    units.problems.push(problem);
                }
                let (evidence, to) = (used.own.evidence(), used.own.to.clone());
                let sources = used.held.sources(used.own.span);
                units.found[used.by].applying.push(Applying { evidence, to, sources });
            }
            Err(fault) => units.broken.push(Broken { span: used.own.span, what: BrokenWhat::Fault(fault) }),
        }
    }

    /// The charts that the `HelmRelease` objects in the units of these numbers install.
    pub fn releases(&mut self, units: &mut Units, numbers: &[usize]) -> Vec<ChartUse> {
        let repositories = GitRepositories::of(&units.found);
        let mut uses = Vec::new();
        for by in numbers.iter().copied() {
            for object in &units.found[by].flux {
                match release::read(
                    object,
                    &units.found,
                    by,
                    (&self.config, &repositories, self.stage.listing),
                ) {
                    Ok(release) => uses.extend(release),
                    Err(problem) => {
                        let is_ours = || Tree::new(self.stage.repository).mentions_ours(&problem.root);
                        let is_told = problem.outcome == BuildOutcome::ChartElsewhere || is_ours();
                        if is_told && self.said.insert((problem.span, problem.message.clone())) {
                            units.problems.push(problem);
                        }
                    }
                }
            }
        }
        uses
    }

    /// Notes that objects of Flux in the units of these numbers are not followed any more.
    pub fn leave(&mut self, units: &mut Units, left: &[usize]) {
        const WHY: &str = "objects of Flux come out of other objects deeper than pullwarden follows";
        let releases = self.releases(units, left);
        units.problems.extend(releases.first().map(|used| used.unknown(used.span, WHY)));
        for (_, own) in self.read(&units.found, left) {
            let held = self.held(&own.path);
            if self.speaks_of_images(&held) {
                let message = format!("the {} is not applied: {WHY}", own.called());
                let problem = own.refused(own.span, "");
                units.problems.push(BuildProblem { message, outcome: BuildOutcome::LeftOut, ..problem });
                return;
            }
        }
    }

    /// Removes the units that became part of a unit of Flux, unless some object applies them unchanged.
    pub fn finish(mut self, units: &mut Units) {
        if self.consumed.is_empty() {
            return;
        }
        let applications = units.found.iter().flat_map(|unit| &unit.applications);
        for source in applications.flat_map(|application| &application.sources) {
            self.kept.insert(source.path.clone());
            self.kept.extend(source.files(self.stage.listing).into_iter().map(str::to_owned));
        }
        for unit in &mut units.found {
            let Some(name) = name_of(unit) else { continue };
            let is_gone = self.consumed.contains(name) && !self.kept.contains(name);
            if is_gone && self.stage.claims.on_unit(unit).is_empty() {
                unit.clear();
            }
        }
        let gone = self.consumed.into_iter().filter(|name| !self.kept.contains(name));
        units.unwanted.extend(gone);
    }

    fn keep(&mut self, held: &Held) {
        self.kept.extend(held.roots.iter().chain(&held.files).cloned());
    }

    fn held(&mut self, path: &str) -> Arc<Held> {
        let Stage { graph, repository, .. } = *self.stage;
        let held = self.held.entry(path.to_owned());
        Arc::clone(held.or_insert_with(|| Arc::new(Held::of(path, graph, repository.names_below(path)))))
    }

    /// Whether a path holds files that mention image configuration.
    fn speaks_of_images(&self, held: &Held) -> bool {
        let Stage { graph, repository, .. } = *self.stage;
        let holds = |name: &str| repository.may_hold_ours(name);
        held.files.iter().any(|file| holds(file))
            || held
                .roots
                .iter()
                .any(|root| graph.changes_ours(root) || graph.files_of(root).into_iter().any(holds))
    }

    /// The variables of an object in the unit `by`.
    fn given(&self, units: &[Found], by: usize, own: &Kustomization) -> Given {
        let mut given = Given::default();
        let Some(post) = own.spec().get("postBuild") else { return given };
        for source in post.get("substituteFrom").into_iter().flat_map(Node::items) {
            let text = |key: &str| source.get(key).map_or("", Node::text);
            let (kind, name) = (text("kind"), text("name"));
            let found = match kind {
                "ConfigMap" => self.config.find(units, by, own.object.namespace(), name),
                _ => None,
            };
            match found {
                Some(object) => given.add(object.root().get("data")),
                None => given.unknown.push((format!("{kind} `{name}`"), source.span())),
            }
        }
        given.add(post.get("substitute"));
        given
    }

    /// Builds the unit of a `Kustomization` from its path.
    fn build(&self, used: &Use) -> Result<(Found, Vec<BuildProblem>), BuildProblem> {
        let Stage { repository, listing, kinds, .. } = *self.stage;
        let Use { own, held, given, .. } = used;
        if let Some((name, span)) = given.invalid() {
            let message = format!("Flux takes no variable of the name `{name}`");
            return Err(own.refused(span, &message));
        }
        let too_large = || own.refused(own.span, "its fields exceed pullwarden's limit for a value");
        let fields = own.fields().ok_or_else(too_large)?;
        let resources = (!held.is_root).then(|| held.relative_to(&own.path));
        let additions = Additions { fields: &fields, resources: resources.as_deref() };
        let cache = self.cache.get_or_init(|| self.stage.graph.cache().without_restrictions());
        let built = kustomize::build_with(&own.path, additions, repository, cache);
        let built = built.map_err(|error| {
            let mut problem = own.refused(error.span.unwrap_or(own.span), &error.message);
            problem.related.extend(error.via.iter().map(|span| (*span, "included here".to_owned())));
            BuildProblem { outcome: BuildOutcome::Refused, ..problem }
        })?;
        let metadata = own.spec().get("commonMetadata");
        let part = |key: &str| metadata?.get(key).filter(|part| part.raw_children().next().is_some());
        let common = Common { labels: part("labels"), annotations: part("annotations") };
        let mut unknown = BTreeSet::new();
        let mut objects: Vec<Arc<Document>> = Vec::with_capacity(built.objects.len());
        for object in &built.objects {
            let mut open = BTreeSet::new();
            let filled = substitute::fill(object, given, common, &mut open, repository.left());
            let filled = filled.map_err(|(span, message)| own.refused(span, &message))?;
            // An unknown variable does not matter in an object that pullwarden does not check.
            if !matches!(crd::recognise(filled.root()), Recognised::Other) {
                unknown.append(&mut open);
            }
            objects.push(filled);
        }
        let open = given.unknown.first().filter(|_| !unknown.is_empty()).map(|(what, span)| {
            let names = unknown.iter().map(|name| format!("`${{{name}}}`")).collect::<Vec<_>>().join(", ");
            (*span, format!("{names} may come from the {what}, which is not known here"))
        });
        let old = own.old().map(|(field, span)| {
            (span, format!("pullwarden does not apply `{field}`, a field of an older version of Flux"))
        });
        let open = open.or(old);
        let incomplete = built.left_out.first().map(|error| error.message.clone());
        let incomplete = incomplete.or_else(|| open.as_ref().map(|(_, message)| message.clone()));
        let manifests = Manifest::of_build(objects);
        let origin = UnitOrigin::Flux { root: own.path.clone(), by: own.called() };
        let unit =
            Unit { origin, form: Form::Applied, incomplete, charts: repository.charts_of(&built.charts) };
        let mut found = Found::new(unit, own.path.clone(), repository.kustomization(&own.path), None);
        found.files = built.files;
        found.files.extend(given.values.values().map(|(_, span)| span.file));
        found.files.push(own.span.file);
        found.files.sort_unstable();
        found.files.dedup();
        found.applied_by = Some((used.by, own.evidence(), own.to.clone()));
        found.made_of = Some(own.object.root().span());
        if let Some(kinds) = kinds {
            found.run(&manifests, repository, kinds);
        }
        found.fill(manifests, repository, listing);
        let mut problems = Vec::new();
        if found.configures_images() {
            let start = repository.start_of(&own.path);
            problems.extend(BuildProblem::left_out(&own.path, &built.left_out, start));
            problems.extend(open.map(|(span, message)| BuildProblem {
                outcome: BuildOutcome::FluxUnknown,
                message,
                ..own.refused(span, "")
            }));
        }
        Ok((found, problems))
    }
}

impl Kustomization {
    /// The problem that Flux cannot build the path.
    fn refused(&self, span: Span, why: &str) -> BuildProblem {
        let message = format!("the {} of Flux cannot be built: {why}", self.called());
        let related =
            Some((self.span, "it applies this path".to_owned())).filter(|(other, _)| *other != span);
        BuildProblem {
            root: self.path.clone(),
            span,
            message,
            related: related.into_iter().collect(),
            outcome: BuildOutcome::FluxRefused,
            needs_helm: false,
            is_configured: false,
        }
    }
}

impl Held {
    /// The roots and files of the path, as `resources` entries of a kustomization in `path`.
    fn relative_to(&self, path: &str) -> Vec<String> {
        let all: BTreeSet<&String> = self.roots.iter().chain(&self.files).collect();
        let relative = |name: &&String| match path {
            "" => (*name).clone(),
            path => name[path.len() + 1..].to_owned(),
        };
        all.iter().map(relative).collect()
    }
}

/// Whether an object produced the unit that contains it, or a unit further up the chain.
fn is_on_the_way(units: &[Found], by: usize, own: &Kustomization) -> bool {
    let span = own.object.root().span();
    chain(units, by).any(|at| units[at].made_of == Some(span))
}

/// Whether a path holds objects of Flux that apply something.
fn holds_flux(units: &[Found], held: &Held) -> bool {
    let applies =
        |object: &Manifest| FluxKind::of(object.root()).is_some_and(|kind| kind != FluxKind::Source);
    units.iter().filter(|unit| unit.flux.iter().any(applies)).any(|unit| match &unit.unit.origin {
        UnitOrigin::Kustomization(root) => held.roots.contains(root),
        UnitOrigin::File(name) => held.files.contains(name),
        _ => false,
    })
}

/// The root or the file of a unit.
fn name_of(unit: &Found) -> Option<&str> {
    match &unit.unit.origin {
        UnitOrigin::Kustomization(name) | UnitOrigin::File(name) => Some(name),
        _ => None,
    }
}
