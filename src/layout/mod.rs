//! Which cluster does a resource belong to, and why. What the configuration says comes first; then the place of the
//! file speaks, softly.

pub mod configured;
pub mod neighbours;

use crate::crd::{Kind, MirrorEntry, MirrorKind, MirrorSet, Policy, Typed};
use crate::discover::STDIN;
use crate::manifest::Form;
use crate::model::{Cluster, Identity, Resource, Standing};
use crate::openshift::{Platform, Version};
use crate::source::{FileId, Sources};
use configured::Configured;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What is known about clusters before any manifest is read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The clusters that the configuration names, in the order of their names.
    pub clusters: Vec<Configured>,
    /// The release of every cluster that has none of its own.
    pub openshift: Option<Version>,
    /// The platform of every cluster that has none of its own.
    pub platform: Option<Platform>,
    /// The release image of every cluster that has none of its own.
    pub release_image: Option<String>,
}

/// Gives every resource to the clusters that it reaches. A resource of no configured cluster stands with the others
/// of its directory.
pub fn place(resources: Vec<Resource>, known: &Known, sources: &Sources) -> Vec<Cluster> {
    let mut configured: Vec<Vec<Arc<Resource>>> = vec![Vec::new(); known.clusters.len()];
    let mut guessed: BTreeMap<(String, bool), Vec<Arc<Resource>>> = BTreeMap::new();
    for resource in resources {
        let resource = Arc::new(resource);
        let name = sources.get(resource.manifest.file()).map_or("", |source| source.name.as_str());
        let mut claimed = false;
        for (cluster, given) in known.clusters.iter().zip(&mut configured) {
            if cluster.claims(name) {
                given.push(Arc::clone(&resource));
                claimed = true;
            }
        }
        if !claimed {
            // Documents beside template syntax may exclude each other, so each of them stands alone.
            let alone = resource.manifest.form == Form::Template;
            guessed.entry((directory(name).to_owned(), alone)).or_default().push(resource);
        }
    }
    let mut clusters = Vec::new();
    for (cluster, resources) in known.clusters.iter().zip(configured) {
        let mut built = Cluster::new(cluster.name.clone(), Standing::Exact, resources);
        built.openshift = cluster.openshift.or(known.openshift);
        built.platform = cluster.platform.or(known.platform).unwrap_or_default();
        built.release(cluster.release_image.as_ref().or(known.release_image.as_ref()));
        clusters.push(built);
    }
    for ((directory, alone), resources) in guessed {
        let standing = if directory == STDIN { Standing::Exact } else { Standing::Guessed };
        let groups = if alone {
            resources.into_iter().map(|resource| vec![resource]).collect()
        } else if standing == Standing::Guessed && are_alternatives(&resources) {
            by_file(resources)
        } else {
            vec![resources]
        };
        for resources in groups {
            let mut built = Cluster::new(directory.clone(), standing.clone(), resources);
            built.openshift = known.openshift;
            built.platform = known.platform.unwrap_or_default();
            built.release(known.release_image.as_ref());
            clusters.push(built);
        }
    }
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    clusters
}

/// Files that hold the same object are not applied together: one replaces the other. Neither are a deprecated
/// `ImageContentSourcePolicy` and the `ImageDigestMirrorSet` that was made of it.
fn are_alternatives(resources: &[Arc<Resource>]) -> bool {
    let mut objects: HashMap<&Identity, FileId> = HashMap::new();
    let mut old: HashMap<(&str, Vec<&str>), FileId> = HashMap::new();
    // The same credentials in two files say nothing about image configuration.
    let meant = resources.iter().filter(|resource| resource.kind() != Some(Kind::PullSecret));
    for resource in meant {
        let file = resource.manifest.file();
        if *objects.entry(resource.identity()).or_insert(file) != file {
            return true;
        }
        old.extend(entries_of(resource, MirrorKind::Icsp).map(|entry| (entry, file)));
    }
    resources.iter().any(|resource| {
        let file = resource.manifest.file();
        entries_of(resource, MirrorKind::Digest)
            .any(|entry| old.get(&entry).is_some_and(|other| *other != file))
    })
}

/// The source and the mirrors of every entry that an `ImageContentSourcePolicy` can hold.
fn entries_of(resource: &Resource, kind: MirrorKind) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let set = match &resource.typed {
        Typed::Mirrors(set) if set.kind == kind => Some(set),
        _ => None,
    };
    let plain = |entry: &&MirrorEntry| entry.effective_policy() != Some(Policy::NeverContactSource);
    set.into_iter().flat_map(MirrorSet::entries).filter(plain).map(|entry| {
        let mirrors = entry.mirrors().iter().map(|mirror| mirror.value.as_str()).collect();
        (entry.source.value.as_str(), mirrors)
    })
}

fn by_file(resources: Vec<Arc<Resource>>) -> Vec<Vec<Arc<Resource>>> {
    let mut files: BTreeMap<FileId, Vec<Arc<Resource>>> = BTreeMap::new();
    for resource in resources {
        files.entry(resource.manifest.file()).or_default().push(resource);
    }
    files.into_values().collect()
}

fn directory(name: &str) -> &str {
    if name == STDIN {
        return STDIN;
    }
    name.rsplit_once('/').map_or(".", |(directory, _)| directory)
}
