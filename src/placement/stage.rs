//! The inputs that all steps of the placement share.

use super::configured::{Claims, ConfiguredChart, ConfiguredCluster};
use super::kept::Keeping;
use super::listed::Listed;
use super::repository::Repository;
use super::roots::Graph;
use crate::kustomize::Cache;
use crate::openshift::{Platform, Topology, Version};
use crate::read::workload::Kinds;
use std::collections::BTreeSet;

/// What is known about clusters before any manifest is read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The clusters that the configuration names, in the order of their names.
    pub clusters: Vec<ConfiguredCluster>,
    /// The charts that the configuration renders.
    pub charts: Vec<ConfiguredChart>,
    /// The release of every cluster without a release of its own.
    pub openshift: Option<Version>,
    /// The platform of every cluster without a platform of its own.
    pub platform: Option<Platform>,
    /// The topology of every cluster without a topology of its own.
    pub topology: Option<Topology>,
    /// The release image of every cluster without a release image of its own.
    pub release_image: Option<String>,
}

impl Known {
    /// Takes the clusters and charts of another configuration, and what else only that says.
    pub fn outlive(&mut self, old: Self) {
        (self.clusters, self.charts) = (old.clusters, old.charts);
        self.openshift = self.openshift.take().or(old.openshift);
        self.platform = self.platform.take().or(old.platform);
        self.topology = self.topology.take().or(old.topology);
        self.release_image = self.release_image.take().or(old.release_image);
    }
}

/// The inputs that all steps of the placement share.
pub(super) struct Stage<'s, 'i> {
    pub(super) repository: &'s Repository<'i>,
    pub(super) graph: &'s Graph,
    /// The kustomizations that something applies, even if other kustomizations include them.
    pub(super) asked: &'s BTreeSet<String>,
    pub(super) listing: &'s Listed<'s, 'i>,
    /// The files beside the walk that may hold objects of pullwarden's kinds.
    pub(super) beside: &'s BTreeSet<String>,
    pub(super) known: &'s Known,
    pub(super) claims: &'s Claims,
    /// The kinds of workloads, if workloads are read.
    pub(super) kinds: Option<&'s Kinds>,
    pub(super) cache: &'s Cache,
    /// What earlier runs have made.
    pub(super) keeping: &'s Keeping<'s>,
}
