//! `config.openshift.io/v1` `ClusterVersion`: only what says which release a cluster runs.
//!
//! Source: openshift/api `config/v1/types_cluster_version.go`.

use super::string;
use crate::openshift::Version;
use crate::source::Spanned;
use crate::yaml::Node;

/// The release that a cluster should run.
#[derive(Clone, Debug, Default)]
pub struct ClusterVersion {
    /// `spec.desiredUpdate.image`, else `status.desired.image`.
    pub release_image: Option<Spanned<String>>,
    /// `spec.desiredUpdate.version`, else `status.desired.version`.
    pub version: Option<Version>,
}

impl ClusterVersion {
    pub(super) fn read(root: Node<'_>) -> Self {
        let said = |key: &str| {
            let of = |outer: &str, inner: &str| {
                let text = string(root.get(outer)?.get(inner)?.get(key)?)?;
                (!text.value.is_empty()).then_some(text)
            };
            of("spec", "desiredUpdate").or_else(|| of("status", "desired"))
        };
        let version = said("version").and_then(|text| Version::of_payload(&text.value));
        Self { release_image: said("image"), version }
    }
}
