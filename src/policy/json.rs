//! Objects as JSON, as `oc` would send them; what is secret is not in it.

use crate::read::manifest::secrets;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{Kind, Node, Scalar};
use serde_json::{Map, Number, Value};
use std::collections::HashSet;

/// What stands in the place of a secret.
pub const SECRET: &str = "<secret>";

/// No document that is read is deeper; what a composer makes of several might be.
const DEEPEST: usize = 512;

/// Writes objects as JSON, without what is secret in the texts.
#[derive(Debug, Default)]
pub(super) struct Writer {
    secrets: HashSet<Span>,
    /// Whether nothing is secret.
    shows_all: bool,
}

impl Writer {
    /// Knows what is secret in `sources`.
    pub(super) fn new(sources: &Sources) -> Self {
        let all = (0..sources.len()).filter_map(|number| sources.get(FileId(number as u32)));
        let secrets = all.flat_map(|source| source.secrets().iter().copied()).collect();
        Self { secrets, shows_all: false }
    }

    /// Keeps nothing back: for what a policy brings along itself.
    pub(super) fn of_all() -> Self {
        Self { shows_all: true, ..Self::default() }
    }

    /// A value as JSON.
    pub(super) fn value(&self, node: Node<'_>) -> Value {
        self.at(node, false, 0)
    }

    fn at(&self, node: Node<'_>, is_secret: bool, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        match node.kind() {
            Kind::Scalar if !self.shows_all && !node.is_null() && (is_secret || self.is_secret(node)) => {
                SECRET.into()
            }
            Kind::Scalar => scalar(node),
            Kind::Sequence => node.items().map(|item| self.at(item, is_secret, depth + 1)).collect(),
            Kind::Mapping => {
                let of_secret = node.get_str("kind") == Some("Secret");
                let mut map = Map::new();
                for entry in node.entries() {
                    let key = entry.key.key_text();
                    let holds_secrets = match key.as_ref() {
                        "data" | "stringData" => of_secret,
                        "pullSecret" => true,
                        _ => false,
                    };
                    let value = self.at(entry.value, is_secret || holds_secrets, depth + 1);
                    map.insert(key.into_owned(), value);
                }
                Value::Object(map)
            }
        }
    }

    fn is_secret(&self, node: Node<'_>) -> bool {
        self.secrets.contains(&node.span()) || secrets::is_private_key(node.text())
    }
}

fn scalar(node: Node<'_>) -> Value {
    match node.scalar() {
        Some(Scalar::Bool(value)) => value.into(),
        Some(Scalar::Int(value)) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => node.text().into(),
        },
        Some(Scalar::Float(value)) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Some(Scalar::Str(text)) => text.into(),
        Some(Scalar::Null) | None => Value::Null,
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
