//! Objects inside objects. One file per carrier; each finds what it carries and leaves the places where they are.
//!
//! What stands as YAML in a carrier is the same document, seen from another node, so that fixes work there as they do
//! anywhere. What stands as a string, and what an installer or an operator makes of settings, becomes a document of its
//! own whose values know where they stand in the carrier's text.
//!
//! `ownerReferences`, `relatedObjects`, rules of RBAC and definitions of kinds name our kinds and are no objects;
//! nothing here looks at them.

mod agent_cluster_install;
mod cluster_instance;
mod config_map;
mod configuration_policy;
mod hosted_cluster;
mod install_config;
mod list;
mod made;
mod manifest_work;
mod policy;
mod policy_generator;
mod references;
mod selection;
mod site_config;
mod sync_set;
mod template;
mod unit;

pub use crate::crd::CarrierKind;

use crate::budget::Bounded;
use crate::crd::{Recognised, Settings};
use crate::manifest::Manifest;
use crate::source::Span;
use crate::workload::Kinds;
use std::fmt;
use std::sync::Arc;

/// An object as it was found, and how it gets to which cluster.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The object.
    pub manifest: Manifest,
    /// What carries it; `None` where it stands for itself.
    pub carrier: Option<Arc<Carrier>>,
    /// Where it goes.
    pub to: Destination,
    /// Where the object is a carrier: what it says itself.
    pub settings: Option<Settings>,
}

/// What carries an object.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// What it is.
    pub kind: CarrierKind,
    /// Its `metadata.namespace`; empty where there is none.
    pub namespace: String,
    /// Its `metadata.name`; empty where there is none.
    pub name: String,
    /// The text of its `kind`, else of its name, else all of it.
    pub span: Span,
    /// What carries it in turn.
    pub outer: Option<Arc<Carrier>>,
    /// How a policy makes clusters have what it carries.
    pub enforcement: Enforcement,
    /// The key of an older setting beside the one that is carried; an installer takes only one of the two.
    pub older_setting: Option<Span>,
}

/// How a policy makes clusters have its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforcement {
    /// Whether it changes clusters (`enforce`) or only reports (`inform`), where that is said.
    pub is_enforced: Option<bool>,
    /// Whether objects become exactly what it says (`mustonlyhave`); otherwise it only adds to them.
    pub is_exact: bool,
}

impl Carrier {
    /// The carrier, what carries that, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Carrier> {
        std::iter::successors(Some(self), |carrier| carrier.outer.as_deref())
    }

    /// The carrier that all of it is in, lists and templates aside.
    pub fn outermost(&self) -> &Carrier {
        let wraps = |carrier: &&Carrier| !matches!(carrier.kind, CarrierKind::List | CarrierKind::Template);
        self.chain().filter(wraps).last().unwrap_or(self)
    }
}

/// In words: ``HostedCluster `prod` ``.
impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " `{}`", self.name) }
    }
}

/// The cluster that an object goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// The one that the carrier itself is applied to.
    Here,
    /// The one of this name.
    Cluster(String),
    /// Those that something selects; equal texts are the same clusters.
    Selection(String),
    /// Nothing here says.
    Unknown,
}

/// Takes every carrier of one unit apart, where a unit is what is applied together: a kustomize root, or a file. What
/// is no carrier comes out as it went in; an object with several destinations comes out once for each.
pub fn unwrap(manifests: Vec<Manifest>, files: &dyn Bounded) -> Vec<Carried> {
    unit::Unit::new(files, None).unwrap(manifests)
}

/// The same, with the workloads that are carried beside our kinds.
pub fn unwrap_all(manifests: Vec<Manifest>, files: &dyn Bounded, kinds: &Kinds) -> Vec<Carried> {
    unit::Unit::new(files, Some(kinds)).unwrap(manifests)
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
