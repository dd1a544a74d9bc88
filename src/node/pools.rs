//! The pools of a cluster's nodes, if `MachineConfig`s write a `registries.conf` or drop-ins for them.
//!
//! If two `MachineConfig`s of a pool write the same file, the later name wins (MCO `pkg/controller/common/helpers.go`,
//! `MergeMachineConfigs`). A custom pool gets those of `worker`, too (`pkg/helpers/helpers.go`, `GetPoolsForNode`). The
//! runtime reads the drop-ins in the order of their names. An entry of a later drop-in replaces the whole entry of the same
//! prefix (containers/image `pkg/sysregistriesv2/system_registries_v2.go`, `updateWithConfigurationFrom`).

use super::drop_in::{LoadedRegistries, Refusal};
use super::load_error::{LoadError, LoadedFile};
use super::{FileOrigin, Files, REGISTRIES_CONF, SEARCH_REGISTRIES};
use crate::model::{Cluster, Resource};
use crate::read::crd::{CarrierKind, MachineConfig, NodeFile, Typed, is_placeholder};
use crate::read::discover;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Nodes that get the same files.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The role of its nodes, or the name of its `NodePool`.
    pub name: String,
    /// A `registries.conf` that replaces the operator's.
    pub registries_conf: Option<Arc<NodeRegistries>>,
    /// The drop-ins, in the order in which the runtime reads them.
    pub drop_ins: Vec<Arc<NodeRegistries>>,
}

/// A `registries.conf` or drop-in of a `MachineConfig`.
#[derive(Clone, Debug)]
pub struct NodeRegistries {
    /// Its path on the node.
    pub path: Spanned<String>,
    /// The result of loading it.
    pub contents: Contents,
}

/// The result of loading a file.
#[derive(Clone, Debug)]
pub enum Contents {
    /// The runtime loads the file.
    Loaded(LoadedRegistries),
    /// The runtime refuses the file.
    Refused(Refusal),
    /// The manifest does not contain the text.
    Unknown,
}

/// The pools, and the files whose pools are unknown.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    /// The pools, in the order of their names; empty if no `MachineConfig` has such a file, so that all nodes have the same
    /// files.
    pub all: Vec<Pool>,
    /// Files for nodes that nothing here names, or whose role a template still has to fill in.
    pub unplaced: Vec<Arc<NodeRegistries>>,
}

impl Pool {
    /// Its files, as the runtime reads them.
    pub fn files(&self) -> impl Iterator<Item = &NodeRegistries> {
        self.registries_conf.iter().chain(&self.drop_ins).map(Arc::as_ref)
    }

    /// Whether its nodes have the same files as those of `other`.
    pub fn has_files_of(&self, other: &Self) -> bool {
        self.files().map(std::ptr::from_ref).eq(other.files().map(std::ptr::from_ref))
    }

    /// Why the runtime does not load its files.
    pub fn load_error(&self) -> Option<LoadError> {
        self.files().find_map(|file| match &file.contents {
            Contents::Refused(refusal) => Some(LoadError {
                file: if file.is_drop_in() {
                    LoadedFile::DropIn(file.path.value.clone())
                } else {
                    LoadedFile::RegistriesConf
                },
                why: refusal.why.clone(),
                spans: vec![refusal.spot.span],
            }),
            Contents::Loaded(_) | Contents::Unknown => None,
        })
    }

    /// The paths of files whose text is not in the manifest.
    pub fn unknown(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.files().filter(|file| matches!(file.contents, Contents::Unknown)).map(|file| &file.path)
    }

    /// Whether a `MachineConfig` writes the same file as the operator writes for the search list.
    pub(super) fn replaces_search_list(&self) -> bool {
        self.drop_ins.iter().any(|file| file.path.value == SEARCH_REGISTRIES)
    }
}

impl NodeRegistries {
    /// The name of the file.
    pub fn name(&self) -> &str {
        discover::file_name(&self.path.value)
    }

    /// Whether it is a drop-in.
    pub fn is_drop_in(&self) -> bool {
        self.path.value != REGISTRIES_CONF
    }

    /// The registries that the runtime reads from it.
    pub fn loaded(&self) -> Option<&LoadedRegistries> {
        match &self.contents {
            Contents::Loaded(loaded) => Some(loaded),
            Contents::Refused(_) | Contents::Unknown => None,
        }
    }

    fn of(file: &NodeFile) -> Self {
        let contents = match file.registries() {
            None => Contents::Unknown,
            Some(registries) => match LoadedRegistries::load(registries, file.drop_in().is_some()) {
                Ok(loaded) => Contents::Loaded(loaded),
                Err(refusal) => Contents::Refused(refusal),
            },
        };
        Self { path: file.path.clone(), contents }
    }
}

/// The nodes that a `MachineConfig` is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The nodes with a role.
    Role(String),
    /// The nodes of a `NodePool` of a hosted cluster.
    NodePool(String),
    /// The nodes are unknown.
    Unknown,
}

impl Target {
    /// Reads the nodes from the label, or from the carrier of the object.
    pub fn of(resource: &Resource, config: &MachineConfig) -> Self {
        let carriers = resource.carrier.iter().flat_map(|carrier| carrier.chain());
        if let Some(pool) = carriers.into_iter().find(|carrier| carrier.kind == CarrierKind::NodePool) {
            return Target::NodePool(pool.name.clone());
        }
        let role = config.role.as_ref().map(|role| role.value.as_str());
        match role.filter(|role| !role.is_empty() && !is_placeholder(role)) {
            Some(role) => Target::Role(role.to_owned()),
            None => Target::Unknown,
        }
    }

    /// Whether the nodes of a pool get it.
    pub fn reaches(&self, pool: &str, is_hosted: bool) -> bool {
        match self {
            Target::NodePool(name) => is_hosted && name == pool,
            Target::Role(role) => role == pool || role == "worker" && built_in(pool) == "worker",
            Target::Unknown => false,
        }
    }
}

/// A file in a `MachineConfig` with this name.
struct Brought<'c> {
    config: &'c str,
    target: Target,
    file: Arc<NodeRegistries>,
}

/// The built-in pool whose files the nodes of a pool get: a custom pool consists of workers.
fn built_in(name: &str) -> &str {
    if BUILT_IN.contains(&name) { name } else { "worker" }
}

/// The `MachineConfig` in which the operator writes the registries for the nodes of a pool.
pub fn generated_config(pool: &str) -> String {
    format!("99-{}-generated-registries", built_in(pool))
}

/// The `MachineConfig` in which the operator writes its templates for the nodes of a pool.
pub fn template_config(pool: &str) -> String {
    format!("01-{}-container-runtime", built_in(pool))
}

/// The pools whose nodes are not workers.
const BUILT_IN: [&str; 2] = ["master", "arbiter"];

/// The nodes of some pools, in words: `` `infra` and `worker` nodes``.
pub fn nodes_of(pools: &[&str]) -> String {
    match pools {
        [] => "its nodes".to_owned(),
        [one] => format!("`{one}` nodes"),
        [first @ .., last] => format!("`{}` and `{last}` nodes", first.join("`, `")),
    }
}

impl Pools {
    /// Whether it is known which nodes get which files, and what the files contain.
    pub fn are_known(&self) -> bool {
        self.unplaced.is_empty() && self.all.iter().all(|pool| pool.unknown().next().is_none())
    }

    /// The paths of files whose nodes or contents are unknown.
    pub fn unknown_files(&self) -> Vec<Span> {
        let unknown = |(file, pools): &(&NodeRegistries, Vec<&str>)| {
            pools.is_empty() || matches!(file.contents, Contents::Unknown)
        };
        self.files().iter().filter(|file| unknown(file)).map(|(file, _)| file.path.span).collect()
    }

    /// The pool with the files of these nodes. If no `MachineConfig` names the pool, its nodes get the files of workers.
    pub fn of_nodes(&self, name: &str) -> Option<&Pool> {
        let of = |name: &str| self.all.iter().find(|pool| pool.name == name);
        of(name).or_else(|| of(built_in(name)))
    }

    /// Every file with the names of its pools, in the order of the text.
    pub fn files(&self) -> Vec<(&NodeRegistries, Vec<&str>)> {
        let mut files: BTreeMap<Span, (&NodeRegistries, Vec<&str>)> = BTreeMap::new();
        for file in &self.unplaced {
            files.entry(file.path.span).or_insert_with(|| (file, Vec::new()));
        }
        for pool in &self.all {
            for file in pool.files() {
                let (_, pools) = files.entry(file.path.span).or_insert_with(|| (file, Vec::new()));
                pools.push(&pool.name);
            }
        }
        files.into_values().collect()
    }

    /// The pools of a cluster for which the operator writes these files. If it stops, the old files stay.
    pub(super) fn of(cluster: &Cluster, files: Option<&Files>) -> Self {
        let mut pools = Self::default();
        let mut brought = Vec::new();
        for resource in cluster.resources() {
            let Typed::MachineConfig(config) = &resource.typed else { continue };
            if config.is_generated() {
                continue;
            }
            let target = Target::of(resource, config);
            for file in config.files.iter().filter(|file| file.holds_registries()) {
                let file = Arc::new(NodeRegistries::of(file));
                if target == Target::Unknown || config.name.is_empty() || is_placeholder(&config.name) {
                    pools.unplaced.push(file);
                    continue;
                }
                brought.push(Brought { config: &config.name, target: target.clone(), file });
            }
        }
        if brought.is_empty() {
            return pools;
        }
        // In the order in which the operator merges them: the last one wins.
        brought.sort_by(|a, b| a.config.cmp(b.config));
        let is_hosted = brought.iter().any(|brought| matches!(brought.target, Target::NodePool(_)));
        let mut names = BTreeSet::from(["worker"]);
        if !is_hosted {
            names.insert("master");
        }
        names.extend(brought.iter().filter_map(|brought| match &brought.target {
            Target::Role(name) | Target::NodePool(name) => Some(name.as_str()),
            Target::Unknown => None,
        }));
        pools.all = names.into_iter().map(|name| pool(name, &brought, is_hosted, files)).collect();
        pools
    }
}

fn pool(name: &str, brought: &[Brought<'_>], is_hosted: bool, files: Option<&Files>) -> Pool {
    let generated = generated_config(name);
    let is_generated = |path: &str| match path {
        REGISTRIES_CONF => files.is_none_or(|files| files.registries_conf.from == FileOrigin::Generated),
        SEARCH_REGISTRIES => files.is_none_or(|files| files.search_registries.is_some()),
        _ => false,
    };
    let mut by_path: BTreeMap<&str, &Arc<NodeRegistries>> = BTreeMap::new();
    for brought in brought.iter().filter(|brought| brought.target.reaches(name, is_hosted)) {
        let path = brought.file.path.value.as_str();
        if !is_generated(path) || brought.config > generated.as_str() {
            by_path.insert(path, &brought.file);
        }
    }
    let registries_conf = by_path.remove(REGISTRIES_CONF).cloned();
    // All drop-ins are in one directory, so sorted paths are sorted names.
    Pool { name: name.to_owned(), registries_conf, drop_ins: by_path.into_values().cloned().collect() }
}
