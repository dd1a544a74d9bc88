//! The custom resources, typed: every scalar has its place.
//!
//! A value that does not fit its type is left out of the typed value. It is kept as a [`schema::Problem`] with its place,
//! for rules such as `unknown-field` and `wrong-type`.

pub mod carrier_kind;
pub mod certificate;
pub mod cluster_version;
pub mod config_map;
pub mod image;
pub mod image_policy;
pub mod machine_config;
pub mod machine_config_pool;
pub mod metadata;
pub mod mirror_reference;
pub mod mirror_set;
pub mod neighbour;
pub mod node_config;
pub mod node_disruption;
pub mod pull_secret;
pub mod recognise;
pub mod registries_file;
pub mod schema;
pub mod settings;
mod values;

pub use carrier_kind::CarrierKind;
pub use cluster_version::ClusterVersion;
pub use config_map::{CaEntry, ConfigMap};
pub use image::{ImageConfig, ImportLocation, RegistrySources};
pub use image_policy::{ImagePolicy, PolicyKind, SignatureRule};
pub use machine_config::{Decoding, FileBudget, MachineConfig, NodeFile};
pub use machine_config_pool::{LabelSelector, MachineConfigPool};
pub use mirror_reference::{MirrorReference, MirrorReferrer};
pub use mirror_set::{MirrorEntry, MirrorKind, MirrorSet, SourcePolicy};
pub use neighbour::{Neighbour, NeighbourKind};
pub use node_config::{ConfigPart, NodeConfig};
pub use node_disruption::{DisruptionPolicy, NodeAction, NodeDisruption};
pub use pull_secret::PullSecret;
pub use recognise::{KIND_NAMES, Kind, Recognised, Suspicion, recognise};
pub use registries_file::{MirrorTable, PlacedValue, RegistriesFile, RegistryTable, Spot};
pub use settings::{CarrierSettings, setting};
pub(crate) use values::is_stand_in;
pub use values::{List, is_placeholder};
pub(crate) use values::{is_to_be_filled_in, string, text};

use crate::source::Span;
use crate::yaml::Node;

/// Reads a manifest of one of these kinds.
pub fn read(kind: Kind, root: Node<'_>) -> Typed {
    match kind {
        Kind::Image => Typed::Image(Box::new(ImageConfig::read(root))),
        Kind::Mirrors(kind) => Typed::Mirrors(MirrorSet::read(kind, root)),
        Kind::ConfigMap => Typed::ConfigMap(ConfigMap::read(root)),
        Kind::ClusterVersion => Typed::ClusterVersion(ClusterVersion::read(root)),
        Kind::PullSecret => Typed::PullSecret(PullSecret::read(root)),
        Kind::ImagePolicy(kind) => Typed::ImagePolicy(ImagePolicy::read(kind, root)),
        Kind::MachineConfig | Kind::Butane => Typed::MachineConfig(MachineConfig::read(root)),
        Kind::Neighbour(kind) => Typed::Neighbour(Neighbour::read(kind, root)),
        Kind::MirrorReference(kind) => Typed::MirrorReference(MirrorReference::read(kind, root)),
        // The carrier fills in the rest.
        Kind::Settings => Typed::Settings(CarrierSettings::new(CarrierKind::InstallConfig)),
    }
}

/// A resource of one of the kinds that are read.
#[derive(Clone, Debug)]
pub enum Typed {
    /// `config.openshift.io/v1` `Image`.
    Image(Box<ImageConfig>),
    /// One of the three kinds of mirror set.
    Mirrors(MirrorSet),
    /// A ConfigMap, as it matters for `additionalTrustedCA`.
    ConfigMap(ConfigMap),
    /// The release that a cluster runs.
    ClusterVersion(ClusterVersion),
    /// `ClusterImagePolicy` or `ImagePolicy`.
    ImagePolicy(ImagePolicy),
    /// `MachineConfig`, or the Butane from which one is made.
    MachineConfig(MachineConfig),
    /// Credentials for registries.
    PullSecret(PullSecret),
    /// An object of another kind that changes what image configuration does.
    Neighbour(Neighbour),
    /// An object that names a ConfigMap of mirrors for the assisted service; `None` if a template still has to fill in the
    /// name.
    MirrorReference(Option<MirrorReference>),
    /// The settings of an installation or a hosted cluster, apart from the objects that are made from them.
    Settings(CarrierSettings),
    /// An object that was meant to be of one of these kinds, but that the cluster does not recognize as one.
    Suspect(Suspicion),
}

impl Typed {
    /// The texts in it that no report may show: credentials, and values with a private key.
    pub fn secrets(&self) -> Vec<Span> {
        match self {
            Typed::PullSecret(secret) => secret.values.clone(),
            Typed::ConfigMap(map) => {
                let keys = map.entries.iter().filter(|entry| entry.bundle().has_private_key);
                keys.map(|entry| entry.value.span).collect()
            }
            _ => Vec::new(),
        }
    }
}
