//! Objects inside objects. Each carrier has a file; each finds the objects that it carries and keeps their places.
//!
//! YAML in a carrier is the same document, seen from another node, so that fixes work there as in a file. A text in a
//! string, and an object that an installer or an operator makes of settings, becomes a document of its own, whose
//! values know their place in the text of the carrier.
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

/// Opens the carriers of one unit, that is of what is applied together: a kustomize root or a file. Objects that are
/// not carriers stay as they are. An object with several destinations comes out once for each.
pub fn unwrap(manifests: Vec<Manifest>, files: &dyn Bounded) -> Vec<Carried> {
    unit::CarrierUnit::new(files, None, open::open).unwrap(manifests)
}

/// The same with the workloads that are carried.
pub fn unwrap_all(manifests: Vec<Manifest>, files: &dyn Bounded, kinds: &Kinds) -> Vec<Carried> {
    unit::CarrierUnit::new(files, Some(kinds), open::open).unwrap(manifests)
}

/// The files, and the directories with a kustomization, that a `PolicyGenerator` among the manifests reads, each with
/// whether clusters must not have their objects (`mustnothave`); these are applied nowhere.
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
