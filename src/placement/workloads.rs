//! Adds workloads to the clusters with image configuration.
//!
//! Workloads create no such cluster: a path, an Application or the configuration adds them to existing clusters.
//! Workloads of other clusters are also read, to count their images as not checked. Kustomizations of other clusters
//! are not built; images are counted in the files that they list as objects.

use super::builds;
use super::clusters::{Drafts, Key};
use super::found::Found;
use super::guess::{self, Suggested};
use super::kept::{self, Ran};
use super::reach::Reach;
use super::stage::Stage;
use super::units::{self, Units};
use crate::kustomize;
use crate::machine::guard;
use crate::machine::threads;
use crate::model::{Unit, UnitOrigin};
use crate::read::discover;
use crate::read::manifest::{self, Broken, BrokenWhat, Form, Manifest, secrets};
use crate::read::workload::{ImageUse, Kinds};
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::Node;
use argo_apps::Tool;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A file or a root that may hold workloads.
struct Wanted {
    /// The number of the unit.
    index: usize,
    /// Whether it goes to a cluster with image configuration. Otherwise its images are counted, and a carrier in it may
    /// bring workloads to such a cluster.
    is_home: bool,
}

/// The result of a look at it.
enum Seen {
    /// The workloads that were found in it.
    Looked(Box<Looked>),
    /// The places of its images, which reach no cluster with image configuration.
    Images(Vec<Span>),
}

/// The workloads that were found in a file or a root.
struct Looked {
    index: usize,
    found: Found,
    /// The text of a file.
    text: Option<(FileId, Arc<str>)>,
    /// The files of a build.
    files: Vec<FileId>,
}

/// Adds workloads to the clusters, and returns the places of all other images. `guessed` and `homes` belong to the
/// units so far.
pub(super) fn add(
    stage: &Stage<'_, '_>,
    units: &mut Units,
    mut guessed: Vec<Suggested>,
    homes: &[Suggested],
    drafts: &mut Drafts<'_>,
    sources: &mut Sources,
) -> BTreeSet<Span> {
    let mut unheld = BTreeSet::new();
    let Some(kinds) = stage.kinds else { return unheld };
    let look = Look { stage, kinds };
    let first = units.found.len();
    // The image overrides of an Application have priority over the images in files.
    let changed: BTreeSet<String> = changed_by_applications(&units.found);
    for (index, unit) in units.found.iter().enumerate() {
        let nowhere = Suggested::new();
        let homes = if is_changed(unit, &changed) { &nowhere } else { &homes[index] };
        drafts.add_workloads(index, unit, homes, &mut unheld);
        drafts.add_objects(index, unit, homes);
    }
    // From files with image configuration, only this configuration was read so far.
    let again = (0..first).filter(|index| file_of(&units.found[*index]).is_some()).collect::<Vec<_>>();
    let candidates = look.candidates(units, drafts);
    units.found.extend(candidates);
    let printed = units.found.len();
    units.found.append(&mut units.running);
    let reach = Reach::of(&units.found, stage.claims, &stage.known.clusters, stage.listing);
    let suggested = guess::of_workloads(&units.found, &guessed, &reach, kinds.want_every_object());
    guessed.extend(suggested);
    let homes = reach.homes(&units.found, &guessed);
    for (index, unit) in units.found.iter().enumerate().skip(printed) {
        drafts.add_workloads(index, unit, &homes[index], &mut unheld);
        drafts.add_objects(index, unit, &homes[index]);
    }
    let all = again.into_iter().chain(first..units.found.len());
    let is_home = |index: usize| {
        !is_changed(&units.found[index], &changed)
            && (kinds.want_every_object() || homes[index].iter().any(|(key, _)| drafts.want(key)))
    };
    let wanted: Vec<Wanted> = all.map(|index| Wanted { index, is_home: is_home(index) }).collect();
    let promising = look.promising(units, &wanted);
    let mut broken = Vec::new();
    let name = |wanted: &Wanted| units.found[wanted.index].name.clone();
    let looked = look.at_each(&wanted, name, &mut broken, |wanted| {
        look.file_or_root(wanted, &units.found[wanted.index], &promising)
    });
    let mut built: BTreeSet<&str> = units.found[..first].iter().filter_map(root_of).collect();
    let mut counted: Vec<Span> = Vec::new();
    for seen in looked {
        let looked = match seen {
            Seen::Looked(looked) => looked,
            Seen::Images(places) => {
                counted.extend(places);
                continue;
            }
        };
        let unit = &units.found[looked.index];
        built.extend(root_of(unit));
        let is_held = drafts.add_workloads(looked.index, &looked.found, &homes[looked.index], &mut unheld);
        let is_held = drafts.add_objects(looked.index, &looked.found, &homes[looked.index]) || is_held;
        if let Some((file, text)) = looked.text.filter(|_| is_held)
            && sources.get(file).is_none()
        {
            sources.insert(file, secrets::source(file, looked.found.name.clone(), text));
        }
        stage.repository.keep(looked.files, sources);
    }
    // A set of many is made at once faster than one by one.
    unheld.append(&mut counted.into_iter().collect());
    let roots = wanted.iter().filter_map(|wanted| root_of(&units.found[wanted.index]));
    unheld.extend(look.of_roots(roots, &built, &mut broken));
    for (name, broken) in broken {
        let file = broken.span.file;
        stage.repository.keep([file], sources);
        // The text of a file that could not be read completely was not kept.
        if sources.get(file).is_none() {
            sources.insert(file, Source::new(name, "".into()));
        }
        units.broken.push(broken);
    }
    units.found.truncate(first);
    unheld
}

/// The state of the search for workloads.
struct Look<'s, 'i> {
    stage: &'s Stage<'s, 'i>,
    kinds: &'s Kinds,
}

impl Look<'_, '_> {
    /// The units that were not read yet, without their content.
    fn candidates(&self, units: &Units, drafts: &Drafts<'_>) -> Vec<Found> {
        let Stage { repository, graph, asked, known, claims, .. } = *self.stage;
        let is_file = |unit: &&Found| matches!(unit.unit.origin, UnitOrigin::File(_) | UnitOrigin::Stream);
        let read: BTreeSet<&str> = units
            .found
            .iter()
            .filter(is_file)
            .filter(|unit| !unit.is_masked())
            .map(|unit| unit.name.as_str())
            .collect();
        let named = graph.named_files();
        let is_rendered = |name: &str| units.rendered.iter().any(|root| discover::is_at_or_below(name, root));
        let is_read = |name: &&str| {
            !self.lacks_workloads(name)
                && !discover::is_kustomization(name)
                && !read.contains(name)
                && !named.contains(name)
                && !is_rendered(name)
                && !units.unwanted.contains(*name)
        };
        let wanted_files: Vec<&str> = repository.names().filter(is_read).collect();
        let mut candidates = threads::map(&wanted_files, |_, name| self.file(name, &named));
        let roots = graph.roots().into_iter().chain(asked.iter().map(String::as_str));
        let is_gone = |root: &str| units.unwanted.contains(root) && !asked.contains(root);
        let roots: BTreeSet<&str> = roots.filter(|root| !is_rendered(root) && !is_gone(root)).collect();
        let resources = graph.resources();
        // The configuration has priority over kustomizations.
        let wanted: BTreeSet<usize> =
            (0..known.clusters.len()).filter(|number| drafts.want(&Key::Configured(*number))).collect();
        let mut built: BTreeSet<(usize, &str)> = BTreeSet::new();
        for root in &roots {
            for number in claims.on_root(root, &repository.kustomization(root)) {
                built.extend(graph.files_of(root).into_iter().map(|file| (number, file)));
            }
        }
        let mut named_for: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
        for name in resources.into_iter().filter(|name| !is_rendered(name) && !read.contains(name)) {
            if self.lacks_workloads(name) || repository.id(name).is_none() {
                continue;
            }
            for number in claims.on_file(name).into_iter().filter(|number| !built.contains(&(*number, name)))
            {
                if wanted.contains(&number) {
                    let mut found = self.file(name, &named);
                    found.only_for = vec![number];
                    named_for.entry(number).or_default().push(found);
                }
            }
        }
        candidates.extend(named_for.into_values().flatten());
        // Roots with image configuration were already built with all their objects.
        let built: BTreeSet<&str> = units.found.iter().filter_map(root_of).collect();
        let roots = roots.into_iter().filter(|root| !built.contains(root));
        for root in roots {
            let is_library = graph.is_library(root) && !asked.contains(root);
            candidates.push(Found::of_root(root, None, is_library, repository));
        }
        candidates
    }

    /// Whether it is known that nothing wanted is in a file.
    fn lacks_workloads(&self, name: &str) -> bool {
        self.stage.repository.lacks(name).workloads
    }

    fn file(&self, name: &str, named: &BTreeSet<&str>) -> Found {
        let directory = discover::directory(name).to_owned();
        let form = Form::of_path(name);
        let alone = units::alone(form, name, self.stage.graph, named);
        let unit = Unit::new(UnitOrigin::File(name.to_owned()), form);
        Found::new(unit, directory, name.to_owned(), alone)
    }

    /// The files of the roots that may hold workloads. A file that several roots share is checked once.
    fn promising(&self, units: &Units, wanted: &[Wanted]) -> BTreeSet<String> {
        let mut files: BTreeSet<&str> = BTreeSet::new();
        for Wanted { index, is_home } in wanted {
            if let (UnitOrigin::Kustomization(root), true) = (&units.found[*index].unit.origin, is_home) {
                files.extend(self.stage.graph.resources_of(root));
            }
        }
        let files: Vec<&str> = files.into_iter().collect();
        let may_hold = threads::map(&files, |_, name| {
            self.stage.repository.text_with_workloads(name, self.kinds).is_some()
        });
        let promising = files.into_iter().zip(may_hold).filter(|(_, may_hold)| *may_hold);
        promising.map(|(name, _)| name.to_owned()).collect()
    }

    fn file_or_root(&self, wanted: &Wanted, unit: &Found, promising: &BTreeSet<String>) -> Option<Seen> {
        let Wanted { index, is_home } = *wanted;
        match &unit.unit.origin {
            UnitOrigin::Kustomization(root) => {
                let mut files = self.stage.graph.resources_of(root).into_iter();
                let mut may_hold = || {
                    // Objects from generators and charts are in no file of the root.
                    self.kinds.want_every_object()
                        || files.any(|file| promising.contains(file))
                        || self.stage.graph.renders_charts(root)
                };
                if !is_home || !may_hold() {
                    return None;
                }
                match self.build(root) {
                    Ran::Build { found, files, .. } if found.runs() => {
                        Some(Seen::Looked(Box::new(Looked { index, found, text: None, files })))
                    }
                    _ => None,
                }
            }
            UnitOrigin::File(_) | UnitOrigin::Stream => {
                if !is_home && let Some(places) = self.images(&unit.name) {
                    return Some(Seen::Images(places));
                }
                let Ran::File { mut found, file, text, .. } = self.run(&unit.name, unit.unit.form) else {
                    return None;
                };
                // The same unit, so that the cluster gets only one member for it.
                found.unit = Arc::clone(&unit.unit);
                let text = Some((file, text));
                Some(Seen::Looked(Box::new(Looked { index, found, text, files: Vec::new() })))
            }
            UnitOrigin::Rendered(_) | UnitOrigin::Chart { .. } | UnitOrigin::Flux { .. } => None,
        }
    }

    /// Builds a root for its workloads.
    fn build(&self, root: &str) -> Ran {
        let Stage { repository, cache, keeping, .. } = *self.stage;
        let make = || {
            // If a build fails, its objects are not known.
            let Ok(mut built) = kustomize::build(root, repository, cache) else {
                return Ran::Nothing { is_plain: false };
            };
            let incomplete = built.left_out.first().map(|error| error.message.clone());
            let mut found = Found::of_root(root, incomplete, false, repository);
            let manifests = Manifest::of_build(std::mem::take(&mut built.objects));
            let is_plain = keeping.is_on()
                && built.charts.is_empty()
                && built.left_out.is_empty()
                && kept::are_plain(manifests.iter());
            found.run(&manifests, repository, self.kinds);
            Ran::Build { found, files: built.files, is_plain }
        };
        keeping.workloads((root, Form::Applied), make, |ran| match ran {
            Ran::Build { files, is_plain: true, .. } => Some(builds::inputs(root, files, self.stage)),
            _ => None,
        })
    }

    /// The places of the images in a file. `None` if they are not known without its objects: one of them may carry others, or
    /// the next run needs them.
    fn images(&self, name: &str) -> Option<Vec<Span>> {
        if self.kinds.want_every_object() || self.stage.keeping.is_on() {
            return None;
        }
        match self.stage.repository.text_with_workloads(name, self.kinds) {
            Some((file, text)) => manifest::images_of_workloads(file, &text, name, self.kinds),
            None => Some(Vec::new()),
        }
    }

    /// Reads the workloads of a file, if it may hold some.
    fn run(&self, name: &str, form: Form) -> Ran {
        let Stage { repository, keeping, .. } = *self.stage;
        let make = || {
            let Some((file, text)) = repository.text_with_workloads(name, self.kinds) else {
                return Ran::Nothing { is_plain: true };
            };
            let is_wanted = |root: Node<'_>| self.kinds.want(root);
            let Some(manifests) = manifest::workloads(file, &text, (form, name), &is_wanted) else {
                return Ran::Nothing { is_plain: true };
            };
            let is_plain = keeping.is_on() && kept::are_plain(manifests.iter());
            let unit = Unit::new(UnitOrigin::File(name.to_owned()), form);
            let directory = discover::directory(name).to_owned();
            let mut found = Found::new(unit, directory, name.to_owned(), None);
            found.run(&manifests, repository, self.kinds);
            if found.runs() { Ran::File { found, file, text, is_plain } } else { Ran::Nothing { is_plain } }
        };
        keeping.workloads((name, form), make, |ran| {
            let is_plain = matches!(ran, Ran::File { is_plain: true, .. } | Ran::Nothing { is_plain: true });
            let file = repository.id(name).filter(|_| is_plain)?;
            Some(BTreeSet::from([file]))
        })
    }

    /// Runs `look` for each file or root; `name` returns its name. A panic is added to `broken`, so that it does not
    /// affect the others.
    fn at_each<T: Sync, L: Send>(
        &self,
        all: &[T],
        name: impl Fn(&T) -> String,
        broken: &mut Vec<(String, Broken)>,
        look: impl Fn(&T) -> Option<L> + Sync,
    ) -> Vec<L> {
        let looked = threads::map(all, |_, one| guard::part("workloads", || look(one)));
        let mut seen = Vec::new();
        for (one, looked) in all.iter().zip(looked) {
            match looked {
                Ok(looked) => seen.extend(looked),
                Err(fault) => {
                    let name = name(one);
                    let file = self.stage.repository.id(&name).unwrap_or(FileId(0));
                    let what = BrokenWhat::Fault(fault);
                    broken.push((name, Broken { span: Span::new(file, 0, 0), what }));
                }
            }
        }
        seen
    }

    /// The places of images in kustomizations that are not built. They are searched in the files that these
    /// kustomizations list as objects, except files that a `built` kustomization also lists.
    fn of_roots<'r>(
        &self,
        roots: impl Iterator<Item = &'r str>,
        built: &BTreeSet<&str>,
        broken: &mut Vec<(String, Broken)>,
    ) -> BTreeSet<Span> {
        let graph = self.stage.graph;
        let seen: BTreeSet<&str> = built.iter().flat_map(|root| graph.resources_of(root)).collect();
        let mut files: BTreeSet<&str> = BTreeSet::new();
        for root in roots.filter(|root| !built.contains(root)) {
            files.extend(graph.resources_of(root).into_iter().filter(|file| !seen.contains(file)));
        }
        let files: Vec<&str> = files.into_iter().collect();
        let places = self.at_each(
            &files,
            |name| (*name).to_owned(),
            broken,
            |name| {
                if let Some(places) = self.images(name) {
                    return Some(places);
                }
                let Ran::File { found, .. } = self.run(name, Form::of_path(name)) else { return None };
                let images = found.all_workloads().flat_map(|workload| &workload.images);
                Some(images.map(ImageUse::place).collect::<Vec<Span>>())
            },
        );
        places.into_iter().flatten().collect()
    }
}

/// The file of a unit, if its workloads are certain to exist. With template syntax, parts of a file may exclude each
/// other.
fn file_of(unit: &Found) -> Option<&str> {
    let is_file = matches!(unit.unit.origin, UnitOrigin::File(_) | UnitOrigin::Stream);
    (is_file && unit.unit.form != Form::Template).then_some(unit.name.as_str())
}

/// The root of a unit, if it is the build of a kustomization.
fn root_of(unit: &Found) -> Option<&str> {
    match &unit.unit.origin {
        UnitOrigin::Kustomization(root) => Some(root),
        UnitOrigin::Rendered(_)
        | UnitOrigin::Chart { .. }
        | UnitOrigin::Flux { .. }
        | UnitOrigin::File(_)
        | UnitOrigin::Stream => None,
    }
}

fn is_changed(unit: &Found, changed: &BTreeSet<String>) -> bool {
    root_of(unit).is_some_and(|root| changed.contains(root))
}

/// The kustomizations that Applications build with changes of their own.
fn changed_by_applications(units: &[Found]) -> BTreeSet<String> {
    let applications = units.iter().flat_map(|unit| &unit.applications);
    let sources = applications.flat_map(|application| &application.sources);
    let changed = sources.filter(|source| source.tool == Tool::Kustomize);
    changed.map(|source| source.path.clone()).collect()
}
