//! `Policy` of Advanced Cluster Management: objects for the clusters of its placements.

use super::configuration_policy::is_enforced;
use super::unit::CarrierUnit;
use super::way::Way;
use crate::read::manifest::Manifest;
use crate::yaml::{Node, Scalar};

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let Some(spec) = manifest.root().get("spec") else { return };
    if spec.get("disabled").and_then(Node::scalar) == Some(Scalar::Bool(true)) {
        return;
    }
    let enforced = spec.get_str("remediationAction").and_then(is_enforced);
    let way = way.with(|carrier| carrier.enforcement.is_enforced = enforced);
    let templates = spec.get("policy-templates");
    let destinations = unit.bindings.destinations(manifest.namespace(), manifest.name());
    for way in way.to_each(destinations) {
        let objects = templates.into_iter().flat_map(Node::items);
        unit.carry_all(manifest, objects.filter_map(|template| template.get("objectDefinition")), &way);
    }
}
