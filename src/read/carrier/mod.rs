//! Objects inside objects. One file per carrier; each finds what it carries and leaves the places where they are.
//!
//! What stands as YAML in a carrier is the same document, seen from another node, so that fixes work there as they do
//! anywhere. What stands as a string, and what an installer or an operator makes of settings, becomes a document of its
//! own whose values know where they stand in the carrier's text.
//!
//! `ownerReferences`, `relatedObjects`, rules of RBAC and definitions of kinds name our kinds and are no objects;
//! nothing here looks at them.

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

/// Takes every carrier of one unit apart, where a unit is what is applied together: a kustomize root, or a file. What
/// is no carrier comes out as it went in; an object with several destinations comes out once for each.
pub fn unwrap(manifests: Vec<Manifest>, files: &dyn Bounded) -> Vec<Carried> {
    unit::CarrierUnit::new(files, None, open::open).unwrap(manifests)
}

/// The same, with the workloads that are carried beside our kinds.
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
