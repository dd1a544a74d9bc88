//! `mirrorRegistryRef` of the assisted service: which objects name a `ConfigMap` of mirrors, and what the service reads from
//! it.
//!
//! Sources: openshift/assisted-service `pkg/mirrorregistries/parser.go` (`GetImageRegistries`),
//! `internal/controller/controllers/agentserviceconfig_controller.go`, `api/hiveextension/v1beta1`.

use super::registries_file::{MirrorTable, PlacedValue, RegistriesFile, RegistryTable};
use super::string;
use crate::source::Spanned;
use crate::yaml::Node;

/// The key that the service reads.
pub const KEY: &str = "registries.conf";
/// The namespace of the service, where an `AgentServiceConfig` finds its `ConfigMap`.
pub const SERVICE_NAMESPACE: &str = "multicluster-engine";

/// A kind of object that names a `ConfigMap` of mirrors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MirrorReferrer {
    /// The service's own configuration.
    AgentServiceConfig,
    /// An image that discovers hosts.
    InfraEnv,
    /// An installation.
    AgentClusterInstall,
}

impl MirrorReferrer {
    /// The `kind` in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            MirrorReferrer::AgentServiceConfig => "AgentServiceConfig",
            MirrorReferrer::InfraEnv => "InfraEnv",
            MirrorReferrer::AgentClusterInstall => "AgentClusterInstall",
        }
    }

    /// The `apiVersion` in a manifest.
    pub fn api_version(self) -> &'static str {
        match self {
            MirrorReferrer::AgentClusterInstall => "extensions.hive.openshift.io/v1beta1",
            MirrorReferrer::AgentServiceConfig | MirrorReferrer::InfraEnv => {
                "agent-install.openshift.io/v1beta1"
            }
        }
    }

    /// The kind of this `apiVersion` and `kind`, if the object names a `ConfigMap` of mirrors.
    pub(super) fn of(api_version: &str, kind: &str, root: Node<'_>) -> Option<Self> {
        let all = [Self::AgentServiceConfig, Self::InfraEnv, Self::AgentClusterInstall];
        let group = |api_version: &str| api_version.split_once('/').map(|(group, _)| group.to_owned());
        let found = all
            .into_iter()
            .find(|referrer| referrer.name() == kind && group(referrer.api_version()) == group(api_version));
        found.filter(|_| reference(root).is_some())
    }
}

/// A `mirrorRegistryRef`.
#[derive(Clone, Debug)]
pub struct MirrorReference {
    /// The kind of object that has it.
    pub referrer: MirrorReferrer,
    /// The name of the `ConfigMap`.
    pub name: Spanned<String>,
    /// Its namespace, if one is written.
    pub namespace: Option<String>,
}

impl MirrorReference {
    pub(super) fn read(referrer: MirrorReferrer, root: Node<'_>) -> Option<Self> {
        let reference = reference(root)?;
        let name = string(reference.get("name")?).filter(|name| !name.value.is_empty())?;
        let namespace = reference.get_str("namespace").filter(|namespace| !namespace.is_empty());
        Some(Self { referrer, name, namespace: namespace.map(str::to_owned) })
    }
}

fn reference(root: Node<'_>) -> Option<Node<'_>> {
    root.at(&["spec", "mirrorRegistryRef"]).filter(|reference| reference.get("name").is_some())
}

/// The mirrors of one source.
#[derive(Debug)]
pub struct SourceMirrors<'f> {
    /// The `[[registry]]`.
    pub table: &'f RegistryTable,
    /// Its `location`.
    pub source: &'f PlacedValue<String>,
    /// The mirrors for pulls by digest.
    pub digest: Vec<&'f PlacedValue<String>>,
    /// The mirrors for pulls by tag.
    pub tag: Vec<&'f PlacedValue<String>>,
}

/// What the service reads from the file: the tables with a `location` and with at least one mirror that has a `location`,
/// too.
pub fn sources(file: &RegistriesFile) -> impl Iterator<Item = SourceMirrors<'_>> {
    file.registries.iter().filter_map(|table| {
        let source = table.location.as_ref()?;
        let (digest, tag) = (serving(table, "digest-only"), serving(table, "tag-only"));
        (!digest.is_empty() || !tag.is_empty()).then_some(SourceMirrors { table, source, digest, tag })
    })
}

/// The mirrors for one kind of pull. The service skips every other value of `pull-from-mirror`, `all` included.
fn serving<'f>(table: &'f RegistryTable, pulls: &str) -> Vec<&'f PlacedValue<String>> {
    let serves = |mirror: &&MirrorTable| match &mirror.pull_from_mirror {
        Some(pull) => pull.value == pulls,
        None => pulls == "digest-only",
    };
    table.mirrors.iter().flatten().filter(serves).filter_map(|mirror| mirror.location.as_ref()).collect()
}
