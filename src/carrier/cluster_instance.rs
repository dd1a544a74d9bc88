//! `ClusterInstance` of the siteconfig operator: overrides of an `install-config.yaml`, and `ConfigMap`s of manifests
//! that are applied while the cluster is installed ([`super::references`]).

use super::install_config;
use super::unit::{Unit, Way, at, cluster};
use crate::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut Unit<'_>, manifest: &Manifest, way: &Way) {
    let spec = manifest.root().get("spec");
    let way = way.to(cluster(spec.and_then(|spec| spec.get_str("clusterName"))));
    let overrides = at(manifest.root(), &["spec", "installConfigOverrides"]);
    install_config::carry_overrides(unit, manifest, overrides.map(Node::resolved), &way);
}
