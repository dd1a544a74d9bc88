//! The files of nodes, as data for policies.

use super::super::json::Writer;
use super::raw;
use crate::node::{Files, POLICY_JSON, REGISTRIES_CONF};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Parsed files of nodes. Many clusters have the same files, and each text is parsed once.
#[derive(Debug, Default)]
pub struct NodeFiles(Mutex<HashMap<Written, Arc<RawValue>>>);

/// The format and the text of a file.
type Written = (Ending, Arc<str>);

/// The format of a file, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ending {
    Toml,
    Json,
    Yaml,
    Other,
}

impl NodeFiles {
    /// The files of a node.
    pub(super) fn of(&self, files: &Files) -> BTreeMap<String, Arc<RawValue>> {
        let mut written = files.written_for_all();
        // If nothing configures these two files, nodes have them as they are shipped.
        written.entry(REGISTRIES_CONF.into()).or_insert_with(|| files.registries_conf.to_toml());
        written.entry(POLICY_JSON.into()).or_insert_with(|| files.policy_json.to_json());
        written.extend(files.of_namespaces());
        written.into_iter().map(|(path, text)| (path.clone(), self.read(&path, text.into()))).collect()
    }

    fn read(&self, path: &str, text: Arc<str>) -> Arc<RawValue> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (Ending::of(path), text);
        if let Some(value) = known().get(&key) {
            return value.clone();
        }
        let value = key.0.read(&key.1).unwrap_or_else(|| raw(&key.1));
        known().insert(key, value.clone());
        value
    }
}

impl Ending {
    fn of(path: &str) -> Self {
        match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "conf" => Self::Toml,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            _ => Self::Other,
        }
    }

    /// Parses a text in this format.
    fn read(self, text: &Arc<str>) -> Option<Arc<RawValue>> {
        let value: Value = match self {
            Self::Toml => toml::from_str(text).ok()?,
            Self::Json => serde_json::from_str(text).ok()?,
            Self::Yaml => {
                let mut value = None;
                crate::yaml::parse(crate::source::FileId(0), text, |parsed| {
                    value = parsed.ok().map(|document| Writer::of_all().value(document.root()));
                });
                value?
            }
            Self::Other => return None,
        };
        Some(raw(&value))
    }
}
