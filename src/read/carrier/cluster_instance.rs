//! `ClusterInstance` of the siteconfig operator: overrides of an `install-config.yaml`, and `ConfigMap`s of manifests
//! that are applied while the cluster is installed ([`super::references`]).

use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use super::{CarrierKind, install_config};
use crate::read::crd::CarrierSettings;
use crate::read::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let spec = manifest.root().get("spec");
    let way = way.to(cluster(spec.and_then(|spec| spec.get_str("clusterName"))));
    let overrides = manifest.root().at(&["spec", "installConfigOverrides"]);
    let mut settings = CarrierSettings::new(CarrierKind::ClusterInstance);
    let references = spec.and_then(|spec| spec.get("extraManifestsRefs"));
    settings.note_manifests(references.into_iter().flat_map(Node::items));
    install_config::carry_overrides(unit, manifest, overrides.map(Node::resolved), &way, &mut settings);
    unit.push_settings(manifest, settings, &way);
}
