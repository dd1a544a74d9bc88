//! `SiteConfig` of zero-touch provisioning: overrides of the `install-config.yaml` of each of its clusters.

use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use super::{CarrierKind, install_config};
use crate::read::crd::CarrierSettings;
use crate::read::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let clusters = manifest.root().at(&["spec", "clusters"]);
    for site in clusters.into_iter().flat_map(Node::items) {
        let way = way.to(cluster(site.get_str("clusterName")));
        let mut settings = CarrierSettings::new(CarrierKind::SiteConfig);
        install_config::carry_overrides(
            unit,
            manifest,
            site.get("installConfigOverrides"),
            &way,
            &mut settings,
        );
        unit.push_settings(manifest, settings, &way);
    }
}
