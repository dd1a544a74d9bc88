//! The parts of a `MachineConfig` whose change a node acts on: files, units, keys, and settings that need a reboot.
//!
//! Values are kept as digests, since two states are only compared. To show a value, a report reads the manifest.
//!
//! Sources: MCO `pkg/controller/common/helpers.go` (`MergeMachineConfigs`), `pkg/daemon/update.go` (`newMachineConfigDiff`).

use crate::source::Spanned;
use crate::yaml::{Kind, Node};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many nodes of a value go into its digest: with aliases, a small text contains millions.
const MAX_NODES: usize = 1 << 20;
/// How deep a digest goes.
const MAX_DEPTH: usize = 200;

/// The parts of a `MachineConfig` whose change a node acts on.
#[derive(Clone, Debug, Default)]
pub struct NodeConfig {
    /// Its labels, which pools select it by.
    pub labels: BTreeMap<String, String>,
    /// Its files, by path.
    pub files: Vec<ConfigPart>,
    /// Its units, by name.
    pub units: Vec<ConfigPart>,
    /// Its users, with their keys and all other settings.
    pub users: Vec<ConfigPart>,
    /// Settings that need a reboot, by their keys in `spec`.
    pub system: Vec<ConfigPart>,
}

/// A named part, with a digest of its contents.
#[derive(Clone, Debug)]
pub struct ConfigPart {
    /// The path or the name, with its place.
    pub name: Spanned<String>,
    /// A digest of its contents.
    pub digest: u64,
}

impl NodeConfig {
    /// Reads a `MachineConfig`, or the Butane from which one is made.
    pub fn read(root: Node<'_>) -> Self {
        let is_butane = root.entry("variant").is_some();
        let spec = root.get("spec");
        let config = if is_butane { Some(root) } else { spec.and_then(|spec| spec.get("config")) };
        let list = |outer: &str, list: &str, name: &str| -> Vec<ConfigPart> {
            let items = config.and_then(|config| config.at(&[outer, list])).into_iter().flat_map(Node::items);
            items.filter_map(|item| part(item, item.get(name)?)).collect()
        };
        let system = if is_butane { root.get("openshift") } else { spec };
        Self {
            labels: labels(root),
            files: list("storage", "files", "path"),
            units: list("systemd", "units", "name"),
            users: list("passwd", "users", "name"),
            system: SYSTEM
                .into_iter()
                .filter_map(|(key, butane)| {
                    let entry = system?.entry(if is_butane { butane } else { key })?;
                    let is_set = !entry.value.is_absent() && entry.value.text() != "false";
                    is_set.then(|| ConfigPart {
                        name: Spanned::new(key.to_owned(), entry.key.span()),
                        digest: digest(entry.value),
                    })
                })
                .collect(),
        }
    }
}

/// The keys of `spec` whose change needs a reboot, each with its name in Butane.
const SYSTEM: [(&str, &str); 5] = [
    ("osImageURL", "os_image_url"),
    ("kernelArguments", "kernel_arguments"),
    ("kernelType", "kernel_type"),
    ("fips", "fips"),
    ("extensions", "extensions"),
];

fn part(item: Node<'_>, name: Node<'_>) -> Option<ConfigPart> {
    let text = name.as_str().filter(|text| text.len() <= 4096)?;
    Some(ConfigPart { name: Spanned::new(text.to_owned(), name.span()), digest: digest(item) })
}

fn labels(root: Node<'_>) -> BTreeMap<String, String> {
    let labels = root.at(&["metadata", "labels"]);
    let entries = labels.map(Node::entries).unwrap_or_default();
    entries.iter().map(|entry| (entry.key.key_text().into_owned(), entry.value.text().to_owned())).collect()
}

/// A digest of a value, which does not depend on the order of keys.
pub fn digest(node: Node<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(node, &mut hasher, &mut MAX_NODES.clone(), 0);
    hasher.finish()
}

fn feed(node: Node<'_>, hasher: &mut DefaultHasher, left: &mut usize, depth: usize) {
    if *left == 0 || depth > MAX_DEPTH {
        return;
    }
    *left -= 1;
    match node.kind() {
        Kind::Scalar => (0u8, node.text()).hash(hasher),
        Kind::Sequence => {
            1u8.hash(hasher);
            for item in node.items() {
                feed(item, hasher, left, depth + 1);
            }
        }
        Kind::Mapping => {
            2u8.hash(hasher);
            let mut entries = node.entries();
            entries.sort_by(|a, b| a.key.key_text().cmp(&b.key.key_text()));
            for entry in entries.iter().filter(|entry| !entry.value.is_absent()) {
                entry.key.key_text().hash(hasher);
                feed(entry.value, hasher, left, depth + 1);
            }
        }
    }
    // The end of a list or a map.
    3u8.hash(hasher);
}
