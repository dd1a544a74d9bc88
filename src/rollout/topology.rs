//! Finds clusters with a single node, according to the manifests of their installation.

use crate::model::{Cluster, Repo};
use crate::openshift::Topology;
use crate::read::crd::{CarrierKind, Recognised};
use crate::read::manifest::Manifest;
use crate::yaml::Node;
use std::collections::BTreeSet;

/// The names of clusters that are installed as a single node.
#[derive(Debug, Default)]
pub(super) struct SingleNodes(BTreeSet<String>);

impl SingleNodes {
    pub(super) fn of(repos: [&Repo; 2]) -> Self {
        let mut names = BTreeSet::new();
        for manifest in repos.into_iter().flat_map(|repo| &repo.manifests) {
            if let Recognised::Carrier(kind) = manifest.recognise() {
                names.extend(installed(kind, manifest));
            }
        }
        Self(names)
    }

    /// Whether a cluster is a single node, according to the configuration or to its installation.
    pub(super) fn has(&self, cluster: &Cluster) -> bool {
        match cluster.topology {
            Some(topology) => topology == Topology::SingleNode,
            None => {
                self.0.contains(&cluster.name)
                    || cluster.resources().any(|resource| {
                        let carriers = resource.carrier.iter().flat_map(|carrier| carrier.chain());
                        let mut installers = carriers.into_iter().filter(|carrier| carrier.kind.installs());
                        installers.any(|carrier| self.0.contains(&carrier.name))
                    })
            }
        }
    }
}

/// The names of the single nodes in the manifest of an installation.
fn installed(kind: CarrierKind, manifest: &Manifest) -> Vec<String> {
    let root = manifest.root();
    let spec = root.get("spec");
    let text = |node: Option<Node<'_>>, key: &str| node.and_then(|node| node.get_str(key)).map(str::to_owned);
    let is_single = |node: Node<'_>| {
        node.get_str("clusterType").is_some_and(|kind| kind.eq_ignore_ascii_case("sno"))
            || node.get("nodes").is_some_and(|nodes| nodes.items().count() == 1)
    };
    let named = |is_single: bool, name: Option<String>| -> Vec<String> {
        let own = Some(manifest.name().to_owned()).filter(|name| !name.is_empty());
        if is_single { name.into_iter().chain(own).collect() } else { Vec::new() }
    };
    match kind {
        CarrierKind::ClusterInstance => named(spec.is_some_and(is_single), text(spec, "clusterName")),
        CarrierKind::SiteConfig => {
            let clusters = spec.and_then(|spec| spec.get("clusters")).into_iter().flat_map(Node::items);
            clusters
                .filter(|cluster| is_single(*cluster))
                .filter_map(|it| text(Some(it), "clusterName"))
                .collect()
        }
        CarrierKind::AgentClusterInstall => {
            let asked = spec.and_then(|spec| spec.get("provisionRequirements"));
            let agents = asked.and_then(|asked| asked.get("controlPlaneAgents"));
            let cluster = spec.and_then(|spec| spec.get("clusterDeploymentRef"));
            named(agents.is_some_and(|agents| agents.text() == "1"), text(cluster, "name"))
        }
        CarrierKind::InstallConfig => {
            let replicas = root.get("controlPlane").and_then(|plane| plane.get("replicas"));
            named(replicas.is_some_and(|replicas| replicas.text() == "1"), None)
        }
        _ => Vec::new(),
    }
}
