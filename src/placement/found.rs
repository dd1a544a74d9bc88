//! A unit and its content.

use super::alternatives::are_alternatives;
use super::flux::object::{Applying, FluxKind};
use super::listed::Listed;
use super::repository::Repository;
use crate::machine::budget::Bounded;
use crate::model::{Evidence, Object, Resource, StandsAlone, Unit, UnitOrigin, Workload};
use crate::read::carrier::{self, Carried, Carrier, Destination};
use crate::read::crd::{CarrierKind, Recognised};
use crate::read::manifest::{self, Form, Manifest};
use crate::read::workload::Kinds;
use crate::source::{FileId, Span};
use crate::yaml::Document;
use argo_apps::{self as argo, Application, Missing};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A unit and its content.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) unit: Arc<Unit>,
    /// The directory of its kustomization, or of its file.
    pub(super) directory: String,
    /// The file or the kustomization itself, as the configuration may name it.
    pub(super) name: String,
    /// Why it stands alone, if this is known from the start.
    pub(super) alone: Option<StandsAlone>,
    /// `None` for a unit that was not read yet, and for one without content: there may be as many units as files.
    content: Option<Box<Content>>,
}

/// The content of a unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// The resources for the cluster that the unit is applied to.
    pub(super) here: Vec<Arc<Resource>>,
    /// The resources for other clusters.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Resources from some readings of templates, for any cluster: none of them is certain to exist.
    pub(super) masked: Vec<Arc<Resource>>,
    /// The workloads for the cluster that the unit is applied to.
    pub(super) workloads: Vec<Arc<Workload>>,
    /// The workloads for other clusters.
    pub(super) workloads_elsewhere: Vec<Brought<Workload>>,
    /// Every object for the cluster that the unit is applied to, if policies need all objects.
    pub(super) objects: Vec<Arc<Object>>,
    /// The objects for other clusters.
    pub(super) objects_elsewhere: Vec<Brought<Object>>,
    /// The Applications in the unit.
    pub(super) applications: Vec<Application>,
    /// The paths of its Applications that do not exist.
    pub(super) missing: Vec<Missing>,
    /// The files that its build read.
    pub(super) files: Vec<FileId>,
    /// Whether an Application patches the result of its build.
    pub(super) is_patched: bool,
    /// The only object that applies it, if the unit was made for that object: a chart of an Application, or a build of
    /// Flux. The number of the unit that contains the object, the evidence, and the destination.
    pub(super) applied_by: Option<(usize, Evidence, argo::Destination)>,
    /// The place of the object of Flux that produced the unit.
    pub(super) made_of: Option<Span>,
    /// The objects of Flux in the unit that apply something, or that name a source.
    pub(super) flux: Vec<Manifest>,
    /// What these objects apply unchanged.
    pub(super) applying: Vec<Applying>,
    /// Its `ConfigMap` objects, if Flux may take values from them.
    pub(super) config: Vec<Manifest>,
    /// The numbers of the configured clusters that only this unit is for: elsewhere a kustomization includes its file, or
    /// its chart has other values.
    pub(super) only_for: Vec<usize>,
    /// The number of dependencies that its chart was rendered without.
    pub(super) lacking: usize,
}

/// Nothing.
static EMPTY: Content = Content {
    here: Vec::new(),
    elsewhere: Vec::new(),
    masked: Vec::new(),
    workloads: Vec::new(),
    workloads_elsewhere: Vec::new(),
    objects: Vec::new(),
    objects_elsewhere: Vec::new(),
    applications: Vec::new(),
    missing: Vec::new(),
    files: Vec::new(),
    is_patched: false,
    applied_by: None,
    made_of: None,
    flux: Vec::new(),
    applying: Vec::new(),
    config: Vec::new(),
    only_for: Vec::new(),
    lacking: 0,
};

impl Deref for Found {
    type Target = Content;

    fn deref(&self) -> &Content {
        self.content.as_deref().unwrap_or(&EMPTY)
    }
}

impl DerefMut for Found {
    fn deref_mut(&mut self) -> &mut Content {
        self.content.get_or_insert_default()
    }
}

/// An object that a carrier brings to another cluster.
#[derive(Clone, Debug)]
pub(super) struct Elsewhere {
    pub(super) to: Destination,
    pub(super) carrier: Arc<Carrier>,
    pub(super) resource: Arc<Resource>,
}

/// A workload or other object that a carrier brings to another cluster.
#[derive(Clone, Debug)]
pub(super) struct Brought<T> {
    pub(super) to: Destination,
    pub(super) carrier: Arc<Carrier>,
    pub(super) object: Arc<T>,
}

impl Found {
    /// The build of a root, without its content.
    pub(super) fn of_root(
        root: &str,
        incomplete: Option<String>,
        is_library: bool,
        repository: &Repository<'_>,
    ) -> Self {
        let name = repository.kustomization(root);
        let form = Form::of_path(&name);
        let alone = match form {
            Form::Applied if is_library => Some(StandsAlone::Library),
            form => StandsAlone::of_form(form),
        };
        let unit = Unit { incomplete, ..Unit::new(UnitOrigin::Kustomization(root.to_owned()), form) };
        Self::new(unit, root.to_owned(), name, alone)
    }

    pub(super) fn new(unit: Unit, directory: String, name: String, alone: Option<StandsAlone>) -> Self {
        Self { unit: Arc::new(unit), directory, name, alone, content: None }
    }

    /// All resources, for any cluster.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Resource> {
        let elsewhere = self.elsewhere.iter().map(|part| &part.resource);
        self.here.iter().chain(elsewhere).map(Arc::as_ref)
    }

    /// Removes the content, since another unit replaces this one.
    pub(super) fn clear(&mut self) {
        let Some(content) = self.content.take() else { return };
        let Content { files, is_patched, applied_by, made_of, only_for, lacking, .. } = *content;
        let left =
            Content { files, is_patched, applied_by, made_of, only_for, lacking, ..Content::default() };
        self.content = Some(Box::new(left));
    }

    /// Whether it holds an object of a template that nothing renders here.
    pub(super) fn is_masked(&self) -> bool {
        self.here.first().is_some_and(|resource| resource.manifest.masked().is_some())
    }

    pub(super) fn configures_images(&self) -> bool {
        self.resources().any(Resource::is_image_configuration)
    }

    /// Whether this unit (number `own`) and another unit (number `other`) define the same object.
    pub(super) fn excludes(&self, own: usize, other: usize, others: &Self) -> bool {
        let both = [(own, self), (other, others)].into_iter();
        are_alternatives(
            both.flat_map(|(number, unit)| unit.here.iter().map(move |here| (number, here.as_ref()))),
        )
    }

    /// Whether it holds workloads, or objects for policies.
    pub(super) fn runs(&self) -> bool {
        self.all_workloads().next().is_some()
            || !self.objects.is_empty()
            || !self.objects_elsewhere.is_empty()
    }

    pub(super) fn all_workloads(&self) -> impl Iterator<Item = &Workload> {
        let elsewhere = self.workloads_elsewhere.iter().map(|part| &part.object);
        self.workloads.iter().chain(elsewhere).map(Arc::as_ref)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.here.is_empty()
            && self.elsewhere.is_empty()
            && self.masked.is_empty()
            && self.applications.is_empty()
            && self.missing.is_empty()
            && self.flux.is_empty()
    }

    /// Collects the workloads of the unit; objects with template syntax are skipped.
    pub(super) fn run(&mut self, manifests: &[Manifest], repository: &Repository<'_>, kinds: &Kinds) {
        if kinds.want_every_object() {
            return self.run_all(manifests, repository, kinds);
        }
        let is_certain = |manifest: &Manifest| manifest.form != Form::Template && manifest.masked().is_none();
        let read = |manifest: &Manifest| {
            is_certain(manifest).then(|| repository.once().workload(manifest, kinds)).flatten()
        };
        // Nearly all objects are not in a carrier.
        let (plain, others): (Vec<&Manifest>, Vec<&Manifest>) =
            manifests.iter().partition(|manifest| kinds.know(manifest.root()));
        self.workloads.extend(plain.into_iter().filter_map(read));
        let others: Vec<Manifest> = others.into_iter().cloned().collect();
        for Carried { manifest, carrier, to, .. } in carrier::unwrap_all(others, repository, kinds) {
            let Some(object) = read(&manifest) else { continue };
            match (to, carrier) {
                (Destination::Here, _) | (_, None) => self.workloads.push(object),
                (to, Some(carrier)) => {
                    self.workloads_elsewhere.push(Brought { to, carrier, object });
                }
            }
        }
    }

    /// Like `run`, for every object.
    fn run_all(&mut self, manifests: &[Manifest], repository: &Repository<'_>, kinds: &Kinds) {
        for Carried { manifest, carrier, to, settings } in
            carrier::unwrap_all(manifests.to_vec(), repository, kinds)
        {
            // The settings of a carrier are already part of the carrier's own object.
            let is_filled = manifest.form == Form::Template || manifest.masked().is_some();
            if is_filled || settings.is_some() {
                continue;
            }
            let workload = repository.once().workload(&manifest, kinds);
            let object = Arc::new(Object::new(manifest, carrier.clone()));
            match (to, carrier) {
                (Destination::Here, _) | (_, None) => {
                    self.workloads.extend(workload);
                    self.objects.push(object);
                }
                (to, Some(carrier)) => {
                    let brought = |object| Brought { to: to.clone(), carrier: carrier.clone(), object };
                    self.workloads_elsewhere.extend(workload.map(brought));
                    self.objects_elsewhere.push(Brought { to, carrier, object });
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
        let manifests: Vec<Manifest> = manifests.into_iter().filter(may_configure).collect();
        let manifests = affordable(manifests, repository);
        for manifest in manifests.iter().filter(|manifest| manifest.masked().is_none()) {
            if FluxKind::of(manifest.root()).is_some() {
                self.flux.push(manifest.clone());
            } else if repository.has_flux() && manifest.root().get_str("kind") == Some("ConfigMap") {
                self.config.push(manifest.clone());
            }
        }
        for manifest in &manifests {
            let read = argo::read(manifest.root(), listing);
            if let Some(read) = read {
                let place = manifest.root().span();
                let may_make = |application: &Application| {
                    repository.budget().is_none_or(|budget| budget.spend_object(length(application), place))
                };
                // A single Application is no larger than its text.
                let is_one = read.applications.len() <= 1;
                self.applications
                    .extend(read.applications.into_iter().take_while(|made| is_one || may_make(made)));
                self.missing.extend(read.missing);
            }
            let carrier = match manifest.recognise() {
                Recognised::Carrier(carrier) => Some(carrier),
                _ => None,
            };
            if matches!(carrier, Some(CarrierKind::InstallConfig | CarrierKind::AgentClusterInstall)) {
                let settings = Resource::read(manifest.clone(), None).map(Arc::new);
                let taken = if manifest.masked().is_some() { &mut self.masked } else { &mut self.here };
                taken.extend(settings);
            }
        }
        for Carried { manifest, carrier, to, settings } in carrier::unwrap(manifests, repository) {
            let (text, bytes) = (manifest.root().span(), || size(&manifest));
            if repository.budget().is_some_and(|budget| !budget.spend_copy(text, bytes())) {
                continue;
            }
            let resource = match (settings, &carrier) {
                (Some(settings), _) => Some(Arc::new(Resource::of_settings(manifest, settings))),
                (None, None) => repository.once().resource(&manifest),
                (None, Some(_)) => Resource::read(manifest, carrier.clone()).map(Arc::new),
            };
            let is_wanted =
                |resource: &Arc<Resource>| repository.is_of_nodes() || !resource.is_about_nodes_alone();
            let Some(resource) = resource.filter(is_wanted) else { continue };
            match (to, carrier) {
                _ if resource.manifest.masked().is_some() => self.masked.push(resource),
                (Destination::Here, _) | (_, None) => self.here.push(resource),
                (to, Some(carrier)) => self.elsewhere.push(Elsewhere { to, carrier, resource }),
            }
        }
    }
}

/// Whether an object may say more than which images it runs: of the many objects of a build, few do.
pub(super) fn may_configure(manifest: &Manifest) -> bool {
    let root = manifest.root();
    !matches!(manifest.recognise(), Recognised::Other)
        || manifest::says_where(root)
        || FluxKind::of(root).is_some()
        || root.get_str("kind") == Some("ConfigMap")
}

/// Keeps the objects whose expanded aliases fit the budget. Expanded aliases can be far larger than the text.
fn affordable(mut manifests: Vec<Manifest>, repository: &Repository<'_>) -> Vec<Manifest> {
    let Some(budget) = repository.budget() else { return manifests };
    let mut last: Option<(*const Document, bool)> = None;
    manifests.retain(|manifest| {
        let document: *const Document = std::ptr::from_ref(manifest.document().as_ref());
        // Objects of one document follow each other, and their aliases count once.
        match last {
            Some((known, is_affordable)) if known == document => is_affordable,
            _ => {
                let place = manifest.root().span();
                let is_affordable = budget.spend_values(manifest.document().aliased(), place);
                last = Some((document, is_affordable));
                is_affordable
            }
        }
    });
    manifests
}

/// The size of an object in bytes. A build may make an object larger than its text in the file.
fn size(manifest: &Manifest) -> usize {
    let root = manifest.root();
    if manifest.document().is_composed() {
        root.descendants().map(|node| node.text().len()).sum()
    } else {
        root.span().range().len()
    }
}

/// The size of an Application's texts in bytes.
fn length(application: &Application) -> usize {
    let of_source = |source: &argo::Source| {
        let globs = [&source.include, &source.exclude].into_iter().flatten().map(String::len);
        source.path.len() + source.repo_url.len() + source.revision.len() + globs.sum::<usize>()
    };
    application.name.len() + application.sources.iter().map(of_source).sum::<usize>()
}
