//! `SyncSet` and `SelectorSyncSet` of Hive: `spec.resources` for clusters by name or by label. Their `patches` change
//! objects that only exist in the clusters, so these are not read.

use super::selection;
use super::unit::CarrierUnit;
use super::way::{Way, cluster};
use super::{CarrierKind, Destination};
use crate::read::manifest::Manifest;
use crate::yaml::Node;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, kind: CarrierKind, manifest: &Manifest, way: &Way) {
    let Some(spec) = manifest.root().get("spec") else { return };
    let mut destinations = if kind == CarrierKind::SelectorSyncSet {
        let words = spec.get("clusterDeploymentSelector").map(selection::words);
        words
            .map(|words| Destination::Selection(format!("ClusterDeployments with {words}")))
            .into_iter()
            .collect()
    } else {
        let references = spec.get("clusterDeploymentRefs").into_iter().flat_map(Node::items);
        references.map(|reference| cluster(reference.get_str("name"))).collect::<Vec<_>>()
    };
    destinations.sort();
    destinations.dedup();
    if destinations.is_empty() {
        destinations.push(Destination::Unknown);
    }
    let resources = spec.get("resources");
    for way in way.to_each(destinations) {
        unit.carry_all(manifest, resources.into_iter().flat_map(Node::items), &way);
    }
}
