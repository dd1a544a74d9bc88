//! Objects inside objects. Each carrier has a file of code, which finds the objects that it carries and keeps their
//! places.
//!
//! YAML in a carrier is the same document, seen from another node, so fixes work there as in a file. A text in a
//! string becomes a document of its own. So does an object that an installer or an operator makes from settings. The
//! values of these documents keep their places in the text of the carrier.
//!
//! `ownerReferences`, `relatedObjects`, rules of RBAC and definitions of kinds only name kinds, so they are not read
//! here.

mod agent_cluster_install;
mod carried;
mod cluster_instance;
mod config_map;
mod configuration_policy;
mod hosted_cluster;
mod install_config;
mod list;
mod made;
mod manifest_work;
mod open;
mod policy;
mod policy_generator;
mod references;
mod selection;
mod site_config;
mod sync_set;
mod template;
mod unit;
mod way;

pub use crate::read::crd::CarrierKind;
pub use carried::{Carried, Carrier, Destination, Enforcement};

use crate::machine::budget::Bounded;
use crate::read::crd::Recognised;
use crate::read::manifest::Manifest;
use crate::read::workload::Kinds;

/// Opens the carriers of one unit: of the objects that are applied together from a kustomize root or a file. Objects
/// that are not carriers stay as they are. An object with several destinations is returned once for each.
pub fn unwrap(manifests: Vec<Manifest>, files: &dyn Bounded) -> Vec<Carried> {
    unit::CarrierUnit::new(files, None, open::open).unwrap(manifests)
}

/// Does the same as `unwrap`, and also returns the workloads that are carried.
pub fn unwrap_all(manifests: Vec<Manifest>, files: &dyn Bounded, kinds: &Kinds) -> Vec<Carried> {
    unit::CarrierUnit::new(files, Some(kinds), open::open).unwrap(manifests)
}

/// The files, and the directories with a kustomization, that a `PolicyGenerator` among the manifests reads. The flag
/// says that clusters must not have their objects (`mustnothave`), so these objects are not applied.
pub fn generated<'m>(
    manifests: impl Iterator<Item = &'m Manifest>,
    files: &dyn Bounded,
) -> Vec<(String, bool)> {
    let is_generator = |manifest: &&Manifest| {
        matches!(manifest.recognise(), Recognised::Carrier(CarrierKind::PolicyGenerator))
    };
    manifests.filter(is_generator).flat_map(|generator| policy_generator::names(generator, files)).collect()
}

#[cfg(test)]
mod tests;
