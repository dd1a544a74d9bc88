//! The objects of Flux that say what is applied, and what is known of that.

use crate::model::Evidence;
use crate::yaml::Node;
use argo_apps as argo;

/// The kinds of Flux that say what is applied, or where that comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FluxKind {
    /// Applies what a path builds to.
    Kustomization,
    /// Installs a chart.
    HelmRelease,
    /// Says where one of both finds its files.
    Source,
}

impl FluxKind {
    /// The kind of an object.
    pub fn of(root: Node<'_>) -> Option<Self> {
        let (group, _) = root.get_str("apiVersion")?.split_once('/')?;
        match (group, root.get_str("kind")?) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => Some(Self::Kustomization),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => Some(Self::HelmRelease),
            ("source.toolkit.fluxcd.io", _) => Some(Self::Source),
            _ => None,
        }
    }
}

/// That an object of Flux applies directories and files as they stand.
#[derive(Clone, Debug)]
pub struct Applying {
    /// What says so.
    pub evidence: Evidence,
    pub to: argo::Destination,
    pub sources: Vec<argo::Source>,
}
