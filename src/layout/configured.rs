//! Clusters that the configuration names.

use super::found::Found;
use crate::model::Origin;
use crate::openshift::{Platform, Version};
use globset::GlobSet;

/// A cluster of the configuration.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Its name.
    pub name: String,
    /// The files that it is given, as globs over names relative to the root.
    pub paths: GlobSet,
    /// The directories whose kustomizations it is given, as globs; the root of the repository is `.`.
    pub roots: GlobSet,
    /// Its release.
    pub openshift: Option<Version>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// Its release image, or the repository of it.
    pub release_image: Option<String>,
}

impl Configured {
    /// Whether the file of this name is for this cluster.
    pub fn claims(&self, name: &str) -> bool {
        self.paths.is_match(name)
    }

    /// Whether the kustomization in this directory is.
    pub fn claims_root(&self, directory: &str) -> bool {
        self.roots.is_match(if directory.is_empty() { "." } else { directory })
    }

    /// Whether a unit is.
    pub(super) fn claims_unit(&self, unit: &Found) -> bool {
        let is_root = match &unit.unit.origin {
            Origin::Kustomization(root) | Origin::Rendered(root) => self.claims_root(root),
            Origin::File(_) | Origin::Stream => false,
        };
        is_root || self.claims(&unit.name)
    }
}
