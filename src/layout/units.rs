//! What is applied together: the build of a kustomization that nothing includes, or a file that none names.

use super::Stage;
use super::alternatives::are_alternatives;
use super::argo::{self, Application};
use super::listed::Listed;
use super::rendered::Traced;
use super::repository::Repository;
use super::roots::Graph;
use crate::carrier::{self, Carried, Carrier, Destination};
use crate::crd::{CarrierKind, Recognised};
use crate::discover::{self, STDIN};
use crate::kustomize::{self, Built};
use crate::manifest::{Form, Manifest};
use crate::model::{BuildProblem, Lonely, Origin, Resource, Unit, Workload};
use crate::source::FileId;
use crate::threads;
use crate::workload::Kinds;
use crate::yaml::{Kind, Node};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// A unit and what is in it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) unit: Arc<Unit>,
    /// The directory of its kustomization, or of its file.
    pub(super) directory: String,
    /// The file or the kustomization itself, as the configuration may name it.
    pub(super) name: String,
    /// Why it stands alone, where that is known from the start.
    pub(super) lonely: Option<Lonely>,
    /// What it gives to the cluster that it is applied to.
    pub(super) here: Vec<Arc<Resource>>,
    /// What it gives to others.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// The workloads among what it gives to the cluster that it is applied to.
    pub(super) workloads: Vec<Arc<Workload>>,
    /// Those for others.
    pub(super) workloads_elsewhere: Vec<WorkloadElsewhere>,
    /// The Applications among it.
    pub(super) applications: Vec<Application>,
    /// The files that its build read.
    pub(super) files: Vec<FileId>,
    /// The one cluster of the configuration that names the file, though a kustomization takes care of it elsewhere.
    pub(super) only_for: Option<usize>,
}

/// An object that a carrier brings to another cluster.
#[derive(Debug)]
pub(super) struct Elsewhere {
    pub(super) to: Destination,
    pub(super) carrier: Arc<Carrier>,
    pub(super) resource: Arc<Resource>,
}

/// A workload that a carrier brings to another cluster.
#[derive(Debug)]
pub(super) struct WorkloadElsewhere {
    pub(super) to: Destination,
    pub(super) carrier: Arc<Carrier>,
    pub(super) object: Arc<Workload>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) found: Vec<Found>,
    pub(super) problems: Vec<BuildProblem>,
    /// The files that builds read.
    pub(super) files: BTreeSet<FileId>,
    /// The files that rendered texts were made of.
    pub(super) rendered_from: BTreeSet<FileId>,
    /// The kustomizations that cannot be built.
    pub(super) refused: BTreeSet<String>,
}

/// Gathers what is applied together. What is `rendered` takes the place of its directory.
pub(super) fn gather(manifests: Vec<Manifest>, rendered: Vec<Traced>, stage: &Stage<'_, '_>) -> Units {
    let Stage { repository, graph, listing, known, .. } = *stage;
    let mut by_file: BTreeMap<FileId, Vec<Manifest>> = BTreeMap::new();
    for manifest in manifests {
        by_file.entry(manifest.file()).or_default().push(manifest);
    }
    let mut units = Units::default();
    let taken = build(stage, &by_file, &rendered, &mut units);
    let is_replaced = |name: &str| rendered.iter().any(|rendered| rendered.replaces(name));
    for rendered in &rendered {
        units.rendered_from.extend(&rendered.files);
    }
    by_file.retain(|file, _| !repository.name_of(*file).is_some_and(|name| is_replaced(&name)));
    let of_commands = rendered.into_iter().map(|rendered| rendered.into_unit(repository, graph, listing));
    for unit in of_commands.filter(|unit| !unit.is_empty()) {
        let extents = unit.resources().flat_map(|resource| resource.manifest.root().extents());
        units.files.extend(extents.map(|span| span.file));
        units.found.push(unit);
    }
    let named = graph.named_files();
    // The configuration outranks the kustomizations: a file that it names for a cluster reaches that cluster.
    for (number, cluster) in known.clusters.iter().enumerate() {
        let built: BTreeSet<FileId> = units
            .found
            .iter()
            .filter(|unit| unit.only_for == Some(number) || cluster.claims_unit(unit))
            .flat_map(|unit| unit.files.clone())
            .collect();
        let named_here = by_file.iter().filter(|(file, _)| taken.contains(file) && !built.contains(file));
        let mut found = Vec::new();
        for (file, manifests) in named_here {
            let Some(name) = repository.name_of(*file).filter(|name| cluster.claims(name)) else { continue };
            found.extend(of_file(&name, manifests.clone(), repository, graph, &named, listing));
        }
        for unit in &mut found {
            unit.only_for = Some(number);
        }
        units.found.extend(found);
    }
    for (file, manifests) in by_file.into_iter().filter(|(file, _)| !taken.contains(file)) {
        let Some(name) = repository.name_of(file) else { continue };
        units.found.extend(of_file(&name, manifests, repository, graph, &named, listing));
    }
    units
}

/// Builds every root that has to do with what was found, and says which files that takes care of.
fn build(
    stage: &Stage<'_, '_>,
    by_file: &BTreeMap<FileId, Vec<Manifest>>,
    rendered: &[Traced],
    units: &mut Units,
) -> HashSet<FileId> {
    let Stage { repository, graph, asked, listing, cache, .. } = *stage;
    let mattering = graph.mattering(|file| repository.id(file).is_some_and(|id| by_file.contains_key(&id)));
    let mut roots: BTreeSet<&str> = graph.roots().into_iter().collect();
    let libraries: BTreeSet<&str> = roots.iter().copied().filter(|root| graph.is_library(root)).collect();
    roots.extend(asked.iter().map(String::as_str));
    roots.retain(|root| !rendered.iter().any(|rendered| rendered.replaces(root)));
    let roots: Vec<&str> = roots.into_iter().filter(|root| mattering.contains(root)).collect();
    let of_rendered = rendered.iter().flat_map(|rendered| graph.files_of(&rendered.root));
    let mut taken: HashSet<FileId> = of_rendered.filter_map(|file| repository.id(file)).collect();
    // What carries objects may carry none of ours, and then nobody here minds whether it builds.
    let has_ours = |file: &str| {
        let manifests = repository.id(file).and_then(|id| by_file.get(&id));
        manifests.into_iter().flatten().any(|manifest| match manifest.recognise() {
            Recognised::Ours(kind) => kind.configures_images(),
            Recognised::Suspect(_) => true,
            Recognised::Carrier(_) | Recognised::Other => false,
        })
    };
    let speaks_of_images = |root: &str| graph.files_of(root).into_iter().any(has_ours);
    let built = threads::map(&roots, |_, root| {
        let is_library = libraries.contains(root) && !asked.contains(*root);
        let build = || {
            let mut built = kustomize::build(root, repository, cache)?;
            built.manifests.iter_mut().for_each(|object| as_it_stands(object, by_file));
            Ok(Made::of(root, built, is_library, &|| speaks_of_images(root), stage))
        };
        // A panic must not cost the findings of the other roots.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(build))
    });
    let mut refused = BTreeSet::new();
    for (root, built) in roots.into_iter().zip(built) {
        let is_library = libraries.contains(root) && !asked.contains(root);
        match built {
            Ok(Ok(made)) => {
                // A file that the build only patches with is no object by itself.
                taken.extend(graph.files_of(root).into_iter().filter_map(|file| repository.id(file)));
                units.files.extend(made.found.files.iter().copied());
                units.problems.extend(made.problems);
                units.found.extend(Some(made.found).filter(|found| !found.is_empty()));
            }
            Ok(Err(error)) => {
                let error: kustomize::Error = error;
                if !is_library && speaks_of_images(root) {
                    units.problems.push(BuildProblem::refused(root, &error, repository.start_of(root)));
                }
                refused.insert(root);
            }
            Err(_) => {
                refused.insert(root);
            }
        }
    }
    for root in refused {
        // What cannot be seen with its patches is looked at alone; the patches are no objects.
        let ids = |names: BTreeSet<&str>| {
            names.into_iter().filter_map(|name| repository.id(name)).collect::<Vec<_>>()
        };
        for file in ids(graph.resources_of(root)) {
            let (Some(manifests), Some(name)) = (by_file.get(&file), repository.name_of(file)) else {
                continue;
            };
            if taken.insert(file) {
                let mut found =
                    of_file(&name, manifests.clone(), repository, graph, &BTreeSet::new(), listing);
                for unit in &mut found {
                    unit.lonely = Some(Lonely::Unbuilt);
                }
                units.found.extend(found);
            }
        }
        taken.extend(ids(graph.files_of(root)));
        units.refused.insert(root.to_owned());
    }
    // What a generator or a carrier of a build has read is taken care of, too.
    for unit in &units.found {
        taken.extend(unit.resources().map(|resource| resource.manifest.file()));
    }
    taken
}

/// An object that the build changes nothing of is the document in its file, where it can be edited.
fn as_it_stands(object: &mut Manifest, by_file: &BTreeMap<FileId, Vec<Manifest>>) {
    let root = object.root();
    let same =
        by_file.get(&root.span().file).into_iter().flatten().find(|written| is_same(written.root(), root));
    if let Some(written) = same {
        let form = object.form;
        *object = written.clone();
        object.form = form;
    }
}

/// Whether two values stand in the same text and say the same, all that is in them included.
fn is_same(written: Node<'_>, built: Node<'_>) -> bool {
    let pairs = written.descendants().zip(built.descendants());
    written.span() == built.span()
        && written.descendants().count() == built.descendants().count()
        && pairs.into_iter().all(|(a, b)| {
            a.kind() == b.kind() && a.span() == b.span() && (a.kind() != Kind::Scalar || a.text() == b.text())
        })
}

/// What a build comes to.
struct Made {
    found: Found,
    problems: Vec<BuildProblem>,
}

impl Made {
    fn of(
        root: &str,
        built: Built,
        is_library: bool,
        speaks_of_images: &dyn Fn() -> bool,
        stage: &Stage<'_, '_>,
    ) -> Self {
        let Stage { repository, listing, kinds, .. } = *stage;
        let incomplete = built.left_out.first().map(|error| error.message.clone());
        let mut found = Found::of_root(root, incomplete, is_library, repository);
        found.files = built.files;
        if let Some(kinds) = kinds {
            found.run(&built.manifests, repository, kinds);
        }
        found.fill(built.manifests, repository, listing);
        let mut problems = Vec::new();
        // What a patch is for may be what was left out.
        if found.configures_images() || (!built.left_out.is_empty() && !is_library && speaks_of_images()) {
            problems.extend(BuildProblem::left_out(root, &built.left_out, repository.start_of(root)));
            problems.extend(built.unmatched.iter().map(|span| BuildProblem::unmatched(root, *span)));
        }
        Self { found, problems }
    }
}

/// A file that no kustomization takes care of. Documents beside template syntax may exclude each other, so each of
/// them is a unit.
fn of_file(
    name: &str,
    manifests: Vec<Manifest>,
    repository: &Repository<'_>,
    graph: &Graph,
    named: &BTreeSet<&str>,
    listing: &Listed<'_, '_>,
) -> Vec<Found> {
    let form = manifests.first().map_or(Form::Applied, |manifest| manifest.form);
    let directory = discover::directory(name).to_owned();
    let lonely = match form {
        Form::Template => Some(Lonely::Template),
        Form::Sample => Some(Lonely::Sample),
        Form::CiOnly => Some(Lonely::CiOnly),
        Form::Applied if name == STDIN => None,
        Form::Applied if is_generation(&directory) => Some(Lonely::Generation),
        // What stands beside a kustomization and is not named by it is not applied with it.
        Form::Applied if graph.holds(&directory) && !named.contains(name) => Some(Lonely::NotIncluded),
        Form::Applied => None,
    };
    let origin = if name == STDIN { Origin::Stream } else { Origin::File(name.to_owned()) };
    let groups = if form == Form::Template {
        manifests.into_iter().map(|manifest| vec![manifest]).collect()
    } else {
        vec![manifests]
    };
    let found = groups.into_iter().map(|manifests| {
        let unit = Unit { origin: origin.clone(), form, incomplete: None };
        let mut found = Found::new(unit, directory.clone(), name.to_owned(), lonely);
        found.fill(manifests, repository, listing);
        found
    });
    found.filter(|found| !found.is_empty()).collect()
}

/// Whether a directory is one of several outputs of oc-mirror (`results-1639608409`), or its workspace.
pub(super) fn is_generation(directory: &str) -> bool {
    directory.split('/').any(|part| {
        let number = part.strip_prefix("results-");
        part == "working-dir"
            || number
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

impl Found {
    /// The build of a root, without what is in it.
    pub(super) fn of_root(
        root: &str,
        incomplete: Option<String>,
        is_library: bool,
        repository: &Repository<'_>,
    ) -> Self {
        let name = repository.kustomization(root);
        let form = Form::of_path(&name);
        let lonely = match form {
            Form::Sample => Some(Lonely::Sample),
            Form::CiOnly => Some(Lonely::CiOnly),
            Form::Applied | Form::Template if is_library => Some(Lonely::Library),
            Form::Applied | Form::Template => None,
        };
        let unit = Unit { origin: Origin::Kustomization(root.to_owned()), form, incomplete };
        Self::new(unit, root.to_owned(), name, lonely)
    }

    pub(super) fn new(unit: Unit, directory: String, name: String, lonely: Option<Lonely>) -> Self {
        Self {
            unit: Arc::new(unit),
            directory,
            name,
            lonely,
            here: Vec::new(),
            elsewhere: Vec::new(),
            workloads: Vec::new(),
            workloads_elsewhere: Vec::new(),
            applications: Vec::new(),
            files: Vec::new(),
            only_for: None,
        }
    }

    /// Everything that it gives to any cluster.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Resource> {
        let elsewhere = self.elsewhere.iter().map(|part| &part.resource);
        self.here.iter().chain(elsewhere).map(Arc::as_ref)
    }

    fn configures_images(&self) -> bool {
        self.resources().any(Resource::is_image_configuration)
    }

    /// Whether this unit, of a number, and another define the same object.
    pub(super) fn excludes(&self, own: usize, other: usize, others: &Self) -> bool {
        let of = |number: usize, unit: &'_ Self| -> Vec<(usize, Arc<Resource>)> {
            unit.here.iter().map(|resource| (number, Arc::clone(resource))).collect()
        };
        let both = [of(own, self), of(other, others)].concat();
        are_alternatives(both.iter().map(|(number, resource)| (*number, resource.as_ref())))
    }

    /// Whether there are workloads in it.
    pub(super) fn runs(&self) -> bool {
        !self.workloads.is_empty() || !self.workloads_elsewhere.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.here.is_empty() && self.elsewhere.is_empty() && self.applications.is_empty()
    }

    /// Takes the workloads out of what is applied together; what a template fills in is left alone.
    pub(super) fn run(&mut self, manifests: &[Manifest], repository: &Repository<'_>, kinds: &Kinds) {
        // Nearly all of them stand for themselves.
        let (plain, others): (Vec<Manifest>, Vec<Manifest>) =
            manifests.iter().cloned().partition(|manifest| kinds.know(manifest.root()));
        let plain = plain.into_iter().map(|manifest| (manifest, None, Destination::Here));
        let brought = carrier::unwrap_all(others, repository, kinds).into_iter();
        let brought = brought.map(|Carried { manifest, carrier, to }| (manifest, carrier, to));
        for (manifest, carrier, to) in plain.chain(brought) {
            if manifest.form == Form::Template {
                continue;
            }
            let Some(object) = Workload::read(&manifest, kinds).map(Arc::new) else { continue };
            match (to, carrier) {
                (Destination::Here, _) | (_, None) => self.workloads.push(object),
                (to, Some(carrier)) => {
                    self.workloads_elsewhere.push(WorkloadElsewhere { to, carrier, object });
                }
            }
        }
    }

    pub(super) fn fill(
        &mut self,
        manifests: Vec<Manifest>,
        repository: &Repository<'_>,
        listing: &Listed<'_, '_>,
    ) {
        for manifest in &manifests {
            let read = argo::read(manifest.root(), listing);
            self.applications.extend(read.into_iter().flat_map(|read| read.applications));
            if matches!(manifest.recognise(), Recognised::Carrier(CarrierKind::InstallConfig)) {
                self.here.extend(Resource::read(manifest.clone(), None).map(Arc::new));
            }
        }
        for Carried { manifest, carrier, to } in carrier::unwrap(manifests, repository) {
            let Some(resource) = Resource::read(manifest, carrier.clone()).map(Arc::new) else { continue };
            match (to, carrier) {
                (Destination::Here, _) | (_, None) => self.here.push(resource),
                (to, Some(carrier)) => self.elsewhere.push(Elsewhere { to, carrier, resource }),
            }
        }
    }
}
