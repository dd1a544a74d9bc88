//! Kinds of objects that contain other objects, or from which a tool makes some: a `List`, a policy, an install-config.

use super::settings::has_sources;
use crate::yaml::Node;

/// A kind of object that contains other objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CarrierKind {
    /// `kind: List` and lists of one kind.
    List,
    /// An OpenShift `Template`.
    Template,
    /// A policy of Advanced Cluster Management.
    Policy,
    /// A policy inside a `Policy`, or one that stands alone on the cluster itself.
    ConfigurationPolicy,
    /// The input of a kustomize plugin, which writes policies.
    PolicyGenerator,
    /// Objects for one managed cluster.
    ManifestWork,
    /// Objects for each cluster of a placement.
    ManifestWorkReplicaSet,
    /// Objects for some of Hive's clusters, by their names.
    SyncSet,
    /// Objects for some of Hive's clusters, by their labels.
    SelectorSyncSet,
    /// A cluster whose control plane is hosted.
    HostedCluster,
    /// Nodes of a cluster whose control plane is hosted.
    NodePool,
    /// The `install-config.yaml` of the installer.
    InstallConfig,
    /// The configuration of an image that installs clusters.
    ImageBasedInstallationConfig,
    /// Clusters of zero-touch provisioning.
    SiteConfig,
    /// A cluster of the siteconfig operator.
    ClusterInstance,
    /// An installation by the assisted service.
    AgentClusterInstall,
    /// A `ConfigMap` whose values are texts of objects.
    ConfigMap,
}

impl CarrierKind {
    /// The `kind` in a manifest. A kind of file that has no `kind` has the name of the file.
    pub fn name(self) -> &'static str {
        match self {
            CarrierKind::List => "List",
            CarrierKind::Template => "Template",
            CarrierKind::Policy => "Policy",
            CarrierKind::ConfigurationPolicy => "ConfigurationPolicy",
            CarrierKind::PolicyGenerator => "PolicyGenerator",
            CarrierKind::ManifestWork => "ManifestWork",
            CarrierKind::ManifestWorkReplicaSet => "ManifestWorkReplicaSet",
            CarrierKind::SyncSet => "SyncSet",
            CarrierKind::SelectorSyncSet => "SelectorSyncSet",
            CarrierKind::HostedCluster => "HostedCluster",
            CarrierKind::NodePool => "NodePool",
            CarrierKind::InstallConfig => "install-config.yaml",
            CarrierKind::ImageBasedInstallationConfig => "ImageBasedInstallationConfig",
            CarrierKind::SiteConfig => "SiteConfig",
            CarrierKind::ClusterInstance => "ClusterInstance",
            CarrierKind::AgentClusterInstall => "AgentClusterInstall",
            CarrierKind::ConfigMap => "ConfigMap",
        }
    }

    /// Whether an installer or an operator makes objects from its settings, of a kind that the cluster's release accepts.
    pub fn makes_objects(self) -> bool {
        matches!(
            self,
            CarrierKind::HostedCluster
                | CarrierKind::InstallConfig
                | CarrierKind::ImageBasedInstallationConfig
                | CarrierKind::SiteConfig
                | CarrierKind::ClusterInstance
                | CarrierKind::AgentClusterInstall
        )
    }

    /// Whether it holds settings for an installation, which happens once.
    pub fn installs(self) -> bool {
        self.makes_objects() && self != CarrierKind::HostedCluster
    }

    /// Whether it is a policy, which adds to objects instead of replacing them.
    pub fn is_policy(self) -> bool {
        matches!(self, CarrierKind::Policy | CarrierKind::ConfigurationPolicy | CarrierKind::PolicyGenerator)
    }

    /// Whether it only groups objects: a tool takes the objects out, and applies them.
    pub fn is_bracket(self) -> bool {
        matches!(self, CarrierKind::List | CarrierKind::Template)
    }

    /// Who refuses the settings when no valid object can be made from them, in words.
    pub fn refusal(self) -> &'static str {
        match self {
            CarrierKind::HostedCluster => "the API server refuses the HostedCluster",
            kind if kind.installs() => "the installer refuses the configuration",
            _ => "the API server refuses the object",
        }
    }

    /// The carrier of this `apiVersion` and `kind`. For a `ConfigMap`, only its values decide; for a list, its items.
    pub(super) fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Some(match (group, kind) {
            ("template.openshift.io" | "", "Template") => CarrierKind::Template,
            ("policy.open-cluster-management.io", "Policy") => CarrierKind::Policy,
            ("policy.open-cluster-management.io", "ConfigurationPolicy") => CarrierKind::ConfigurationPolicy,
            ("policy.open-cluster-management.io", "PolicyGenerator") => CarrierKind::PolicyGenerator,
            ("work.open-cluster-management.io", "ManifestWork") => CarrierKind::ManifestWork,
            ("work.open-cluster-management.io", "ManifestWorkReplicaSet") => {
                CarrierKind::ManifestWorkReplicaSet
            }
            ("hive.openshift.io", "SyncSet") => CarrierKind::SyncSet,
            ("hive.openshift.io", "SelectorSyncSet") => CarrierKind::SelectorSyncSet,
            ("hypershift.openshift.io", "HostedCluster") => CarrierKind::HostedCluster,
            ("hypershift.openshift.io", "NodePool") => CarrierKind::NodePool,
            ("", "ImageBasedInstallationConfig") => CarrierKind::ImageBasedInstallationConfig,
            ("ran.openshift.io", "SiteConfig") => CarrierKind::SiteConfig,
            ("siteconfig.open-cluster-management.io", "ClusterInstance") => CarrierKind::ClusterInstance,
            ("extensions.hive.openshift.io", "AgentClusterInstall") => CarrierKind::AgentClusterInstall,
            _ => return None,
        })
    }

    /// The carrier that a document without `kind` is, by its fields.
    pub(super) fn by_fields(root: Node<'_>) -> Option<Self> {
        let has = |key: &str| root.entry(key).is_some();
        let kind = match (has("baseDomain") && has("metadata"), has("seedImage")) {
            (true, _) => CarrierKind::InstallConfig,
            (false, true) => CarrierKind::ImageBasedInstallationConfig,
            (false, false) => return None,
        };
        has_sources(root).then_some(kind)
    }
}
