//! Writes objects as JSON, in the form of `oc get -o json`, without secrets.

use crate::read::manifest::secrets;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{Kind, Node, Scalar};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;

/// The replacement for secret values.
pub const SECRET: &str = "<secret>";

/// The maximum depth. Documents from files are never deeper, but a document that is composed of several might be.
const DEEPEST: usize = 512;

/// Writes objects as JSON and hides secret texts.
#[derive(Debug, Default)]
pub(super) struct Writer {
    secrets: HashSet<Span>,
    /// Whether nothing is hidden.
    shows_all: bool,
}

impl Writer {
    /// Hides everything that is secret in `sources`.
    pub(super) fn new(sources: &Sources) -> Self {
        let all = (0..sources.len()).filter_map(|number| sources.get(FileId(number as u32)));
        let secrets = all.flat_map(|source| source.secrets().iter().copied()).collect();
        Self { secrets, shows_all: false }
    }

    /// Hides nothing: this is for the data that a policy brings along.
    pub(super) fn of_all() -> Self {
        Self { shows_all: true, ..Self::default() }
    }

    /// A value as JSON.
    pub(super) fn text<'a>(&'a self, node: Node<'a>) -> Text<'a> {
        Text { writer: self, node, is_secret: false, depth: 0 }
    }

    /// A value as JSON in memory.
    pub(super) fn value(&self, node: Node<'_>) -> Value {
        serde_json::to_value(self.text(node)).unwrap_or_default()
    }

    fn is_secret(&self, node: Node<'_>) -> bool {
        self.secrets.contains(&node.span()) || secrets::is_private_key(node.text())
    }
}

/// A value that is written as JSON.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    writer: &'a Writer,
    node: Node<'a>,
    is_secret: bool,
    depth: usize,
}

impl<'a> Text<'a> {
    fn inner(self, node: Node<'a>, is_secret: bool) -> Self {
        Self { node, is_secret, depth: self.depth + 1, ..self }
    }

    /// The entries of a map.
    pub(super) fn entries(self) -> impl Iterator<Item = (Cow<'a, str>, Self)> {
        let of_secret = self.node.get_str("kind") == Some("Secret");
        self.node.entries().into_iter().map(move |entry| {
            let key = entry.key.key_text();
            let holds_secrets = match key.as_ref() {
                "data" | "stringData" => of_secret,
                "pullSecret" => true,
                _ => false,
            };
            (key, self.inner(entry.value, self.is_secret || holds_secrets))
        })
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { writer, node, is_secret, depth } = *self;
        if depth > DEEPEST {
            return serializer.serialize_unit();
        }
        match node.kind() {
            Kind::Scalar if !writer.shows_all && !node.is_null() && (is_secret || writer.is_secret(node)) => {
                serializer.serialize_str(SECRET)
            }
            Kind::Scalar => scalar(node, serializer),
            Kind::Sequence => serializer.collect_seq(node.items().map(|item| self.inner(item, is_secret))),
            Kind::Mapping => serializer.collect_map(self.entries()),
        }
    }
}

fn scalar<S: Serializer>(node: Node<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match node.scalar() {
        Some(Scalar::Bool(value)) => serializer.serialize_bool(value),
        Some(Scalar::Int(value)) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => serializer.serialize_i64(value),
            (_, Ok(value)) => serializer.serialize_u64(value),
            _ => serializer.serialize_str(node.text()),
        },
        Some(Scalar::Float(value)) if value.is_finite() => serializer.serialize_f64(value),
        Some(Scalar::Str(text)) => serializer.serialize_str(text),
        Some(Scalar::Float(_) | Scalar::Null) | None => serializer.serialize_unit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml;
    use std::sync::Arc;

    fn json(text: &str) -> Value {
        let mut value = Value::Null;
        let text: Arc<str> = text.into();
        yaml::parse(FileId(0), &text, |parsed| {
            value = Writer::default().value(parsed.expect("YAML").root());
        });
        value
    }

    #[test]
    fn values_are_what_oc_sends() {
        assert_eq!(
            json("a: &x {b: on, c: 0x10, d: 1.5, e: ~, f: '1'}\ng: *x\nh: [y, '${z}']\n"),
            serde_json::json!({
                "a": {"b": true, "c": 16, "d": 1.5, "e": null, "f": "1"},
                "g": {"b": true, "c": 16, "d": 1.5, "e": null, "f": "1"},
                "h": [true, "${z}"],
            })
        );
    }

    #[test]
    fn secrets_are_not_in_it() {
        let value = json(
            "kind: List\nitems:\n- kind: Secret\n  metadata: {name: a}\n  data: {k: dg==}\n  stringData: {l: {m: n}}\n- \
             pullSecret: '{\"auths\": {}}'\n- key: |\n    -----BEGIN PRIVATE KEY-----\n    abc\n",
        );
        assert_eq!(
            value,
            serde_json::json!({"kind": "List", "items": [
                {"kind": "Secret", "metadata": {"name": "a"}, "data": {"k": SECRET}, "stringData": {"l": {"m": SECRET}}},
                {"pullSecret": SECRET},
                {"key": SECRET},
            ]})
        );
    }
}
