//! A cluster with everything that it gets.

mod release;
mod same;
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

/// How certain it is that resources reach the same cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The configuration says so, or the person who made the stream.
    Exact,
    /// Only paths suggest it.
    Guessed,
}

/// One OpenShift cluster and what it gets.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name: from the configuration, or the directory.
    pub name: String,
    /// How certain the grouping is.
    pub standing: Standing,
    /// Its release, if it is known.
    pub openshift: Option<Version>,
    /// Its platform.
    pub platform: Platform,
    /// The repository of its release image, without tag or digest.
    pub release_repository: String,
    /// The number of nodes in each of its pools, if it is known.
    pub pool_sizes: BTreeMap<String, u32>,
    /// The number of nodes in its control plane, if it is known.
    pub topology: Option<Topology>,
    /// Its release image, if it is known.
    pub release_image: Option<String>,
    /// For a file that stands alone: the mirror sets in its directory.
    pub beside: Option<Arc<Beside>>,
    resources: Vec<Arc<Resource>>,
    /// The units that it gets, the evidence for each, and whether the unit contains more than workloads.
    members: Vec<(Arc<Unit>, Evidence, bool)>,
    /// For each resource, the number of the member that contains it.
    member_of: Vec<u32>,
    places: OnceLock<Places>,
    /// Its workloads, each with the number of its member.
    workloads: Vec<(Arc<Workload>, u32)>,
    uses: OnceLock<Uses>,
    /// The objects of any kind that it gets, each with the number of its member; empty unless policies need them.
    objects: Vec<(Arc<Object>, u32)>,
    /// The number of the `Image` in force.
    image: Option<usize>,
    /// The number of a resource that shows that its control plane is hosted.
    hosted: Option<usize>,
    /// The numbers of its `Image`s and mirror sets.
    images: Vec<usize>,
    mirror_sets: Vec<usize>,
}

impl Cluster {
    /// A cluster that gets `resources` together; they are sorted by their places.
    pub fn new(name: String, standing: Standing, resources: Vec<Arc<Resource>>) -> Self {
        let evidence = match standing {
            Standing::Exact => Evidence::Configured,
            Standing::Guessed => Evidence::Directory(name.clone()),
        };
        let form = resources.first().map_or(Form::Applied, |resource| resource.manifest.form);
        let unit = Arc::new(Unit::new(UnitOrigin::Stream, form));
        let member = Member { unit, evidence, resources, workloads: Vec::new(), objects: Vec::new() };
        Self::of_members(name, vec![member], Resource::span)
    }

    /// A cluster that gets the contents of its members, sorted by `place`.
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

    /// The same cluster with more resources.
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

    /// Everything that it gets, to share it with other clusters.
    pub fn shared_resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }

    /// The units of its configuration, each with the evidence that it gets them.
    pub fn members(&self) -> impl Iterator<Item = (&Unit, &Evidence)> {
        let configuring = self.members.iter().filter(|(_, _, configures)| *configures);
        configuring.map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// Every unit that it gets, even those with only workloads.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.members.iter().map(|(unit, _, _)| unit.as_ref())
    }

    /// Its workloads, as far as their images matter.
    pub fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().map(|(workload, _)| workload.as_ref())
    }

    /// The images in its workloads, each with its workload.
    pub fn workload_images(&self) -> impl Iterator<Item = (&Workload, &ImageUse)> {
        self.workloads().flat_map(|workload| workload.images.iter().map(move |image| (workload, image)))
    }

    /// The objects of any kind that it gets, each with the number of its member.
    pub fn objects(&self) -> impl Iterator<Item = (&Arc<Object>, usize)> {
        self.objects.iter().map(|(object, number)| (object, *number as usize))
    }

    /// All its members, even those with only workloads or other objects.
    pub fn all_members(&self) -> impl Iterator<Item = (&Unit, &Evidence)> {
        self.members.iter().map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// The resources, each with the number of its member.
    pub fn numbered_resources(&self) -> impl Iterator<Item = (&Arc<Resource>, usize)> {
        self.resources.iter().zip(self.member_of.iter().map(|number| *number as usize))
    }

    /// The member with this number, and the evidence that it belongs here.
    pub fn member(&self, number: usize) -> Option<(&Unit, &Evidence)> {
        self.members.get(number).map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// The workload with the text at `span`.
    pub fn workload_at(&self, span: Span) -> Option<WorkloadPlace<'_>> {
        let (number, index) = self.use_at(span)?;
        Some(workload::place(&self.workloads[number].0, index, span))
    }

    fn use_at(&self, span: Span) -> Option<(usize, usize)> {
        self.uses.get_or_init(|| Uses::of(&self.workloads)).at(span)
    }

    /// The resources that it gets from a member, by the member's number.
    pub fn resources_of(&self, member: usize) -> impl Iterator<Item = &Resource> {
        let all = self.resources.iter().zip(&self.member_of);
        all.filter(move |(_, number)| **number as usize == member).map(|(resource, _)| resource.as_ref())
    }

    /// The member whose text contains `span`: its number, its unit, and the evidence that it belongs here.
    pub fn member_at(&self, span: Span) -> Option<(usize, &Unit, &Evidence)> {
        let of_workload = self.use_at(span).map(|(number, _)| self.workloads[number].1);
        let of_resource = || self.number_at(span).map(|number| self.member_of[number]);
        let number = of_workload.or_else(of_resource)? as usize;
        let (unit, evidence, _) = &self.members[number];
        Some((number, unit, evidence))
    }

    /// Stores the numbers of the kinds that rules read often.
    fn number(&mut self) {
        let is_in_force = |resource: &Arc<Resource>| {
            matches!(resource.typed, Typed::Image(_)) && resource.name() == "cluster"
        };
        self.image = self.resources.iter().rposition(is_in_force);
        self.hosted = self.resources.iter().position(|resource| hosting::host(resource).is_some());
        self.images = numbers(&self.resources, |typed| matches!(typed, Typed::Image(_)));
        self.mirror_sets = numbers(&self.resources, |typed| matches!(typed, Typed::Mirrors(_)));
    }

    /// Whether any of its resources configures images.
    pub fn configures_images(&self) -> bool {
        self.resources().any(Resource::is_image_configuration)
    }

    /// Whether it is not a real cluster, but a unit for which no cluster is known.
    pub fn stands_by_itself(&self) -> bool {
        self.members().all(|(_, evidence)| evidence.is_none())
    }

    /// Everything that it gets, in the order of files and text.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().map(Arc::as_ref)
    }

    /// The object that shows that its control plane is hosted: a `HostedCluster` or a `NodePool`.
    pub fn host(&self) -> Option<&Carrier> {
        hosting::host(&self.resources[self.hosted?])
    }

    /// The resource whose text contains `span`; if several are nested, the innermost.
    pub fn resource_at(&self, span: Span) -> Option<&Resource> {
        self.number_at(span).map(|number| self.resources[number].as_ref())
    }

    fn number_at(&self, span: Span) -> Option<usize> {
        self.places.get_or_init(|| Places::of(&self.resources)).at(span)
    }

    /// Which combination of values this is, for a template that nobody renders here.
    pub fn masked(&self) -> Option<&Masked> {
        self.resources.first()?.manifest.masked()
    }

    /// Whether all of it comes from a template, so that no object is certain to exist.
    pub fn is_template(&self) -> bool {
        self.resources.iter().all(|resource| resource.manifest.form == Form::Template)
    }
}
