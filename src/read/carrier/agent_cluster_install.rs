//! `AgentClusterInstall` of the assisted service: overrides of an `install-config.yaml` in an annotation, and
//! `ConfigMap`s of manifests and of mirrors ([`super::references`]).

use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use super::{CarrierKind, Destination, install_config};
use crate::read::crd::CarrierSettings;
use crate::read::manifest::Manifest;
use crate::yaml::Node;

/// The annotation that holds overrides of an `install-config.yaml`.
pub(super) const OVERRIDES: &str = "agent-install.openshift.io/install-config-overrides";

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let overrides = manifest.root().at(&["metadata", "annotations", OVERRIDES]);
    let way = way.to(destination(manifest));
    let mut settings = CarrierSettings::new(CarrierKind::AgentClusterInstall);
    let references = manifest.root().at(&["spec", "manifestsConfigMapRefs"]);
    let single = manifest.root().at(&["spec", "manifestsConfigMapRef"]);
    settings.note_manifests(references.into_iter().flat_map(Node::items).chain(single));
    install_config::carry_overrides(unit, manifest, overrides, &way, &mut settings);
    unit.push_settings(manifest, settings, &way);
}

/// The cluster that is installed.
pub(super) fn destination(manifest: &Manifest) -> Destination {
    let name = manifest.root().at(&["spec", "clusterDeploymentRef", "name"]);
    cluster(name.and_then(Node::as_str))
}
