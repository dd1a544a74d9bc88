//! `ManifestWork` and `ManifestWorkReplicaSet` of Open Cluster Management. The namespace of a work is the name of its
//! cluster. A replica set makes one work for each cluster of its placements.

use super::Destination;
use super::selection;
use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use crate::read::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let manifests = manifest.root().at(&["spec", "workload", "manifests"]);
    let way = way.to(cluster(Some(manifest.namespace())));
    unit.carry_all(manifest, manifests.into_iter().flat_map(Node::items), &way);
}

pub(super) fn unwrap_replicas(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let Some(spec) = manifest.root().get("spec") else { return };
    let manifests = spec.at(&["manifestWorkTemplate", "workload", "manifests"]);
    let placements = spec.get("placementRefs").into_iter().flat_map(Node::items);
    let mut destinations: Vec<Destination> = placements
        .filter_map(|placement| {
            Some(selection::by_placement("Placement", manifest.namespace(), placement.get_str("name")?))
        })
        .collect();
    destinations.dedup();
    if destinations.is_empty() {
        destinations.push(Destination::Unknown);
    }
    for way in way.to_each(destinations) {
        unit.carry_all(manifest, manifests.into_iter().flat_map(Node::items), &way);
    }
}
