//! Clusters that the configuration names.

use crate::openshift::{Platform, Version};
use globset::GlobSet;

/// A cluster of the configuration.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Its name.
    pub name: String,
    /// The files that it is given, as globs over names relative to the root.
    pub paths: GlobSet,
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
}
