//! Who names a `ConfigMap` of manifests: a `NodePool`, a `ClusterInstance`, an `AgentClusterInstall`.

use super::unit::{Way, at, cluster};
use super::{CarrierKind, Destination, agent_cluster_install};
use crate::crd::Recognised;
use crate::manifest::Manifest;
use crate::yaml::Node;
use std::collections::HashMap;

/// How a `ConfigMap` is used.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// From whoever names it.
    pub(super) way: Way,
    /// The only key that is looked at.
    pub(super) key: Option<&'static str>,
}

/// The uses of a unit's `ConfigMap`s, by namespace and name.
#[derive(Debug, Default)]
pub(super) struct References {
    uses: HashMap<(String, String), Vec<Use>>,
}

impl References {
    /// Takes note of what names a `ConfigMap`.
    pub(super) fn note(&mut self, manifest: &Manifest) {
        let root = manifest.root();
        let Recognised::Carrier(kind) = manifest.recognise() else { return };
        let spec_name = |key: &str| at(root, &["spec", key]).and_then(Node::as_str);
        match kind {
            CarrierKind::NodePool => {
                let to = cluster(spec_name("clusterName"));
                self.add_all(kind, manifest, &to, at(root, &["spec", "config"]), Some("config"));
            }
            CarrierKind::ClusterInstance => {
                let to = cluster(spec_name("clusterName"));
                self.add_all(kind, manifest, &to, at(root, &["spec", "extraManifestsRefs"]), None);
            }
            CarrierKind::AgentClusterInstall => {
                let to = agent_cluster_install::destination(manifest);
                self.add_all(kind, manifest, &to, at(root, &["spec", "manifestsConfigMapRefs"]), None);
                let single = at(root, &["spec", "manifestsConfigMapRef"]);
                self.add(kind, manifest, &to, single.and_then(|single| single.get_str("name")), None);
            }
            _ => {}
        }
    }

    fn add_all(
        &mut self,
        kind: CarrierKind,
        manifest: &Manifest,
        to: &Destination,
        references: Option<Node<'_>>,
        key: Option<&'static str>,
    ) {
        for reference in references.into_iter().flat_map(Node::items) {
            self.add(kind, manifest, to, reference.get_str("name"), key);
        }
    }

    fn add(
        &mut self,
        kind: CarrierKind,
        manifest: &Manifest,
        to: &Destination,
        name: Option<&str>,
        key: Option<&'static str>,
    ) {
        let Some(name) = name else { return };
        let uses = self.uses.entry((manifest.namespace().into(), name.into())).or_default();
        // Two pools of one cluster bring the same objects to it.
        if uses.iter().all(|known| known.way.to != *to || known.key != key) {
            uses.push(Use { way: Way::here().through(kind, manifest).to(to.clone()), key });
        }
    }

    /// The uses of a `ConfigMap`.
    pub(super) fn of(&self, config_map: &Manifest) -> Vec<Use> {
        let name = (config_map.namespace().to_owned(), config_map.name().to_owned());
        self.uses.get(&name).cloned().unwrap_or_default()
    }
}
