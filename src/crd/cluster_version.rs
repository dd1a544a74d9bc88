//! `config.openshift.io/v1` `ClusterVersion`, as far as it tells which release image a cluster runs.
//!
//! Source: openshift/api `config/v1/types_cluster_version.go`.

use super::string;
use crate::source::Spanned;
use crate::yaml::Node;

/// The release that a cluster is asked to run.
#[derive(Clone, Debug, Default)]
pub struct ClusterVersion {
    /// `spec.desiredUpdate.image`, else `status.desired.image`.
    pub release_image: Option<Spanned<String>>,
}

impl ClusterVersion {
    pub(super) fn read(root: Node<'_>) -> Self {
        let image = |outer: &str, inner: &str| {
            let image = string(root.get(outer)?.get(inner)?.get("image")?)?;
            (!image.value.is_empty()).then_some(image)
        };
        Self { release_image: image("spec", "desiredUpdate").or_else(|| image("status", "desired")) }
    }
}
