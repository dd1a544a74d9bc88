//! The way of an object to its clusters.

use super::{Carrier, CarrierKind, Destination, Enforcement};
use crate::read::manifest::Manifest;
use std::sync::Arc;

/// Deeper nesting than this is nothing that anybody wrote.
pub(super) const MAX_DEPTH: usize = 16;
/// The way of an object so far.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) carrier: Option<Arc<Carrier>>,
    pub(super) to: Destination,
    pub(super) depth: usize,
    /// Whether the same text has gone another way before.
    pub(super) is_copy: bool,
}

impl Way {
    /// The way of what is applied as it is.
    pub(super) fn here() -> Self {
        Self { carrier: None, to: Destination::Here, depth: 0, is_copy: false }
    }

    /// On through `manifest`, with what carries it known by now.
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

    /// The same way, with more known of what carries here.
    #[must_use]
    pub(super) fn with(&self, learn: impl FnOnce(&mut Carrier)) -> Self {
        let mut way = self.clone();
        if let Some(carrier) = &mut way.carrier {
            learn(Arc::make_mut(carrier));
        }
        way
    }

    /// The same way, but from what `other` comes from.
    #[must_use]
    pub(super) fn brought_by(&self, other: &Self) -> Self {
        Self { carrier: other.carrier.clone(), ..self.clone() }
    }

    /// To a cluster that the carrier names.
    #[must_use]
    pub(super) fn to(&self, to: Destination) -> Self {
        Self { to, ..self.clone() }
    }

    /// To each of several destinations.
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

/// A cluster by the name under `key`; unknown where there is none.
pub(super) fn cluster(name: Option<&str>) -> Destination {
    let name = name.filter(|name| !name.is_empty());
    name.map_or(Destination::Unknown, |name| Destination::Cluster(name.to_owned()))
}
