//! The files of nodes as policies see them: as data.

use super::super::json::Writer;
use super::raw;
use crate::node::{Files, POLICY_JSON, REGISTRIES_CONF};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Files of nodes as data. Many clusters have the same ones, and each text is read once.
#[derive(Debug, Default)]
pub struct NodeFiles(Mutex<HashMap<Written, Arc<RawValue>>>);

/// What a file says, and in which form.
type Written = (Ending, Arc<str>);

/// What a file's ending says it is.
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
        // Where nothing configures them, these two lie on a node as they were shipped.
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

    /// What a text says in this form.
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
