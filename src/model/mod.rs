//! What the resources mean together: a repository of clusters, each with everything that it is given.

mod build;
pub mod hosts;
pub mod member;
mod places;
pub mod reference;
pub mod scope;
pub mod trusted_ca;
pub mod workload;

use crate::carrier::Carrier;
use crate::crd::{
    self, CarrierKind, ImageConfig, ImagePolicy, Kind, MirrorEntry, MirrorKind, MirrorSet, Recognised,
    Suspicion, Typed, schema,
};
use crate::fix::Fix;
use crate::manifest::{Broken, Form, Manifest};
use crate::openshift::{MIRROR_SETS, Platform, RELEASE_REPOSITORY, Version};
use crate::source::{FileId, Span, Spanned};
use crate::successor;
use crate::yaml::Node;
use crate::yaml::edit::Editor;
pub use build::{BuildProblem, LeftAlone, Outcome};
pub use member::{Evidence, Lonely, Member, Origin, Unit};
use places::Places;
use reference::Reference;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use workload::Uses;
pub use workload::{Workload, WorkloadPlace};

/// A manifest of one of our kinds, read.
#[derive(Debug)]
pub struct Resource {
    /// The text behind it.
    pub manifest: Manifest,
    /// What it says.
    pub typed: Typed,
    /// What of it the server refuses or drops.
    pub problems: Vec<schema::Problem>,
    /// What carries it; `None` where it stands for itself.
    pub carrier: Option<Arc<Carrier>>,
    /// The change that makes an `ImageDigestMirrorSet` of it where builds change it; unset where it is all there is to change.
    pub(crate) built_successor: OnceLock<Option<Fix>>,
    identity: Identity,
}

/// What a resource is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// `apiVersion` as written.
    pub api_version: String,
    /// `kind` as written.
    pub kind: String,
    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Resource {
    /// Reads a manifest; `None` when it is nothing of ours.
    pub fn read(manifest: Manifest, carrier: Option<Arc<Carrier>>) -> Option<Self> {
        let (typed, problems) = match manifest.recognise() {
            Recognised::Ours(kind) => {
                let root = manifest.root();
                let checked = matches!(kind, Kind::Image | Kind::Mirrors(_));
                let problems = if checked { schema::check(kind, root) } else { Vec::new() };
                (crd::read(kind, root), problems)
            }
            Recognised::Suspect(suspicion) => (Typed::Suspect(suspicion), Vec::new()),
            // What it carries is read by itself; its credentials are its own.
            Recognised::Carrier(CarrierKind::InstallConfig) => {
                (crd::read(Kind::PullSecret, manifest.root()), Vec::new())
            }
            Recognised::Carrier(_) | Recognised::Other => return None,
        };
        // Most of these write other files.
        if matches!(&typed, Typed::MachineConfig(config) if config.files.is_empty()) {
            return None;
        }
        let identity = identity(&manifest);
        let built_successor = OnceLock::new();
        Some(Self { manifest, typed, problems, carrier, built_successor, identity })
    }

    /// Its kind; `None` for one that the cluster would not recognise.
    pub fn kind(&self) -> Option<Kind> {
        match &self.typed {
            Typed::Image(_) => Some(Kind::Image),
            Typed::Mirrors(set) => Some(Kind::Mirrors(set.kind)),
            Typed::ConfigMap(_) => Some(Kind::ConfigMap),
            Typed::ClusterVersion(_) => Some(Kind::ClusterVersion),
            Typed::ImagePolicy(policy) => Some(Kind::ImagePolicy(policy.kind)),
            Typed::MachineConfig(_) => match self.manifest.recognise() {
                Recognised::Ours(kind) => Some(kind),
                _ => None,
            },
            Typed::PullSecret(_) => Some(Kind::PullSecret),
            Typed::Suspect(_) => None,
        }
    }

    /// Whether it configures images, or was meant to.
    pub fn is_image_configuration(&self) -> bool {
        self.kind().is_none_or(Kind::configures_images)
    }

    /// The text of the whole object.
    pub fn span(&self) -> Span {
        self.manifest.root().span()
    }

    /// What a base says in the place of the text at `span`, which stands in a patch.
    pub fn replaced(&self, span: Span) -> Option<Span> {
        let root = self.manifest.root();
        let is_composed = self.manifest.document().is_composed();
        let around = root.descendants().filter(|node| is_composed && node.span().contains(span));
        let replaced =
            around.filter_map(|node| Some((node.span().end - node.span().start, node.replaced()?)));
        replaced.min_by_key(|(length, _)| *length).map(|(_, span)| span)
    }

    /// The text of its kind, for what is true of the object as a whole.
    pub fn kind_span(&self) -> Span {
        self.manifest.root().get("kind").map_or_else(|| self.span(), Node::span)
    }

    /// Makes edits to its text.
    pub fn edit(&self) -> Editor<'_> {
        Editor::new(self.manifest.document())
    }

    /// What applies it, where it does not stand for itself: the nearest carrier that is more than a bracket.
    pub fn brought_by(&self) -> Option<&Carrier> {
        self.carrier.as_ref()?.chain().find(|carrier| !carrier.kind.is_bracket())
    }

    /// What makes it of settings, where nobody wrote it as an object.
    pub fn made_by(&self) -> Option<&Carrier> {
        self.carrier.as_deref().filter(|carrier| carrier.kind.makes_objects())
    }

    /// Who refuses it when its shape is wrong, in words.
    pub fn refusal(&self) -> &'static str {
        self.made_by().map_or("the API server refuses the object", |carrier| carrier.kind.refusal())
    }

    /// A path to one of its fields as people wrote it; of what is made of settings, only the last name is theirs.
    pub fn written_field<'f>(&self, path: &'f str) -> &'f str {
        if self.made_by().is_none() { path } else { path.rsplit('.').next().unwrap_or(path) }
    }

    /// The change that makes an `ImageDigestMirrorSet` of an `ImageContentSourcePolicy`, with whatever calls it by its kind.
    pub fn successor(&self) -> Option<Fix> {
        let Typed::Mirrors(set) = &self.typed else { return None };
        self.built_successor.get().cloned().unwrap_or_else(|| successor::of_object(self, set))
    }

    /// What it is called.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// `metadata.name` as text; empty when there is none.
    pub fn name(&self) -> &str {
        &self.identity.name
    }
}

fn identity(manifest: &Manifest) -> Identity {
    let root = manifest.root();
    let text = |key: &str| root.get(key).map_or("", crate::yaml::Node::text).to_owned();
    // Butane has none, and becomes something that has.
    let butane = || matches!(manifest.recognise(), Recognised::Ours(Kind::Butane)).then_some(Kind::Butane);
    let implied = manifest.implied.or_else(butane);
    Identity {
        api_version: implied.map_or_else(|| text("apiVersion"), |kind| kind.api_version().into()),
        kind: implied.map_or_else(|| text("kind"), |kind| kind.name().into()),
        namespace: manifest.namespace().into(),
        name: manifest.name().into(),
    }
}

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
    /// The release image as the cluster knows it, where somebody said it.
    pub release_image: Option<String>,
    resources: Vec<Arc<Resource>>,
    /// The units that it is given, what says so, and whether there is more in them than workloads.
    members: Vec<(Arc<Unit>, Evidence, bool)>,
    /// The number of the member that holds each resource.
    member_of: Vec<u32>,
    places: OnceLock<Places>,
    /// What it runs, each with the number of its member.
    workloads: Vec<(Arc<Workload>, u32)>,
    uses: OnceLock<Uses>,
    /// The number of the `Image` in force among them.
    image: Option<usize>,
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
        let unit = Arc::new(Unit { origin: Origin::Stream, form, incomplete: None });
        let member = Member { unit, evidence, resources, workloads: Vec::new() };
        Self::of_members(name, vec![member], Resource::span)
    }

    /// A cluster that is given what its members hold; `place` is what resources are ordered by.
    pub fn of_members<K: Ord>(name: String, members: Vec<Member>, place: impl Fn(&Resource) -> K) -> Self {
        let is_exact = members.iter().filter(|member| member.configures()).all(|m| m.evidence.is_sure());
        let mut resources = Vec::new();
        let mut workloads = Vec::new();
        let mut kept = Vec::new();
        for (number, member) in members.into_iter().enumerate() {
            let configures = member.configures();
            resources.extend(member.resources.into_iter().map(|resource| (resource, number as u32)));
            workloads.extend(member.workloads.into_iter().map(|workload| (workload, number as u32)));
            kept.push((member.unit, member.evidence, configures));
        }
        resources.sort_by_cached_key(|(resource, number)| (place(resource), *number));
        let (resources, member_of) = resources.into_iter().unzip();
        let mut cluster = Self {
            image: None,
            images: Vec::new(),
            mirror_sets: Vec::new(),
            name,
            standing: if is_exact { Standing::Exact } else { Standing::Guessed },
            openshift: None,
            platform: Platform::default(),
            release_repository: RELEASE_REPOSITORY.into(),
            release_image: None,
            resources,
            members: kept,
            member_of,
            places: OnceLock::new(),
            workloads,
            uses: OnceLock::new(),
        };
        cluster.number();
        cluster.release(cluster.desired_release().as_ref());
        cluster
    }

    /// The release image that its `ClusterVersion` asks for, if it is a full name.
    pub fn desired_release(&self) -> Option<String> {
        let images = self.resources().filter_map(|resource| match &resource.typed {
            Typed::ClusterVersion(version) if resource.name() == "version" => version.release_image.as_ref(),
            _ => None,
        });
        let image = &images.last()?.value;
        Reference::parse_canonical(image).is_ok().then(|| image.clone())
    }

    /// Keeps only these resources.
    pub fn retain(&mut self, keep: impl Fn(&Resource) -> bool) {
        let mut kept = self.resources.iter().map(|resource| keep(resource));
        self.member_of.retain(|_| kept.next().unwrap_or_default());
        self.resources.retain(|resource| keep(resource));
        self.places = OnceLock::new();
        self.number();
    }

    /// The units of its configuration, and what says that it is given them.
    pub fn members(&self) -> impl Iterator<Item = (&Unit, &Evidence)> {
        let configuring = self.members.iter().filter(|(_, _, configures)| *configures);
        configuring.map(|(unit, evidence, _)| (unit.as_ref(), evidence))
    }

    /// What it runs, as far as that matters for its images.
    pub fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().map(|(workload, _)| workload.as_ref())
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
        self.images = numbers(&self.resources, |typed| matches!(typed, Typed::Image(_)));
        self.mirror_sets = numbers(&self.resources, |typed| matches!(typed, Typed::Mirrors(_)));
    }

    /// Whether any of it configures images.
    pub fn configures_images(&self) -> bool {
        self.resources().any(Resource::is_image_configuration)
    }

    /// Its release; the newest that is known when nobody said it.
    pub fn version(&self) -> Version {
        self.openshift.unwrap_or(Version::NEWEST)
    }

    /// Its release image: as somebody said it, else some image of the release repository.
    pub fn release_image(&self) -> String {
        let some_image = || format!("{}@sha256:{}", self.release_repository, "a".repeat(64));
        self.release_image.clone().unwrap_or_else(some_image)
    }

    /// Takes what somebody says of its release image, or of that image's repository alone.
    pub fn release(&mut self, image: Option<&String>) {
        let Some(image) = image else { return };
        match Reference::parse_canonical(image) {
            Ok(reference) => {
                reference.name().clone_into(&mut self.release_repository);
                let whole = reference.tag.is_some() || reference.digest.is_some();
                self.release_image = whole.then(|| image.clone());
            }
            // What the operator says to it is for whoever looks at the nodes.
            Err(_) => self.release_image = Some(image.clone()),
        }
    }

    /// Everything it is given, in the order of files and text.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().map(Arc::as_ref)
    }

    /// Every `Image`, whatever its name.
    pub fn images(&self) -> impl Iterator<Item = (&Resource, &ImageConfig)> {
        self.images.iter().filter_map(|&number| {
            let resource = &self.resources[number];
            match &resource.typed {
                Typed::Image(image) => Some((resource.as_ref(), image.as_ref())),
                _ => None,
            }
        })
    }

    /// The `Image` that the cluster reads: the one named `cluster`. Of two, the one applied last.
    pub fn image(&self) -> Option<(&Resource, &ImageConfig)> {
        let resource = &self.resources[self.image?];
        match &resource.typed {
            Typed::Image(image) => Some((resource, image)),
            _ => None,
        }
    }

    /// Every mirror set of the three kinds.
    pub fn mirror_sets(&self) -> impl Iterator<Item = (&Resource, &MirrorSet)> {
        self.mirror_sets.iter().filter_map(|&number| {
            let resource = &self.resources[number];
            match &resource.typed {
                Typed::Mirrors(set) => Some((resource.as_ref(), set)),
                _ => None,
            }
        })
    }

    /// Every `ClusterImagePolicy` and `ImagePolicy`.
    pub fn image_policies(&self) -> impl Iterator<Item = (&Resource, &ImagePolicy)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::ImagePolicy(policy) => Some((resource, policy)),
            _ => None,
        })
    }

    /// Every entry of every mirror set that is of a kind which the cluster's release has.
    pub fn mirror_entries(&self) -> impl Iterator<Item = (&Resource, &MirrorSet, &MirrorEntry)> {
        let has_all = self.version() >= MIRROR_SETS;
        self.mirror_sets()
            .filter(move |(_, set)| has_all || set.kind == MirrorKind::Icsp)
            .flat_map(|(resource, set)| set.entries().iter().map(move |entry| (resource, set, entry)))
    }

    /// Every document that was meant to be a resource and is none.
    pub fn suspects(&self) -> impl Iterator<Item = (&Resource, &Suspicion)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::Suspect(suspicion) => Some((resource, suspicion)),
            _ => None,
        })
    }

    /// The problems of shape that hold on this cluster's release.
    pub fn problems(&self) -> impl Iterator<Item = (&Resource, &schema::Problem)> {
        let version = self.version();
        // Of a kind that a release does not know there is nothing more to say.
        let known = move |resource: &&Resource| {
            resource.kind().and_then(Kind::since).is_none_or(|since| since <= version)
        };
        self.resources().filter(known).flat_map(move |resource| {
            let on_this_release = resource.problems.iter().filter(move |p| p.versions.contains(version));
            on_this_release.map(move |problem| (resource, problem))
        })
    }

    /// The resource whose text holds `span`; of nested ones the innermost.
    pub fn resource_at(&self, span: Span) -> Option<&Resource> {
        self.number_at(span).map(|number| self.resources[number].as_ref())
    }

    fn number_at(&self, span: Span) -> Option<usize> {
        self.places.get_or_init(|| Places::of(&self.resources)).at(span)
    }

    /// Whether all of it comes from a template, so that not even one object is sure to be there.
    pub fn is_template(&self) -> bool {
        self.resources.iter().all(|resource| resource.manifest.form == Form::Template)
    }
}

/// A registry list of an `Image` with its name, for rules that treat several alike.
pub fn named_lists(image: &ImageConfig) -> Vec<(&'static str, &crd::List<Spanned<String>>)> {
    let Some(sources) = &image.registry_sources else { return Vec::new() };
    [
        ("insecureRegistries", &sources.insecure),
        ("blockedRegistries", &sources.blocked),
        ("allowedRegistries", &sources.allowed),
    ]
    .into_iter()
    .filter_map(|(name, list)| Some((name, list.as_ref()?)))
    .collect()
}

/// Every entry of the insecure, blocked and allowed lists, with its list's name.
pub fn named_entries(image: &ImageConfig) -> impl Iterator<Item = (&'static str, &Spanned<String>)> {
    named_lists(image).into_iter().flat_map(|(name, list)| list.items.iter().map(move |entry| (name, entry)))
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Repo {
    /// The clusters, in the order of their names.
    pub clusters: Vec<Cluster>,
    /// What could not be read.
    pub broken: Vec<Broken>,
    /// Kustomizations that could not be built, or not in full.
    pub builds: Vec<BuildProblem>,
    /// Every object that was read as it stands in its file; comments are looked for around them.
    pub manifests: Vec<Manifest>,
    /// How many resources of our kinds there are (`ConfigMaps` aside), however many clusters they reach.
    pub image_resources: usize,
    /// What commands printed, and the files that it was made of: of an ignore in them nobody can tell whether it is needed.
    pub rendered: BTreeSet<FileId>,
    /// Documents that a template fills in.
    pub templates: usize,
    /// Files with documents that are not looked at by themselves, in the order of their names.
    pub left_alone: Vec<LeftAlone>,
    /// Files that were read.
    pub files: usize,
}
