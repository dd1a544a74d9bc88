//! Clusters that the configuration names.

use super::found::Found;
use crate::model::UnitOrigin;
use crate::openshift::{Platform, Topology, Version};
use crate::read::discover::shown;
use crate::read::globs::Globs;
use crate::source::Spanned;
use crate::yaml::Document;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A cluster of the configuration.
#[derive(Clone, Debug)]
pub struct ConfiguredCluster {
    /// Its name.
    pub name: String,
    /// The files for this cluster, as globs over names relative to the root.
    pub paths: Globs,
    /// The directories whose kustomizations are for this cluster, as globs; the root of the repository is `.`.
    pub roots: Globs,
    /// Its release.
    pub openshift: Option<Version>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// How many nodes its control plane has.
    pub topology: Option<Topology>,
    /// How many nodes each of its pools has.
    pub nodes: BTreeMap<String, u32>,
    /// Its release image, or the repository of that image.
    pub release_image: Option<String>,
}

/// A chart of the configuration.
#[derive(Clone, Debug)]
pub struct ConfiguredChart {
    /// Its directory.
    pub root: Spanned<String>,
    /// The name of the release, if the configuration gives one.
    pub release: Option<Spanned<String>>,
    /// The namespace of the release, if the configuration gives one.
    pub namespace: Option<String>,
    /// The values files; later ones win.
    pub files: Vec<Spanned<String>>,
    /// The values that override those of files.
    pub values: Option<Arc<Document>>,
    /// The numbers of the clusters that get the chart. If it is empty, the directory decides.
    pub clusters: Vec<usize>,
}

impl ConfiguredCluster {
    /// Whether the file of this name is for this cluster.
    pub fn claims(&self, name: &str) -> bool {
        self.paths.is_match(name)
    }

    /// Whether the kustomization in this directory is for this cluster.
    pub fn claims_root(&self, directory: &str) -> bool {
        self.roots.is_match(shown(directory))
    }
}

/// Finds the clusters of the configuration that get a file or a kustomization.
#[derive(Debug, Default)]
pub(super) struct Claims {
    paths: Globs,
    roots: Globs,
}

impl Claims {
    pub(super) fn of(clusters: &[ConfiguredCluster]) -> Self {
        let paths = Globs::joined(clusters.iter().map(|cluster| &cluster.paths).enumerate());
        let roots = Globs::joined(clusters.iter().map(|cluster| &cluster.roots).enumerate());
        Self { paths, roots }
    }

    /// The numbers of the clusters that get the file of this name.
    pub(super) fn on_file(&self, name: &str) -> Vec<usize> {
        self.paths.matching(name)
    }

    /// The numbers of the clusters that get the kustomization in this directory. `name` is the file name of the
    /// kustomization.
    pub(super) fn on_root(&self, directory: &str, name: &str) -> Vec<usize> {
        let all = self.roots.matching(shown(directory)).into_iter().chain(self.paths.matching(name));
        all.collect::<BTreeSet<usize>>().into_iter().collect()
    }

    /// Whether the configuration lists the kustomization of this directory as a root.
    pub(super) fn ask_for(&self, directory: &str) -> bool {
        self.roots.is_match(shown(directory))
    }

    /// The numbers of the clusters that get a unit.
    pub(super) fn on_unit(&self, unit: &Found) -> Vec<usize> {
        match &unit.unit.origin {
            UnitOrigin::Kustomization(root) | UnitOrigin::Rendered(root) => self.on_root(root, &unit.name),
            UnitOrigin::File(_) | UnitOrigin::Stream => self.on_file(&unit.name),
            // For a chart, `Found::only_for` holds them. The configuration does not describe how Flux changes a path.
            UnitOrigin::Chart { .. } | UnitOrigin::Flux { .. } => Vec::new(),
        }
    }
}
