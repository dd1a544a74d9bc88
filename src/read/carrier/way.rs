//! The way of an object to its clusters.

use super::{Carrier, CarrierKind, Destination, Enforcement};
use crate::read::manifest::Manifest;
use std::sync::Arc;

/// The limit of nesting; no real file nests as deep.
pub(super) const MAX_DEPTH: usize = 16;
/// The way of an object so far.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) carrier: Option<Arc<Carrier>>,
    pub(super) to: Destination,
    pub(super) depth: usize,
    /// Whether the same text has another destination, too.
    pub(super) is_copy: bool,
}

impl Way {
    /// The way of an object that is applied as it is.
    pub(super) fn here() -> Self {
        Self { carrier: None, to: Destination::Here, depth: 0, is_copy: false }
    }

    /// Continues through `manifest`, the next carrier.
    #[must_use]
    pub(super) fn through(&self, kind: CarrierKind, manifest: &Manifest) -> Self {
        let root = manifest.root();
        let name = || root.get("metadata")?.get("name").filter(|name| !name.is_absent());
        let span = root.get("kind").filter(|kind| !kind.is_absent()).or_else(name).unwrap_or(root).span();
        let carrier = Carrier {
            kind,
            namespace: manifest.namespace().into(),
            name: manifest.name().into(),
            span,
            outer: self.carrier.clone(),
            enforcement: Enforcement::default(),
            older_setting: None,
        };
        Self { carrier: Some(Arc::new(carrier)), depth: self.depth + 1, ..self.clone() }
    }

    /// The same way, with more details about the carrier.
    #[must_use]
    pub(super) fn with(&self, learn: impl FnOnce(&mut Carrier)) -> Self {
        let mut way = self.clone();
        if let Some(carrier) = &mut way.carrier {
            learn(Arc::make_mut(carrier));
        }
        way
    }

    /// The same way, but through the carriers of `other`.
    #[must_use]
    pub(super) fn brought_by(&self, other: &Self) -> Self {
        Self { carrier: other.carrier.clone(), ..self.clone() }
    }

    /// The way to a cluster that the carrier names.
    #[must_use]
    pub(super) fn to(&self, to: Destination) -> Self {
        Self { to, ..self.clone() }
    }

    /// The ways to several destinations.
    pub(super) fn to_each(&self, destinations: Vec<Destination>) -> impl Iterator<Item = Self> + use<> {
        let mut is_copy = self.is_copy;
        let way = self.clone();
        destinations.into_iter().map(move |to| {
            let way = Self { to, is_copy, ..way.clone() };
            is_copy = true;
            way
        })
    }
}

/// The cluster of this name; unknown if there is no name.
pub(super) fn cluster(name: Option<&str>) -> Destination {
    let name = name.filter(|name| !name.is_empty());
    name.map_or(Destination::Unknown, |name| Destination::Cluster(name.to_owned()))
}
