//! A cluster with everything that it is given.

mod release;
mod typed;

pub use typed::{named_entries, named_lists};

use super::beside::Beside;
use super::hosting;
use super::member::{Evidence, Member, Unit, UnitOrigin};
use super::object::Object;
use super::places::Places;
use super::resource::Resource;
use super::workload::{self, Uses, Workload, WorkloadPlace};
use crate::openshift::{Platform, RELEASE_REPOSITORY, Topology, Version};
use crate::read::carrier::Carrier;
use crate::read::crd::Typed;
use crate::read::manifest::Form;
use crate::read::template::Masked;
use crate::read::workload::ImageUse;
use crate::source::Span;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

fn numbers(resources: &[Arc<Resource>], is_wanted: impl Fn(&Typed) -> bool) -> Vec<usize> {
    let wanted = resources.iter().enumerate().filter(|(_, resource)| is_wanted(&resource.typed));
    wanted.map(|(number, _)| number).collect()
}

/// How sure it is that resources reach the same cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Somebody said so: the configuration, or whoever made the stream.
    Exact,
    /// Only their places suggest it.
    Guessed,
}

/// One OpenShift cluster and what it is given.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name: from the configuration, or the directory.
    pub name: String,
    /// How sure the grouping is.
    pub standing: Standing,
    /// Its release, where somebody said it.
    pub openshift: Option<Version>,
    /// What it runs on.
    pub platform: Platform,
    /// The repository that its release image is pulled from, without tag or digest.
    pub release_repository: String,
    /// How many nodes each of its pools has, where somebody said it.
    pub pool_sizes: BTreeMap<String, u32>,
    /// How many nodes its control plane has, where somebody said it.
    pub topology: Option<Topology>,
    /// The release image as the cluster knows it, where somebody said it.
    pub release_image: Option<String>,
    /// Where it is one file that no cluster is known for: what lies in its directory.
    pub beside: Option<Arc<Beside>>,
    resources: Vec<Arc<Resource>>,
    /// The units that it is given, what says so, and whether there is more in them than workloads.
    members: Vec<(Arc<Unit>, Evidence, bool)>,
    /// The number of the member that holds each resource.
    member_of: Vec<u32>,
    places: OnceLock<Places>,
    /// What it runs, each with the number of its member.
    workloads: Vec<(Arc<Workload>, u32)>,
    uses: OnceLock<Uses>,
    /// The objects of any kind that it is given, each with the number of its member, where policies ask for them.
    objects: Vec<(Arc<Object>, u32)>,
    /// The number of the `Image` in force among them.
    image: Option<usize>,
    /// The number of one that shows that its control plane is hosted.
    hosted: Option<usize>,
    /// The numbers of the `Image`s and of the mirror sets among them.
    images: Vec<usize>,
    mirror_sets: Vec<usize>,
}

impl Cluster {
    /// A cluster that is given `resources`, which are in the order of their places, together.
    pub fn new(name: String, standing: Standing, resources: Vec<Arc<Resource>>) -> Self {
        let evidence = match standing {
            Standing::Exact => Evidence::Configured,
            Standing::Guessed => Evidence::Directory(name.clone()),
        };
        let form = resources.first().map_or(Form::Applied, |resource| resource.manifest.form);
        let unit = Arc::new(Unit { origin: UnitOrigin::Stream, form, incomplete: None });
        let member = Member { unit, evidence, resources, workloads: Vec::new(), objects: Vec::new() };
        Self::of_members(name, vec![member], Resource::span)
    }

    /// A cluster that is given what its members hold; `place` is what resources are ordered by.
    pub fn of_members<K: Ord>(name: String, members: Vec<Member>, place: impl Fn(&Resource) -> K) -> Self {
        let is_exact = members.iter().filter(|member| member.configures()).all(|m| m.evidence.is_sure());
        let mut resources = Vec::new();
        let mut workloads = Vec::new();
        let mut objects = Vec::new();
        let mut kept = Vec::new();
        for (number, member) in members.into_iter().enumerate() {
            let configures = member.configures();
            resources.extend(member.resources.into_iter().map(|resource| (resource, number as u32)));
            workloads.extend(member.workloads.into_iter().map(|workload| (workload, number as u32)));
            objects.extend(member.objects.into_iter().map(|object| (object, number as u32)));
            kept.push((member.unit, member.evidence, configures));
        }
        resources.sort_by_cached_key(|(resource, number)| (place(resource), *number));
        let (resources, member_of) = resources.into_iter().unzip();
        let mut cluster = Self {
            image: None,
            hosted: None,
            images: Vec::new(),
            mirror_sets: Vec::new(),
            name,
            standing: if is_exact { Standing::Exact } else { Standing::Guessed },
            openshift: None,
            platform: Platform::default(),
            release_repository: RELEASE_REPOSITORY.into(),
            pool_sizes: BTreeMap::new(),
            topology: None,
            release_image: None,
            beside: None,
            resources,
            members: kept,
            member_of,
            places: OnceLock::new(),
            workloads,
            uses: OnceLock::new(),
            objects,
        };
        cluster.number();
        cluster.set_release_image(cluster.desired_release().as_ref());
        cluster.openshift = cluster.desired_version().map(|(version, _)| version);
        cluster
    }

    /// Keeps only these resources.
    pub fn retain(&mut self, keep: impl Fn(&Resource) -> bool) {
        let mut kept = self.resources.iter().map(|resource| keep(resource));
        self.member_of.retain(|_| kept.next().unwrap_or_default());
        self.resources.retain(|resource| keep(resource));
        self.places = OnceLock::new();
        self.number();
    }

    /// The same cluster, given some resources more.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = Arc<Resource>>) -> Self {
        let mut cluster = self.clone();
        for resource in more {
            cluster.resources.push(resource);
            cluster.member_of.push(0);
        }
        cluster.places = OnceLock::new();
        cluster.number();
        cluster
    }

    /// Everything it is given, to be given to others.
    pub fn shared_resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }

    /// The units of its configuration, and what says that it is given them.
    pub fn members(&self) -> impl Iterator<Item = (&Unit, &Evidence)> {
        let configuring = self.members.iter().filter(|(_, _, configures)| *configures);
        configuring.map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// Everything that reaches it, workloads alone included.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.members.iter().map(|(unit, _, _)| unit.as_ref())
    }

    /// What it runs, as far as that matters for its images.
    pub fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().map(|(workload, _)| workload.as_ref())
    }

    /// The images that its workloads name, each with its workload.
    pub fn workload_images(&self) -> impl Iterator<Item = (&Workload, &ImageUse)> {
        self.workloads().flat_map(|workload| workload.images.iter().map(move |image| (workload, image)))
    }

    /// The objects of any kind that it is given, each with the number of its member.
    pub fn objects(&self) -> impl Iterator<Item = (&Arc<Object>, usize)> {
        self.objects.iter().map(|(object, number)| (object, *number as usize))
    }

    /// All its members, those with workloads or objects alone included.
    pub fn all_members(&self) -> impl Iterator<Item = (&Unit, &Evidence)> {
        self.members.iter().map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// The resources, each with the number of its member.
    pub fn numbered_resources(&self) -> impl Iterator<Item = (&Arc<Resource>, usize)> {
        self.resources.iter().zip(self.member_of.iter().map(|number| *number as usize))
    }

    /// The member of this number: itself, and what says that it belongs here.
    pub fn member(&self, number: usize) -> Option<(&Unit, &Evidence)> {
        self.members.get(number).map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// The workload whose text stands at `span`.
    pub fn workload_at(&self, span: Span) -> Option<WorkloadPlace<'_>> {
        let (number, index) = self.use_at(span)?;
        Some(workload::place(&self.workloads[number].0, index, span))
    }

    fn use_at(&self, span: Span) -> Option<(usize, usize)> {
        self.uses.get_or_init(|| Uses::of(&self.workloads)).at(span)
    }

    /// What of a member it is given, by the number of the member.
    pub fn resources_of(&self, member: usize) -> impl Iterator<Item = &Resource> {
        let all = self.resources.iter().zip(&self.member_of);
        all.filter(move |(_, number)| **number as usize == member).map(|(resource, _)| resource.as_ref())
    }

    /// The member whose text holds `span`: its number, itself, and what says that it belongs here.
    pub fn member_at(&self, span: Span) -> Option<(usize, &Unit, &Evidence)> {
        let of_workload = self.use_at(span).map(|(number, _)| self.workloads[number].1);
        let of_resource = || self.number_at(span).map(|number| self.member_of[number]);
        let number = of_workload.or_else(of_resource)? as usize;
        let (unit, evidence, _) = &self.members[number];
        Some((number, unit, evidence))
    }

    /// Notes where the kinds stand that rules ask for again and again.
    fn number(&mut self) {
        let is_in_force = |resource: &Arc<Resource>| {
            matches!(resource.typed, Typed::Image(_)) && resource.name() == "cluster"
        };
        self.image = self.resources.iter().rposition(is_in_force);
        self.hosted = self.resources.iter().position(|resource| hosting::host(resource).is_some());
        self.images = numbers(&self.resources, |typed| matches!(typed, Typed::Image(_)));
        self.mirror_sets = numbers(&self.resources, |typed| matches!(typed, Typed::Mirrors(_)));
    }

    /// Whether any of it configures images.
    pub fn configures_images(&self) -> bool {
        self.resources().any(Resource::is_image_configuration)
    }

    /// Whether it is no cluster that anybody speaks of, but a unit that no cluster is known to get.
    pub fn stands_by_itself(&self) -> bool {
        self.members().all(|(_, evidence)| evidence.is_none())
    }

    /// Everything it is given, in the order of files and text.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().map(Arc::as_ref)
    }

    /// What shows that its control plane is hosted: a `HostedCluster` or a `NodePool`.
    pub fn host(&self) -> Option<&Carrier> {
        hosting::host(&self.resources[self.hosted?])
    }

    /// The resource whose text holds `span`; of nested ones the innermost.
    pub fn resource_at(&self, span: Span) -> Option<&Resource> {
        self.number_at(span).map(|number| self.resources[number].as_ref())
    }

    fn number_at(&self, span: Span) -> Option<usize> {
        self.places.get_or_init(|| Places::of(&self.resources)).at(span)
    }

    /// Which readings of a template it is of, where nobody renders that here.
    pub fn masked(&self) -> Option<&Masked> {
        self.resources.first()?.manifest.masked()
    }

    /// Whether all of it comes from a template, so that not even one object is sure to be there.
    pub fn is_template(&self) -> bool {
        self.resources.iter().all(|resource| resource.manifest.form == Form::Template)
    }
}
