//! Chooses the file that opens a carrier.

use super::unit::CarrierUnit;
use super::way::Way;
use super::{
    CarrierKind, agent_cluster_install, cluster_instance, config_map, configuration_policy, hosted_cluster,
    install_config, list, manifest_work, policy, policy_generator, site_config, sync_set, template,
};
use crate::read::manifest::Manifest;

/// Opens a carrier; `way` already ends in this carrier.
pub(super) fn open(unit: &mut CarrierUnit<'_>, kind: CarrierKind, manifest: &Manifest, way: &Way) {
    match kind {
        CarrierKind::List => unit.carry_objects(&list::items(manifest), way),
        CarrierKind::Template => unit.carry_objects(&template::objects(manifest), way),
        CarrierKind::Policy => policy::unwrap(unit, manifest, way),
        CarrierKind::ConfigurationPolicy => configuration_policy::unwrap(unit, manifest, way),
        CarrierKind::PolicyGenerator => policy_generator::unwrap(unit, manifest, way),
        CarrierKind::ManifestWork => manifest_work::unwrap(unit, manifest, way),
        CarrierKind::ManifestWorkReplicaSet => manifest_work::unwrap_replicas(unit, manifest, way),
        CarrierKind::SyncSet | CarrierKind::SelectorSyncSet => {
            sync_set::unwrap(unit, kind, manifest, way);
        }
        CarrierKind::HostedCluster => hosted_cluster::unwrap(unit, manifest, way),
        CarrierKind::InstallConfig | CarrierKind::ImageBasedInstallationConfig => {
            install_config::unwrap(unit, kind, manifest, way);
        }
        CarrierKind::SiteConfig => site_config::unwrap(unit, manifest, way),
        CarrierKind::ClusterInstance => cluster_instance::unwrap(unit, manifest, way),
        CarrierKind::AgentClusterInstall => agent_cluster_install::unwrap(unit, manifest, way),
        CarrierKind::ConfigMap => config_map::unwrap(unit, manifest, way),
        // The objects that the pool names are opened at their own places.
        CarrierKind::NodePool => {}
    }
}
