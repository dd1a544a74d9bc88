//! The resources of a cluster by their kinds.

use super::Cluster;
use crate::model::resource::Resource;
use crate::openshift::{MIRROR_SETS, RELEASE_POLICY};
use crate::read::crd::{
    self, ImageConfig, ImagePolicy, Kind, MirrorEntry, MirrorKind, MirrorSet, PolicyKind, Suspicion, Typed,
    schema,
};
use crate::read::manifest::Form;
use crate::source::Spanned;
use crate::yaml;

impl Cluster {
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

    /// The `Image` that the cluster reads: the one with the name `cluster`. If there are two, the last one that is applied.
    pub fn image(&self) -> Option<(&Resource, &ImageConfig)> {
        let resource = &self.resources[self.image?];
        match &resource.typed {
            Typed::Image(image) => Some((resource, image)),
            _ => None,
        }
    }

    /// The `Image` in force, if a missing field is known to be missing: no template fills in a part of it.
    pub fn whole_image(&self) -> Option<(&Resource, &ImageConfig)> {
        let (resource, image) = self.image()?;
        let spec = resource.manifest.root().get("spec");
        let sources = spec.and_then(|spec| spec.get("registrySources"));
        let is_open = [spec, sources].into_iter().flatten().any(|node| match node.kind() {
            yaml::Kind::Mapping => {
                node.entries().iter().any(|entry| crd::is_placeholder(&entry.key.key_text()))
            }
            _ => !node.is_null(),
        });
        (resource.manifest.form == Form::Applied && !is_open).then_some((resource, image))
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

    /// Every entry of every mirror set whose kind exists in the cluster's release.
    pub fn mirror_entries(&self) -> impl Iterator<Item = (&Resource, &MirrorSet, &MirrorEntry)> {
        let has_all = self.version() >= MIRROR_SETS;
        self.mirror_sets()
            .filter(move |(_, set)| has_all || set.kind == MirrorKind::Icsp)
            .flat_map(|(resource, set)| set.entries().iter().map(move |entry| (resource, set, entry)))
    }

    /// Every `ClusterImagePolicy` and `ImagePolicy`.
    pub fn image_policies(&self) -> impl Iterator<Item = (&Resource, &ImagePolicy)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::ImagePolicy(policy) => Some((resource, policy)),
            _ => None,
        })
    }

    /// The policies that the operator reads. The release replaces an object that has the name of its own policy.
    pub fn image_policies_in_force(&self) -> impl Iterator<Item = (&Resource, &ImagePolicy)> {
        let is_brought = !self.release_scopes().is_empty();
        self.image_policies().filter(move |(resource, policy)| {
            !(is_brought && policy.kind == PolicyKind::Cluster && resource.name() == RELEASE_POLICY)
        })
    }

    /// Every document that was meant to be a resource, but is not.
    pub fn suspects(&self) -> impl Iterator<Item = (&Resource, &Suspicion)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::Suspect(suspicion) => Some((resource, suspicion)),
            _ => None,
        })
    }

    /// The problems of shape that exist in this cluster's release.
    pub fn problems(&self) -> impl Iterator<Item = (&Resource, &schema::Problem)> {
        let version = self.version();
        // If the release does not have the kind, nothing else matters.
        let known = move |resource: &&Resource| {
            resource.kind().and_then(Kind::since).is_none_or(|since| since <= version)
        };
        self.resources().filter(known).flat_map(move |resource| {
            let on_this_release = resource.problems.iter().filter(move |p| p.versions.contains(version));
            on_this_release.map(move |problem| (resource, problem))
        })
    }
}

/// The registry lists of an `Image`, each with its name, for rules that treat several of them alike.
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

/// Every entry of the insecure, blocked and allowed lists, with the name of its list.
pub fn named_entries(image: &ImageConfig) -> impl Iterator<Item = (&'static str, &Spanned<String>)> {
    named_lists(image).into_iter().flat_map(|(name, list)| list.items.iter().map(move |entry| (name, entry)))
}
