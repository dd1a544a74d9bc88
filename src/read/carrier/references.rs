//! The objects that name a `ConfigMap` of manifests: a `NodePool`, a `ClusterInstance`, an `AgentClusterInstall`. The
//! last one may also name a `ConfigMap` of mirrors.

use super::way::{Way, cluster};
use super::{CarrierKind, Destination, agent_cluster_install, install_config};
use crate::read::crd::{Recognised, mirror_reference};
use crate::read::manifest::Manifest;
use crate::yaml::Node;
use std::collections::{BTreeSet, HashMap};

/// How a `ConfigMap` is used.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// The way to the cluster, from the object that names it.
    pub(super) way: Way,
    /// The only key that is read.
    pub(super) key: Option<&'static str>,
    /// Whether it holds mirrors for an installation, not objects.
    pub(super) is_mirrors: bool,
}

/// The uses of a unit's `ConfigMap`s, by namespace and name.
#[derive(Debug, Default)]
pub(super) struct References {
    uses: HashMap<(String, String), Vec<Use>>,
    /// The namespaces that each name is looked up in.
    namespaces: HashMap<String, BTreeSet<String>>,
}

impl References {
    /// Records that an object names a `ConfigMap`.
    pub(super) fn note(&mut self, manifest: &Manifest) {
        let root = manifest.root();
        let Recognised::Carrier(kind) = manifest.recognise() else { return };
        let spec_name = |key: &str| root.at(&["spec", key]).and_then(Node::as_str);
        match kind {
            CarrierKind::NodePool => {
                let to = cluster(spec_name("clusterName"));
                self.add_all(kind, manifest, &to, root.at(&["spec", "config"]), Some("config"));
            }
            CarrierKind::ClusterInstance => {
                let to = cluster(spec_name("clusterName"));
                self.add_all(kind, manifest, &to, root.at(&["spec", "extraManifestsRefs"]), None);
            }
            CarrierKind::AgentClusterInstall => {
                let to = agent_cluster_install::destination(manifest);
                self.add_all(kind, manifest, &to, root.at(&["spec", "manifestsConfigMapRefs"]), None);
                let single = root.at(&["spec", "manifestsConfigMapRef"]);
                self.add(kind, manifest, &to, single.and_then(|single| single.get_str("name")), None);
                self.add_mirrors(kind, manifest, &to);
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
        let uses = self.uses_of(manifest.namespace(), name);
        // Two pools of one cluster give it the same objects.
        if uses.iter().all(|known| known.way.to != *to || known.key != key) {
            uses.push(Use {
                way: Way::here().through(kind, manifest).to(to.clone()),
                key,
                is_mirrors: false,
            });
        }
    }

    /// Records a `mirrorRegistryRef`, unless overrides name sources, which replace its mirrors.
    fn add_mirrors(&mut self, kind: CarrierKind, manifest: &Manifest, to: &Destination) {
        let root = manifest.root();
        let overrides = root.at(&["metadata", "annotations", agent_cluster_install::OVERRIDES]);
        let is_replaced = overrides.is_some_and(install_config::override_sources);
        let reference = root.at(&["spec", "mirrorRegistryRef"]).filter(|_| !is_replaced);
        let Some(name) = reference.and_then(|reference| reference.get_str("name")) else { return };
        let namespace = reference.and_then(|reference| reference.get_str("namespace"));
        let namespace = namespace.unwrap_or_else(|| manifest.namespace());
        let uses = self.uses_of(namespace, name);
        if uses.iter().all(|known| known.way.to != *to || !known.is_mirrors) {
            let way = Way::here().through(kind, manifest).to(to.clone());
            uses.push(Use { way, key: Some(mirror_reference::KEY), is_mirrors: true });
        }
    }

    /// The uses of a `ConfigMap`. Without a namespace of its own, it gets the only namespace in which objects look it
    /// up.
    pub(super) fn of(&self, config_map: &Manifest) -> Vec<Use> {
        let (mut namespace, name) = (config_map.namespace(), config_map.name());
        if namespace.is_empty() {
            let mut looked_at = self.namespaces.get(name).into_iter().flatten();
            namespace = looked_at.next().filter(|_| looked_at.next().is_none()).map_or("", String::as_str);
        }
        self.uses.get(&(namespace.to_owned(), name.to_owned())).cloned().unwrap_or_default()
    }

    fn uses_of(&mut self, namespace: &str, name: &str) -> &mut Vec<Use> {
        self.namespaces.entry(name.into()).or_default().insert(namespace.into());
        self.uses.entry((namespace.into(), name.into())).or_default()
    }
}
