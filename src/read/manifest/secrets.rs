//! Finds the texts that no report shows, not even beside a finding: values of Secrets, pull secrets of installers,
//! literals that become Secrets, and private keys.

use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{self, Document, Kind, Node};
use memchr::memmem;
use std::sync::Arc;

/// The signs of secrets: a part of the kind and of the keys below, and the start of a private key as text and in
/// base64.
const SIGNS: [&[u8]; 3] = [b"ecret", b"PRIVATE KEY", b"LS0tLS1CRUdJTi"];

/// The secret values of a document.
pub(crate) fn of(document: &Document) -> Vec<Span> {
    if !has_signs(&document.source()[document.span().range()]) {
        return Vec::new();
    }
    let mut secrets: Vec<Span> = Vec::new();
    for node in document.all() {
        match node.kind() {
            Kind::Mapping => secrets.extend(holders(node).flat_map(values)),
            Kind::Scalar if is_private_key(node.text()) => secrets.push(node.span()),
            Kind::Scalar | Kind::Sequence => {}
        }
    }
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}

/// A text that may have findings, with its secrets marked.
pub(crate) fn source(id: FileId, name: String, text: Arc<str>) -> Source {
    let mut source = Source::new(name, text);
    for secret in in_text(id, &source.text.clone()) {
        source.hide(secret);
    }
    source
}

/// The secret values of all documents of a text.
pub fn in_text(id: FileId, text: &Arc<str>) -> Vec<Span> {
    let mut secrets = Vec::new();
    if has_signs(text) {
        yaml::parse(id, text, |parsed| secrets.extend(parsed.iter().flat_map(of)));
    }
    secrets
}

/// Marks the secrets of a document in all texts that it comes from.
pub(crate) fn hide(document: &Document, sources: &mut Sources) {
    for secret in of(document) {
        sources.hide(secret);
    }
}

fn has_signs(text: &str) -> bool {
    SIGNS.iter().any(|sign| memmem::find(text.as_bytes(), sign).is_some())
}

/// The nodes of a map in which every value is secret.
fn holders(map: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let is_secret = map.get_str("kind") == Some("Secret");
    let of_secret = ["data", "stringData"].map(|key| map.get(key).filter(|_| is_secret));
    let generators = map.get("secretGenerator").into_iter().flat_map(Node::items);
    let literals = generators.filter_map(|generator| generator.get("literals"));
    of_secret.into_iter().chain([map.get("pullSecret")]).flatten().chain(literals)
}

fn values(holder: Node<'_>) -> Vec<Span> {
    let inside = match holder.kind() {
        Kind::Scalar => vec![holder],
        Kind::Sequence => holder.items().collect(),
        Kind::Mapping => holder.entries().into_iter().map(|entry| entry.value).collect(),
    };
    let shown = inside.into_iter().filter(|value| !value.is_absent() && !value.text().is_empty());
    shown.flat_map(|value| [value.span(), value.resolved().span()]).collect()
}

/// Whether a text is a private key, as it is or in base64.
pub(crate) fn is_private_key(text: &str) -> bool {
    const ENCODED: [&str; 2] = ["LS0tLS1CRUdJTi", "UFJJVkFURSBLRVkt"];
    text.contains("PRIVATE KEY-----") || (text.starts_with(ENCODED[0]) && text.contains(ENCODED[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_secret_and_keys_are_not() {
        let text: Arc<str> = "kind: Secret\ndata: {a: eA==, b: &x eQ==}\nstringData:\n  c: |\n    z\n---\npullSecret: '{}'\n---\n\
                    secretGenerator:\n- name: a\n  literals: [p=q]\n---\nkind: List\nitems:\n- kind: Secret\n  data: {k: v}\n---\n\
                    key: |\n  -----BEGIN PRIVATE KEY-----\n"
            .into();
        let source = source(FileId(0), "a.yaml".into(), text);
        let hidden: Vec<&str> =
            source.secrets().iter().map(|span| source.text[span.range()].trim()).collect();
        assert_eq!(hidden.len(), 7, "{hidden:?}");
        for secret in ["eA==", "eQ==", "z", "'{}'", "p=q", "v", "PRIVATE KEY"] {
            assert!(hidden.iter().any(|text| text.contains(secret)), "{secret}: {hidden:?}");
        }
    }
}
