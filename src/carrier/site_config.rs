//! `SiteConfig` of zero-touch provisioning: overrides of the `install-config.yaml` of each of its clusters.

use super::install_config;
use super::unit::{Unit, Way, at, cluster};
use crate::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut Unit<'_>, manifest: &Manifest, way: &Way) {
    let clusters = at(manifest.root(), &["spec", "clusters"]);
    for settings in clusters.into_iter().flat_map(Node::items) {
        let way = way.to(cluster(settings.get_str("clusterName")));
        let overrides = settings.get("installConfigOverrides");
        install_config::carry_overrides(unit, manifest, overrides, &way);
    }
}
