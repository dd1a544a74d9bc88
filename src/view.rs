//! What rules look at: a cluster, and what becomes of it on its nodes, worked out once for all of them.

use crate::model::Cluster;
use crate::node::{self, Files, Nodes};
use std::sync::OnceLock;

/// A cluster with its nodes, which are simulated when the first rule asks for them.
#[derive(Debug)]
pub struct View<'c> {
    /// The cluster.
    pub cluster: &'c Cluster,
    nodes: OnceLock<Nodes>,
}

impl<'c> View<'c> {
    /// Looks at `cluster`.
    pub fn new(cluster: &'c Cluster) -> Self {
        Self { cluster, nodes: OnceLock::new() }
    }

    /// What the Machine Config Operator makes of the resources.
    pub fn nodes(&self) -> &Nodes {
        self.nodes.get_or_init(|| node::render(self.cluster))
    }

    /// The files on the nodes, if the operator writes them.
    pub fn files(&self) -> Option<&Files> {
        self.nodes().files.as_ref().ok()
    }
}
