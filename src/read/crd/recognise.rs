//! Recognizes documents of the kinds that are read, and those that were meant to be of one.
//!
//! `image.openshift.io/v1` `Image` (an imported image) and the `Image` of other projects, such as kpack, are other kinds and
//! are ignored.

use super::carrier_kind::CarrierKind;
use super::image_policy::PolicyKind;
use super::mirror_reference::MirrorReferrer;
use super::mirror_set::MirrorKind;
use super::neighbour::NeighbourKind;
use super::pull_secret;
use crate::openshift::{MIRROR_SETS, Version};
use crate::source::Span;
use crate::yaml::{Kind as Shape, Node};

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The cluster-wide image configuration.
    Image,
    /// One of the mirror sets.
    Mirrors(MirrorKind),
    /// A ConfigMap that may hold registry CAs.
    ConfigMap,
    /// The release that a cluster runs.
    ClusterVersion,
    /// Credentials for registries: a Secret, or an install-config with a `pullSecret`.
    PullSecret,
    /// Which signatures images need. Only the node files depend on it; the shape of the object is not checked.
    ImagePolicy(PolicyKind),
    /// Files for nodes. Only those below `/etc/containers` are read; the shape of the object is not checked.
    MachineConfig,
    /// A `MachineConfig` in the form that people write by hand.
    Butane,
    /// A kind that depends on image configuration, or that people confuse with it. The shape of the object is not checked.
    Neighbour(NeighbourKind),
    /// An object that names a ConfigMap of mirrors for the assisted service. Its shape is not checked.
    MirrorReference(MirrorReferrer),
    /// The settings of an installation or a hosted cluster, apart from the objects that are made from them.
    Settings,
}

impl Kind {
    /// The `kind` in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Image => "Image",
            Kind::Mirrors(MirrorKind::Digest) => "ImageDigestMirrorSet",
            Kind::Mirrors(MirrorKind::Tag) => "ImageTagMirrorSet",
            Kind::Mirrors(MirrorKind::Icsp) => "ImageContentSourcePolicy",
            Kind::ConfigMap => "ConfigMap",
            Kind::ClusterVersion => "ClusterVersion",
            Kind::PullSecret => "Secret",
            Kind::ImagePolicy(PolicyKind::Cluster) => "ClusterImagePolicy",
            Kind::ImagePolicy(PolicyKind::Namespace) => "ImagePolicy",
            Kind::MachineConfig => "MachineConfig",
            Kind::Butane => "Butane",
            Kind::Neighbour(kind) => kind.name(),
            Kind::MirrorReference(referrer) => referrer.name(),
            Kind::Settings => "install-config.yaml",
        }
    }

    /// The `apiVersion` in a manifest.
    pub fn api_version(self) -> &'static str {
        match self {
            Kind::Image
            | Kind::Mirrors(MirrorKind::Digest | MirrorKind::Tag)
            | Kind::ImagePolicy(_)
            | Kind::ClusterVersion => "config.openshift.io/v1",
            Kind::Mirrors(MirrorKind::Icsp) => "operator.openshift.io/v1alpha1",
            Kind::ConfigMap | Kind::PullSecret | Kind::Settings => "v1",
            Kind::MachineConfig | Kind::Butane => "machineconfiguration.openshift.io/v1",
            Kind::Neighbour(kind) => kind.api_version(),
            Kind::MirrorReference(referrer) => referrer.api_version(),
        }
    }

    /// The first release with the kind; `None` for a kind that all supported releases have.
    pub fn since(self) -> Option<Version> {
        matches!(self, Kind::Mirrors(MirrorKind::Digest | MirrorKind::Tag)).then_some(MIRROR_SETS)
    }

    /// Whether it configures images. The other kinds only add what this configuration refers to.
    pub fn configures_images(self) -> bool {
        matches!(self, Kind::Image | Kind::Mirrors(_) | Kind::ImagePolicy(_))
    }

    /// Whether its objects have no namespace.
    pub fn is_cluster_scoped(self) -> bool {
        match self {
            Kind::Image
            | Kind::Mirrors(_)
            | Kind::ClusterVersion
            | Kind::ImagePolicy(PolicyKind::Cluster)
            | Kind::MachineConfig
            | Kind::Butane => true,
            Kind::ImagePolicy(PolicyKind::Namespace)
            | Kind::ConfigMap
            | Kind::PullSecret
            | Kind::Settings => false,
            Kind::Neighbour(kind) => kind != NeighbourKind::UpdateService,
            Kind::MirrorReference(referrer) => referrer == MirrorReferrer::AgentServiceConfig,
        }
    }

    /// The kind with this name.
    pub fn by_name(name: &str) -> Option<Kind> {
        OURS.into_iter().find(|kind| kind.name() == name)
    }
}

const OURS: [Kind; 4] = [
    Kind::Image,
    Kind::Mirrors(MirrorKind::Digest),
    Kind::Mirrors(MirrorKind::Tag),
    Kind::Mirrors(MirrorKind::Icsp),
];

/// The names of the `Image` config and of the three mirror sets.
pub const KIND_NAMES: [&str; 4] =
    ["Image", "ImageDigestMirrorSet", "ImageTagMirrorSet", "ImageContentSourcePolicy"];

/// The other kinds of `config.openshift.io` (openshift/api `config/v1/register.go`, and the CRDs of later releases).
const NEIGHBOURS: &[&str] = &[
    "APIServer",
    "Authentication",
    "Backup",
    "Build",
    "CRIOCredentialProviderConfig",
    "ClusterImagePolicy",
    "ClusterMonitoring",
    "ClusterOperator",
    "ClusterVersion",
    "Console",
    "DNS",
    "FeatureGate",
    "ImageContentPolicy",
    "ImagePolicy",
    "Infrastructure",
    "Ingress",
    "InsightsDataGather",
    "Network",
    "Node",
    "OAuth",
    "OperatorHub",
    "PKI",
    "Project",
    "Proxy",
    "Scheduler",
];

/// What a document is.
#[derive(Clone, Debug)]
pub enum Recognised {
    /// One of the kinds that are read, by its exact `apiVersion` and `kind`.
    Ours(Kind),
    /// An object that was meant to be of one of these kinds, but that the cluster does not recognize as one.
    Suspect(Suspicion),
    /// An object that contains other objects.
    Carrier(CarrierKind),
    /// Any other document.
    Other,
}

/// Why a document is not of the kind that its author meant.
#[derive(Clone, Debug)]
pub struct Suspicion {
    /// The text that is wrong: the value of `apiVersion` or `kind`, or the document's first key when it is missing.
    pub span: Span,
    /// What is wrong with it.
    pub reason: Reason,
    /// The kind that its author probably meant.
    pub meant: Option<Kind>,
}

/// What is wrong with the `apiVersion` or the `kind`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No `apiVersion`.
    NoApiVersion,
    /// An `apiVersion` that does not serve the kind.
    ApiVersion(String),
    /// No `kind`.
    NoKind,
    /// A `kind` that does not exist in the group.
    Kind(String),
    /// A list instead of a manifest.
    TopLevelList,
}

/// Says what a document is, by its root.
pub fn recognise(root: Node<'_>) -> Recognised {
    if root.kind() == Shape::Sequence {
        return top_level_list(root);
    }
    if root.kind() != Shape::Mapping {
        return Recognised::Other;
    }
    let (api_version, kind) = (root.entry("apiVersion"), root.entry("kind"));
    let api_text = api_version.and_then(|entry| entry.value.as_str()).filter(|text| !text.is_empty());
    let kind_text = kind.and_then(|entry| entry.value.as_str()).filter(|text| !text.is_empty());
    let first_key = || root.raw_pairs().next().map_or(root.span(), |(key, _)| key.span());
    let suspect = |span: Option<Span>, reason, meant| {
        Recognised::Suspect(Suspicion { span: span.unwrap_or_else(first_key), reason, meant })
    };
    let api_span = api_version.filter(|e| !e.value.is_absent()).map(|entry| entry.value.span());
    let kind_span = kind.filter(|e| !e.value.is_absent()).map(|entry| entry.value.span());
    match (api_text, kind_text) {
        (Some("v1"), Some("ConfigMap")) => Recognised::Ours(Kind::ConfigMap),
        (Some("machineconfiguration.openshift.io/v1"), Some("MachineConfig")) => {
            Recognised::Ours(Kind::MachineConfig)
        }
        (Some("v1"), Some("Secret")) if pull_secret::is_pull_secret(root) => {
            Recognised::Ours(Kind::PullSecret)
        }
        // An install-config with mirrors is a carrier as well.
        (Some("v1"), None) if CarrierKind::by_fields(root).is_none() && pull_secret::is_pull_secret(root) => {
            Recognised::Ours(Kind::PullSecret)
        }
        (Some("config.openshift.io/v1"), Some("ClusterVersion")) => Recognised::Ours(Kind::ClusterVersion),
        (Some("config.openshift.io/v1" | "config.openshift.io/v1alpha1"), Some("ClusterImagePolicy")) => {
            Recognised::Ours(Kind::ImagePolicy(PolicyKind::Cluster))
        }
        (Some("config.openshift.io/v1" | "config.openshift.io/v1alpha1"), Some("ImagePolicy")) => {
            Recognised::Ours(Kind::ImagePolicy(PolicyKind::Namespace))
        }
        (Some(api), Some(name)) => {
            if let Some(carrier) = CarrierKind::of(api, name) {
                return Recognised::Carrier(carrier);
            }
            if let Some(kind) = NeighbourKind::of(api, name) {
                return Recognised::Ours(Kind::Neighbour(kind));
            }
            if let Some(referrer) = MirrorReferrer::of(api, name, root) {
                return Recognised::Ours(Kind::MirrorReference(referrer));
            }
            if let Some(kind) = Kind::by_name(name) {
                if api == kind.api_version() {
                    return Recognised::Ours(kind);
                }
                // Other projects have kinds with the name `Image`. Its group or its fields show that it is the one of
                // OpenShift.
                let foreign = kind == Kind::Image
                    && (api.starts_with("image.openshift.io/")
                        || !(api.contains("openshift.io") || has_our_fields(root)));
                if foreign {
                    return Recognised::Other;
                }
                return suspect(api_span, Reason::ApiVersion(api.to_owned()), Some(kind));
            }
            if name.ends_with("List") && root.get("items").is_some() {
                return Recognised::Carrier(CarrierKind::List);
            }
            let ours = OURS.iter().any(|kind| api == kind.api_version());
            if ours {
                let known = api == "operator.openshift.io/v1alpha1" || NEIGHBOURS.contains(&name);
                let meant = near_kind(name).or_else(|| kind_by_fields(root));
                if meant.is_some() && !NEIGHBOURS.contains(&name) || !known {
                    return suspect(kind_span, Reason::Kind(name.to_owned()), meant);
                }
                return Recognised::Other;
            }
            // A long name that is nearly right means one of these kinds, whatever its group.
            let near = has_our_fields(root).then(|| near_kind(name)).flatten();
            match near.filter(|kind| *kind != Kind::Image) {
                Some(meant) => suspect(kind_span, Reason::Kind(name.to_owned()), Some(meant)),
                None => Recognised::Other,
            }
        }
        (Some(api), None) => {
            if let Some(carrier) = CarrierKind::by_fields(root) {
                return Recognised::Carrier(carrier);
            }
            let meant = kind_by_fields(root);
            if OURS.iter().any(|kind| api == kind.api_version())
                && (api.starts_with("config.") || meant.is_some())
            {
                return suspect(kind_span, Reason::NoKind, meant);
            }
            Recognised::Other
        }
        (None, Some(name)) => match Kind::by_name(name) {
            Some(kind) if kind != Kind::Image || has_our_fields(root) || is_manifest(root) => {
                suspect(api_span, Reason::NoApiVersion, Some(kind))
            }
            _ => Recognised::Other,
        },
        (None, None) if root.get_str("variant") == Some("openshift") && root.entry("version").is_some() => {
            Recognised::Ours(Kind::Butane)
        }
        (None, None) => Recognised::Other,
    }
}

fn top_level_list(root: Node<'_>) -> Recognised {
    // Playbooks and patches are lists, too. Only a list of complete manifests was meant for the cluster.
    let ours = root.items().find_map(|item| match recognise_item(item) {
        Recognised::Ours(kind) if kind.configures_images() => Some(kind),
        _ => None,
    });
    let Some(kind) = ours else { return Recognised::Other };
    let span = root.raw_children().next().map_or(root.span(), Node::span);
    Recognised::Suspect(Suspicion { span, reason: Reason::TopLevelList, meant: Some(kind) })
}

fn recognise_item(item: Node<'_>) -> Recognised {
    if item.kind() == Shape::Mapping { recognise(item) } else { Recognised::Other }
}

fn is_manifest(root: Node<'_>) -> bool {
    root.get("metadata").is_some_and(|metadata| metadata.kind() == Shape::Mapping)
        && root.get("spec").is_some()
}

fn has_our_fields(root: Node<'_>) -> bool {
    kind_by_fields(root).is_some()
}

fn kind_by_fields(root: Node<'_>) -> Option<Kind> {
    let spec = root.get("spec")?;
    // Most objects have none of these fields, which one look at the keys shows.
    let may_name = |(key, _): (Node<'_>, Node<'_>)| {
        let key = key.resolved().text();
        key == "<<" || OURS.into_iter().any(|kind| fields_of(kind).contains(&key))
    };
    if !spec.raw_pairs().any(may_name) {
        return None;
    }
    OURS.into_iter().find(|kind| fields_of(*kind).iter().any(|field| spec.entry(field).is_some()))
}

/// The fields in the `spec` of the `Image` config, or of a mirror set, which no other kind has.
fn fields_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Mirrors(MirrorKind::Digest) => const { &[MirrorKind::Digest.list_key()] },
        Kind::Mirrors(MirrorKind::Tag) => const { &[MirrorKind::Tag.list_key()] },
        Kind::Mirrors(MirrorKind::Icsp) => const { &[MirrorKind::Icsp.list_key()] },
        _ => &[
            "registrySources",
            "allowedRegistriesForImport",
            "additionalTrustedCA",
            "externalRegistryHostnames",
        ],
    }
}

fn near_kind(name: &str) -> Option<Kind> {
    let near = super::schema::nearest(name, KIND_NAMES.into_iter())?;
    let kind = Kind::by_name(near)?;
    // `Image` is a short and common word: only its plural and other cases of its letters are near to it.
    let close =
        kind != Kind::Image || name.eq_ignore_ascii_case("image") || name.eq_ignore_ascii_case("images");
    close.then_some(kind)
}
