//! The kinds that hold other objects, or that make some: a `List`, a policy, an installation's configuration.

use super::settings::has_sources;
use crate::yaml::Node;

/// What holds objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CarrierKind {
    /// `kind: List` and lists of one kind.
    List,
    /// An OpenShift `Template`.
    Template,
    /// A policy of Advanced Cluster Management.
    Policy,
    /// What a policy holds, or what stands alone on the cluster itself.
    ConfigurationPolicy,
    /// What a kustomize plugin makes policies of.
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
    /// Nodes of such a cluster.
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
    /// The `kind` in a manifest; what has none is called by its file.
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

    /// Whether it holds settings that an installer or an operator makes objects of, of whatever kind the cluster's
    /// release knows.
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

    /// Whether it is a policy, which adds to objects rather than replaces them.
    pub fn is_policy(self) -> bool {
        matches!(self, CarrierKind::Policy | CarrierKind::ConfigurationPolicy | CarrierKind::PolicyGenerator)
    }

    /// Whether it only holds objects together; whoever takes it apart applies them.
    pub fn is_bracket(self) -> bool {
        matches!(self, CarrierKind::List | CarrierKind::Template)
    }

    /// Who refuses what no object of the right shape can be made of, in words.
    pub fn refusal(self) -> &'static str {
        match self {
            CarrierKind::HostedCluster => "the API server refuses the HostedCluster",
            kind if kind.installs() => "the installer refuses the configuration",
            _ => "the API server refuses the object",
        }
    }

    /// The carrier of this `apiVersion` and `kind`. A `ConfigMap` is one by its values only, a list by its items.
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

    /// What a document without `kind` is by its fields.
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
