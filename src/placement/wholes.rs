//! Objects that create a whole cluster: an install-config, or a `HostedCluster`. Two such objects never create the same
//! cluster, even if their names are equal. So the object is better evidence than the name.

use super::found::Found;
use crate::read::carrier::{Carrier, Destination};
use crate::read::crd::CarrierKind;
use crate::source::Span;
use std::collections::{BTreeSet, HashMap};

/// An object that creates a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Whole {
    /// An install-config, identified by its place.
    Installed(Span),
    /// The `HostedCluster`s of a namespace. A name belongs to only one of them.
    Hosted(String),
}

impl Whole {
    fn of(carrier: &Carrier) -> Option<Self> {
        carrier.chain().find_map(|carrier| match carrier.kind {
            CarrierKind::InstallConfig => Some(Whole::Installed(carrier.span)),
            CarrierKind::HostedCluster | CarrierKind::NodePool => {
                Some(Whole::Hosted(carrier.namespace.clone()))
            }
            _ => None,
        })
    }
}

/// The names that several such objects share.
#[derive(Debug, Default)]
pub(super) struct Namesakes {
    makers: HashMap<String, BTreeSet<Whole>>,
}

impl Namesakes {
    pub(super) fn of(units: &[Found]) -> Self {
        let mut makers: HashMap<String, BTreeSet<Whole>> = HashMap::new();
        for part in units.iter().flat_map(|unit| &unit.elsewhere) {
            if let (Destination::Cluster(name), Some(whole)) = (&part.to, Whole::of(&part.carrier)) {
                makers.entry(name.clone()).or_default().insert(whole);
            }
        }
        makers.retain(|_, makers| makers.len() > 1);
        Self { makers }
    }

    /// The object behind a carrier that creates the cluster of this name, if several objects create one.
    pub(super) fn maker(&self, name: &str, carrier: &Carrier) -> Option<Whole> {
        let makers = self.makers.get(name)?;
        Whole::of(carrier).filter(|whole| makers.contains(whole))
    }
}
