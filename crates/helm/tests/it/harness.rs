//! What several tests need: charts in memory, and values that can be compared.

#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

use helm::MemoryTree;
use serde_json::{Map, Value, json};
use spanned_yaml::{FileId, Kind, Node, Scalar, parse_all};
use std::path::Path;

/// The files below a directory, named as in it.
pub(crate) fn tree(root: &Path) -> MemoryTree {
    let mut tree = MemoryTree::default();
    let mut waiting = vec![root.to_owned()];
    let mut count = 0;
    while let Some(directory) = waiting.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&directory)
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
            tree.insert(name, FileId(count), std::fs::read(&path).expect("a file"));
            count += 1;
        }
    }
    tree
}

/// The documents of a text that say something.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let parsed = parse_all(FileId(0), &text.into()).into_iter();
    let values =
        parsed.map(|document| document.map(|document| value(document.root())).map_err(|error| error.message));
    values.filter(|value| *value != Ok(Value::Null)).collect()
}

/// What a node says; numbers are equal whatever their form.
pub(crate) fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Sequence => node.items().map(value).collect(),
        Kind::Mapping => {
            let entries = node.entries().into_iter();
            Value::Object(
                entries
                    .map(|entry| (entry.key.key_text().into_owned(), value(entry.value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Kind::Scalar => match node.scalar() {
            None | Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(value)) => json!(value),
            #[expect(clippy::cast_precision_loss, reason = "both sides lose the same")]
            Some(Scalar::Int(number)) => json!(number as f64),
            Some(Scalar::Float(number)) => json!(number),
            Some(Scalar::Str(text)) => json!(text),
        },
    }
}
