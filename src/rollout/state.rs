//! The files of the nodes of a pool in one state: those of the operator merged with those of `MachineConfig`s.

use super::pools::PoolName;
use super::safety::Conf;
use crate::model::Cluster;
use crate::node::pools::{Contents, Target, generated_config, template_config};
use crate::node::{self, Files, POLICY_JSON, REGISTRIES_CONF};
use crate::read::crd::{ConfigPart, NodeConfig, Typed, is_placeholder};
use crate::source::Span;
use std::collections::BTreeMap;

/// A `MachineConfig` of a cluster with its parts.
#[derive(Debug)]
pub(super) struct Brought<'c> {
    pub(super) name: &'c str,
    pub(super) target: Target,
    pub(super) config: NodeConfig,
}

/// The `MachineConfig`s of a cluster that people wrote, in the order in which they are merged.
pub(super) fn brought(cluster: &Cluster) -> Vec<Brought<'_>> {
    let all = cluster.resources().filter_map(|resource| {
        let Typed::MachineConfig(config) = &resource.typed else { return None };
        let is_known = !config.is_generated() && !config.name.is_empty() && !is_placeholder(&config.name);
        is_known.then(|| Brought {
            name: &config.name,
            target: Target::of(resource, config),
            config: NodeConfig::read(resource.manifest.root()),
        })
    });
    let mut all: Vec<Brought<'_>> = all.collect();
    all.sort_by(|a, b| a.name.cmp(b.name));
    all
}

/// A file of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// The operator makes it, with this text.
    Operator(String),
    /// A `MachineConfig` writes it.
    Own(u64),
}

/// The parts of a pool's nodes.
#[derive(Debug)]
pub(super) struct PoolState<'n> {
    /// The files by path, each with its places.
    pub(super) files: BTreeMap<String, (FileState, Vec<Span>)>,
    /// The units, the users, and the settings that need a reboot.
    pub(super) units: BTreeMap<String, Parts>,
    pub(super) users: BTreeMap<String, Parts>,
    pub(super) system: BTreeMap<String, Parts>,
    /// The registries.
    pub(super) conf: Conf<'n>,
}

/// The settings of several `MachineConfig`s for one part.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    digests: Vec<u64>,
    /// Their places.
    pub(super) spans: Vec<Span>,
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.digests == other.digests
    }
}

impl<'n> PoolState<'n> {
    /// The state of a pool; `files` are those of the operator.
    pub(super) fn of(
        pool: &PoolName<'_>,
        brought: &[Brought<'_>],
        nodes: &'n node::Nodes,
        files: &'n Files,
    ) -> Self {
        let (generated, template) = (generated_config(pool.name), template_config(pool.name));
        let mut state = Self {
            files: BTreeMap::new(),
            units: BTreeMap::new(),
            users: BTreeMap::new(),
            system: BTreeMap::new(),
            conf: operators(files),
        };
        let written = files.written();
        for (path, text) in &written {
            state.files.insert(path.clone(), (FileState::Operator(text.clone()), files.spans_of(path)));
        }
        for brought in brought.iter().filter(|brought| pool.takes(&brought.target, &brought.config.labels)) {
            for ConfigPart { name, digest } in &brought.config.files {
                let path = name.value.as_str();
                let after = if written.contains_key(path) {
                    generated.as_str()
                } else if [REGISTRIES_CONF, POLICY_JSON].contains(&path) {
                    template.as_str()
                } else {
                    ""
                };
                if brought.name > after {
                    state.files.insert(path.to_owned(), (FileState::Own(*digest), vec![name.span]));
                }
            }
            for (parts, all) in [
                (&brought.config.units, &mut state.units),
                (&brought.config.users, &mut state.users),
                (&brought.config.system, &mut state.system),
            ] {
                for ConfigPart { name, digest } in parts {
                    let known = all.entry(name.value.clone()).or_default();
                    known.digests.push(*digest);
                    known.spans.push(name.span);
                }
            }
        }
        if let Some((FileState::Own(_), spans)) = state.files.get(REGISTRIES_CONF) {
            state.conf = own(spans, nodes);
        }
        state
    }
}

/// The registries that the operator writes.
fn operators(files: &Files) -> Conf<'_> {
    Conf {
        entries: Some(files.registries_conf.entries.iter().collect()),
        search: node::TEMPLATE_SEARCH.to_vec(),
        spans: Vec::new(),
    }
}

/// The registries in the file of a `MachineConfig`; `spans` are the places of its path.
fn own<'n>(spans: &[Span], nodes: &'n node::Nodes) -> Conf<'n> {
    let mut files = nodes.pools.files().into_iter().map(|(file, _)| file);
    let contents = files.find(|file| spans.contains(&file.path.span)).map(|file| &file.contents);
    let spans = spans.to_vec();
    match contents {
        Some(Contents::Loaded(loaded)) => Conf {
            entries: Some(loaded.entries.iter().map(|(entry, _)| entry).collect()),
            search: loaded.search.iter().flatten().map(|registry| registry.value.as_str()).collect(),
            spans,
        },
        Some(Contents::Refused(_) | Contents::Unknown) | None => {
            Conf { entries: None, search: Vec::new(), spans }
        }
    }
}
