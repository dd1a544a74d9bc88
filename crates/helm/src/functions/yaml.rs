//! Reads YAML.

use crate::Result;
use crate::exec::Call;
use crate::value::{Map, Text, Value};
use spanned_yaml::{FileId, Kind, Node, Scalar, Span, parse};

/// The first document of a text, which should be a map or a list; or the reason why it cannot be read.
pub(super) fn read(
    call: &mut Call<'_, '_>,
    text: &Value,
    kind: Kind,
) -> Result<std::result::Result<Value, String>> {
    let said = super::cast::text(text);
    call.bytes(said.len().saturating_mul(4))?;
    let mut first = None;
    parse(FileId(0), &said.as_ref().into(), |document| {
        first.get_or_insert(document);
    });
    let document = match first {
        None => return Ok(Ok(empty(kind))),
        Some(Err(error)) => {
            return Ok(Err(format!("error converting YAML to JSON: yaml: {}", error.message)));
        }
        Some(Ok(document)) => document,
    };
    let root = document.root();
    if root.is_null() {
        return Ok(Ok(empty(kind)));
    }
    if root.kind() != kind {
        let (is, wanted) = match (root.kind(), kind) {
            (Kind::Sequence, _) => ("array", "map[string]interface {}"),
            (Kind::Mapping, _) => ("object", "[]interface {}"),
            (Kind::Scalar, Kind::Mapping) => (word(root), "map[string]interface {}"),
            (Kind::Scalar, _) => (word(root), "[]interface {}"),
        };
        return Ok(Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {is} into Go value of type {wanted}"
        )));
    }
    let marks = text.as_text().cloned().unwrap_or_else(|| Text::new(""));
    let value = Value::placed(root, &|span: Span| marks.origin(span.range()));
    Ok(value.ok_or_else(|| {
        "error converting YAML to JSON: yaml: document contains excessive aliasing".to_owned()
    }))
}

/// The name of a scalar's type in JSON.
fn word(node: Node<'_>) -> &'static str {
    match node.scalar() {
        Some(Scalar::Bool(_)) => "bool",
        Some(Scalar::Int(_) | Scalar::Float(_)) => "number",
        _ => "string",
    }
}

fn empty(kind: Kind) -> Value {
    if kind == Kind::Mapping { Map::new().into() } else { Vec::new().into() }
}
