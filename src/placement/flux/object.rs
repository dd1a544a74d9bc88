//! The objects of Flux that apply something, and what is known about them.

use crate::model::Evidence;
use crate::yaml::Node;
use argo_apps as argo;

/// The kinds of Flux that apply something, or that name its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FluxKind {
    /// Applies the result of a path.
    Kustomization,
    /// Installs a chart.
    HelmRelease,
    /// Says where a `Kustomization` or a `HelmRelease` finds its files.
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

/// An object of Flux that applies directories and files unchanged.
#[derive(Clone, Debug)]
pub struct Applying {
    /// The evidence for the cluster that gets the files.
    pub evidence: Evidence,
    pub to: argo::Destination,
    pub sources: Vec<argo::Source>,
}
