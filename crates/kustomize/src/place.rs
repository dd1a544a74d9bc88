//! The place of a build: a directory, and the path to it.

/// The limit of depth for directories that include each other.
pub(crate) const MAX_DEPTH: usize = 64;

/// The place of a build.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The directory of the kustomization.
    pub(crate) directory: String,
    /// The directories through which the build came here, and this one.
    pub(crate) chain: Vec<String>,
}
