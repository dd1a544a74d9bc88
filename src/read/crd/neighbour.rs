//! Kinds beside image configuration: those that depend on it, and those that people confuse with it.
//!
//! Sources: openshift/api `config/v1/types_image_content_policy.go`, `config/v1/types_build.go`,
//! `config/v1alpha1/types_crio_credential_provider_config.go`, `machineconfiguration/v1/types_pinnedimageset.go`,
//! `samples/v1/types_config.go`, `operator/v1/types_machineconfiguration.go`; openshift/cincinnati-operator
//! `api/v1/updateservice_types.go`.

use super::{List, MachineConfigPool, NodeDisruption, string};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// A kind beside image configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NeighbourKind {
    /// `UpdateService`: an update service inside a disconnected network.
    UpdateService,
    /// `CRIOCredentialProviderConfig`: the registries for whose images CRI-O may use the pull secrets of the pod at mirrors.
    CredentialProvider,
    /// `ImageContentPolicy`: mirrors that no component reads.
    ContentPolicy,
    /// `Build` of `config.openshift.io`: the defaults of builds.
    BuildDefaults,
    /// `PinnedImageSet`: images that nodes pull in advance.
    PinnedImages,
    /// `Config` of `samples.operator.openshift.io`: the sample image streams.
    Samples,
    /// `MachineConfiguration`: what a changed file does to nodes.
    NodeDisruption,
    /// `MachineConfigPool`: nodes that get the same files.
    Pool,
}

impl NeighbourKind {
    const ALL: [Self; 8] = [
        Self::UpdateService,
        Self::CredentialProvider,
        Self::ContentPolicy,
        Self::BuildDefaults,
        Self::PinnedImages,
        Self::Samples,
        Self::NodeDisruption,
        Self::Pool,
    ];

    /// The `kind` in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::UpdateService => "UpdateService",
            Self::CredentialProvider => "CRIOCredentialProviderConfig",
            Self::ContentPolicy => "ImageContentPolicy",
            Self::BuildDefaults => "Build",
            Self::PinnedImages => "PinnedImageSet",
            Self::Samples => "Config",
            Self::NodeDisruption => "MachineConfiguration",
            Self::Pool => "MachineConfigPool",
        }
    }

    /// The `apiVersion` in a manifest.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::UpdateService => "updateservice.operator.openshift.io/v1",
            Self::CredentialProvider => "config.openshift.io/v1alpha1",
            Self::ContentPolicy | Self::BuildDefaults => "config.openshift.io/v1",
            Self::PinnedImages | Self::Pool => "machineconfiguration.openshift.io/v1",
            Self::NodeDisruption => "operator.openshift.io/v1",
            Self::Samples => "samples.operator.openshift.io/v1",
        }
    }

    /// The kind of this `apiVersion` and `kind`, in any version of its API group.
    pub(super) fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = |version: &'_ str| version.split_once('/').map(|(group, _)| group.to_owned());
        let wanted = group(api_version)?;
        Self::ALL
            .into_iter()
            .find(|ours| ours.name() == kind && group(ours.api_version()).as_ref() == Some(&wanted))
    }
}

/// An object of such a kind, with the fields that matter here.
#[derive(Clone, Debug)]
pub enum Neighbour {
    /// An `UpdateService`.
    UpdateService {
        /// `spec.releases`: the repository of the release images.
        releases: Option<Spanned<String>>,
    },
    /// A `CRIOCredentialProviderConfig`.
    CredentialProvider {
        /// `spec.matchImages`: the registries for whose images the pull secrets of the pod apply at mirrors.
        match_images: Option<List<Spanned<String>>>,
    },
    /// An `ImageContentPolicy`.
    ContentPolicy {
        /// Whether an entry has `allowMirrorByTags: true`.
        has_tags: bool,
    },
    /// The defaults of builds.
    BuildDefaults {
        /// The key `spec.additionalTrustedCA`.
        trusted_ca: Option<Span>,
    },
    /// A `PinnedImageSet`.
    PinnedImages {
        /// `spec.pinnedImages[].name`.
        images: Option<List<Spanned<String>>>,
    },
    /// The configuration of the samples operator.
    Samples {
        /// `spec.managementState`.
        state: Option<Spanned<String>>,
        /// `spec.samplesRegistry`: the registry that replaces the registries in sample image streams.
        registry: Option<Spanned<String>>,
    },
    /// What a changed file does to nodes.
    NodeDisruption(NodeDisruption),
    /// Nodes that get the same files.
    Pool(MachineConfigPool),
}

impl Neighbour {
    pub(super) fn read(kind: NeighbourKind, root: Node<'_>) -> Self {
        let spec = root.get("spec");
        let text = |key: &str| spec.and_then(|spec| spec.get(key)).and_then(string);
        match kind {
            NeighbourKind::UpdateService => Self::UpdateService { releases: text("releases") },
            NeighbourKind::CredentialProvider => {
                Self::CredentialProvider { match_images: List::of_strings(spec, "matchImages") }
            }
            NeighbourKind::ContentPolicy => {
                let entries = spec.and_then(|spec| spec.get("repositoryDigestMirrors"));
                let mut entries = entries.into_iter().flat_map(Node::items);
                let has_tags = entries
                    .any(|entry| entry.get("allowMirrorByTags").is_some_and(|value| value.text() == "true"));
                Self::ContentPolicy { has_tags }
            }
            NeighbourKind::BuildDefaults => {
                let entry = spec.and_then(|spec| spec.entry("additionalTrustedCA"));
                let entry =
                    entry.filter(|entry| entry.value.get("name").is_some_and(|name| !name.text().is_empty()));
                Self::BuildDefaults { trusted_ca: entry.map(|entry| entry.key.span()) }
            }
            NeighbourKind::PinnedImages => Self::PinnedImages {
                images: List::read(spec, "pinnedImages", |item| item.get("name").and_then(string)),
            },
            NeighbourKind::NodeDisruption => Self::NodeDisruption(NodeDisruption::read(spec)),
            NeighbourKind::Pool => Self::Pool(MachineConfigPool::read(spec)),
            NeighbourKind::Samples => {
                Self::Samples { state: text("managementState"), registry: text("samplesRegistry") }
            }
        }
    }

    /// Its kind.
    pub fn kind(&self) -> NeighbourKind {
        match self {
            Self::UpdateService { .. } => NeighbourKind::UpdateService,
            Self::CredentialProvider { .. } => NeighbourKind::CredentialProvider,
            Self::ContentPolicy { .. } => NeighbourKind::ContentPolicy,
            Self::BuildDefaults { .. } => NeighbourKind::BuildDefaults,
            Self::PinnedImages { .. } => NeighbourKind::PinnedImages,
            Self::Samples { .. } => NeighbourKind::Samples,
            Self::NodeDisruption(_) => NeighbourKind::NodeDisruption,
            Self::Pool(_) => NeighbourKind::Pool,
        }
    }
}
