//! Clusters with a hosted control plane: their nodes are replaced, or changed in place, when an input of their `NodePool`
//! changes.
//!
//! Sources: openshift/hypershift `hypershift-operator/controllers/nodepool/config.go` (the fields in the hash of a pool's
//! version), `api/hypershift/v1beta1/nodepool_types.go`.

use crate::model::{Cluster, Repo};
use crate::read::crd::node_config::digest;
use crate::read::crd::{CarrierKind, Recognised};
use crate::read::manifest::Manifest;
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use std::collections::{BTreeMap, BTreeSet};

/// The manifests of hosted clusters, in one state.
#[derive(Debug, Default)]
pub(super) struct Hosting<'r> {
    /// The `HostedCluster`s, by the name of the cluster.
    clusters: BTreeMap<&'r str, &'r Manifest>,
    /// The `NodePool`s, by the name of the cluster and their own.
    pools: BTreeMap<&'r str, BTreeMap<&'r str, &'r Manifest>>,
    /// The `ConfigMap`s, by namespace and name.
    maps: BTreeMap<(&'r str, &'r str), &'r Manifest>,
}

/// A pool of nodes of a hosted cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct NodePool {
    /// Whether machines are replaced; `None` if the manifest does not say.
    pub(super) replaces: Option<bool>,
    /// Whether new machines wait until somebody deletes the old ones.
    pub(super) on_delete: bool,
    /// The text that pauses it.
    pub(super) paused: Option<Span>,
    /// How many nodes change at once.
    pub(super) max_unavailable: Option<Spanned<String>>,
    /// The inputs of its version's hash, by field, each with a digest and its place.
    made_of: BTreeMap<&'static str, (u64, Span)>,
}

impl<'r> Hosting<'r> {
    pub(super) fn of(repo: &'r Repo) -> Self {
        let mut hosting = Self::default();
        for manifest in &repo.manifests {
            match manifest.recognise() {
                Recognised::Carrier(CarrierKind::HostedCluster) => {
                    hosting.clusters.insert(manifest.name(), manifest);
                }
                Recognised::Carrier(CarrierKind::NodePool) => {
                    let cluster = manifest.root().get("spec").and_then(|spec| spec.get_str("clusterName"));
                    let pools = hosting.pools.entry(cluster.unwrap_or_default()).or_default();
                    pools.insert(manifest.name(), manifest);
                }
                Recognised::Ours(crate::read::crd::Kind::ConfigMap) => {
                    hosting.maps.insert((manifest.namespace(), manifest.name()), manifest);
                }
                _ => {}
            }
        }
        hosting
    }

    /// The pools of a cluster, by name.
    pub(super) fn pools_of(&self, cluster: &Cluster) -> BTreeMap<&'r str, NodePool> {
        let name = self.name_of(cluster);
        let hosted = name.and_then(|name| self.clusters.get(name));
        let pools = name.and_then(|name| self.pools.get(name));
        let pools = pools.into_iter().flatten();
        pools.map(|(name, pool)| (*name, self.pool(pool, hosted.copied()))).collect()
    }

    fn name_of<'c>(&self, cluster: &'c Cluster) -> Option<&'c str> {
        let host = cluster.host().filter(|host| host.kind == CarrierKind::HostedCluster);
        let names = host.map(|host| host.name.as_str()).into_iter().chain([cluster.name.as_str()]);
        names.into_iter().find(|name| self.clusters.contains_key(name) || self.pools.contains_key(name))
    }

    fn pool(&self, manifest: &Manifest, hosted: Option<&Manifest>) -> NodePool {
        let mut pool = NodePool::default();
        let Some(spec) = manifest.root().get("spec") else { return pool };
        let at = |path: &[&str]| path.iter().try_fold(spec, |node, key| node.get(key));
        pool.replaces = match at(&["management", "upgradeType"]).and_then(Node::as_str) {
            Some("Replace") => Some(true),
            Some("InPlace") => Some(false),
            _ => None,
        };
        pool.on_delete =
            at(&["management", "replace", "strategy"]).and_then(Node::as_str) == Some("OnDelete");
        pool.paused = at(&["pausedUntil"]).filter(|until| until.text() == "true").map(Node::span);
        let at_once = if pool.replaces == Some(false) {
            at(&["management", "inPlace", "maxUnavailable"])
        } else {
            at(&["management", "replace", "rollingUpdate", "maxSurge"])
        };
        pool.max_unavailable = at_once.map(|node| Spanned::new(node.text().to_owned(), node.span()));
        let mut made_of = |name, node: Option<Node<'_>>| {
            if let Some(node) = node.filter(|node| !node.is_absent()) {
                pool.made_of.insert(name, (digest(node), node.span()));
            }
        };
        made_of("spec.release", at(&["release"]));
        let spec_of_cluster = hosted.and_then(|hosted| hosted.root().get("spec"));
        let of_cluster = |path: &[&str]| path.iter().try_fold(spec_of_cluster?, |node, key| node.get(key));
        made_of("spec.pullSecret.name", of_cluster(&["pullSecret", "name"]));
        made_of("spec.additionalTrustBundle.name", of_cluster(&["additionalTrustBundle", "name"]));
        made_of("spec.configuration.image", of_cluster(&["configuration", "image"]));
        made_of("spec.configuration.proxy", of_cluster(&["configuration", "proxy"]));
        made_of("spec.imageContentSources", of_cluster(&["imageContentSources"]));
        if let Some(config) = at(&["config"]) {
            // Only the contents count, not the names of the ConfigMaps.
            let maps = config.items().filter_map(|item| item.get_str("name"));
            let maps = maps.filter_map(|name| self.maps.get(&(manifest.namespace(), name)));
            let contents: BTreeSet<u64> = maps.filter_map(|map| map.root().get("data").map(digest)).collect();
            let all = contents.iter().fold(0_u64, |all, one| all.rotate_left(5) ^ one);
            pool.made_of.insert("spec.config", (all, config.span()));
        }
        pool
    }
}

impl NodePool {
    /// The changed inputs of its version: each field with its place in the new state, or else in the old one.
    pub(super) fn causes(&self, before: &Self) -> Vec<(String, Span)> {
        let names: BTreeSet<&&str> = before.made_of.keys().chain(self.made_of.keys()).collect();
        let changed = names.into_iter().filter_map(|name| {
            let (old, new) = (before.made_of.get(name), self.made_of.get(name));
            let is_same = old.map(|(digest, _)| digest) == new.map(|(digest, _)| digest);
            let (_, span) = new.or(old)?;
            (!is_same).then(|| ((*name).to_owned(), *span))
        });
        changed.collect()
    }
}
