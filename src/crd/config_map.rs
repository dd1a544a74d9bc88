//! `ConfigMaps`, as far as `additionalTrustedCA` needs them: the keys name registries, the values are certificates.

use crate::source::Spanned;
use crate::yaml::{Kind, Node};

/// The keys of `data` and `binaryData` with the places of their values.
#[derive(Clone, Debug, Default)]
pub struct ConfigMap {
    /// Each key of `data`, and its value as text.
    pub data: Vec<(Spanned<String>, Spanned<String>)>,
}

impl ConfigMap {
    pub(super) fn read(root: Node<'_>) -> Self {
        let data = root.get("data").filter(|data| data.kind() == Kind::Mapping);
        let entries = data.map(Node::entries).unwrap_or_default();
        Self {
            data: entries
                .into_iter()
                .filter_map(|entry| {
                    let value = entry.value.as_str()?;
                    Some((
                        Spanned::new(entry.key.key_text().into_owned(), entry.key.span()),
                        Spanned::new(value.to_owned(), entry.value.span()),
                    ))
                })
                .collect(),
        }
    }
}
