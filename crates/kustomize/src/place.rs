//! Where a build is.

/// How deep directories may include each other.
pub(crate) const MAX_DEPTH: usize = 64;

/// Where the build is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The directory of the kustomization.
    pub(crate) directory: String,
    /// The directories through which the build came here, and this one.
    pub(crate) chain: Vec<String>,
}
