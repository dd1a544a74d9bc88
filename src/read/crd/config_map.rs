//! `ConfigMaps` of `additionalTrustedCA`: the keys name registries, and the values are certificates.
//!
//! The Machine Config Operator decodes a value of `data` as base64, and uses it as it is if that fails. It uses values of
//! `binaryData` as they are (openshift/machine-config-operator `pkg/operator/sync.go`).

use super::certificate::{Bundle, STANDARD};
use super::is_placeholder;
use crate::source::Spanned;
use crate::yaml::{Kind, Node};
use base64::Engine;

/// With this label, the Cluster Network Operator writes the certificates of the proxy into a ConfigMap.
const INJECTED: &str = "config.openshift.io/inject-trusted-cabundle";

/// The name of the `ConfigMap` that keeps changes of `registries.conf` from draining nodes (MCO `pkg/daemon/constants`).
pub const OVERRIDE_DRAIN: &str = "image-registry-override-drain";

/// The keys of `data` and `binaryData`, each with the place of its value.
#[derive(Clone, Debug, Default)]
pub struct ConfigMap {
    /// The text entries, then the binary ones.
    pub entries: Vec<CaEntry>,
    /// Whether something else writes into it, or a template still has to fill in some keys.
    pub is_open: bool,
}

/// One key and its value.
#[derive(Clone, Debug)]
pub struct CaEntry {
    /// The key.
    pub key: Spanned<String>,
    /// The value as written.
    pub value: Spanned<String>,
    /// Whether it stands in `binaryData`.
    pub is_binary: bool,
}

impl ConfigMap {
    pub(super) fn read(root: Node<'_>) -> Self {
        let mut entries = Vec::new();
        let labels = root.at(&["metadata", "labels"]);
        let mut is_open = labels.and_then(|labels| labels.get_str(INJECTED)) == Some("true");
        for (list, is_binary) in [("data", false), ("binaryData", true)] {
            let data = root.get(list).filter(|data| data.kind() == Kind::Mapping);
            for entry in data.map(Node::entries).unwrap_or_default() {
                is_open |= is_placeholder(&entry.key.key_text());
                let Some(value) = entry.value.as_str() else { continue };
                entries.push(CaEntry {
                    key: Spanned::new(entry.key.key_text().into_owned(), entry.key.span()),
                    value: Spanned::new(value.to_owned(), entry.value.span()),
                    is_binary,
                });
            }
        }
        Self { entries, is_open }
    }

    /// Whether any value contains a certificate.
    pub fn has_certificates(&self) -> bool {
        self.entries.iter().any(|entry| !entry.bundle().certificates.is_empty())
    }
}

impl CaEntry {
    /// The certificates in the value, as the nodes get it.
    pub fn bundle(&self) -> Bundle {
        let folded = self.value.value.replace(['\n', '\r'], "");
        match (STANDARD.decode(folded), self.is_binary) {
            (Ok(decoded), _) => Bundle::read(&decoded),
            (Err(_), false) => Bundle::read(self.value.value.as_bytes()),
            // The API server accepts only base64 here, so somebody still has to fill in a text.
            (Err(_), true) => Bundle::default(),
        }
    }
}
