//! Objects that stand in a file as a build gives them: their documents are kept as they were read, and a tree that can
//! be changed is made only for an object that a step changes.

use crate::reader::{self, MAX_DEPTH, MAX_VALUES, timestamp};
use crate::resource::{Gvk, Id};
use crate::text::Text;
use crate::value::{self, Dialect, Value};
use spanned_yaml::{Document, Kind, Node, Scalar, Span};
use std::sync::Arc;

/// An object whose document says with the same values what a build makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) document: Arc<Document>,
    /// The number of its values.
    pub(crate) values: usize,
}

impl Written {
    /// The object of a document; `None` if kustomize reads some of it in another way, or refuses it, or if it is not one
    /// object.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        let root = document.root();
        let (kind, name) = (text_at(root, &["kind"]), text_at(root, &["metadata", "name"]));
        if root.kind() != Kind::Mapping || kind.is_empty() || kind.ends_with("List") || name.is_empty() {
            return None;
        }
        let mut reader = Reader { values: 0, words: Vec::new() };
        reader.value(root, 0).then(|| {
            let document = Arc::new(document.copy().into_composed(&reader.words));
            Self { document, values: reader.values }
        })
    }

    pub(crate) fn root(&self) -> Node<'_> {
        self.document.root()
    }

    pub(crate) fn span(&self) -> Span {
        self.root().span()
    }

    /// The tree of its values.
    pub(crate) fn read(&self) -> Value {
        let text = Text::file(self.document.file(), self.document.source().clone());
        // A document that cannot be read this way is none of these.
        Value::read(self.root(), &text, Dialect::Resource).unwrap_or_else(|_| Value::map(self.span()))
    }

    /// Its identity.
    pub(crate) fn id(&self) -> Id {
        let text = |path: &[&str]| text_at(self.root(), path);
        Id {
            gvk: Gvk::new(text(&["apiVersion"]), text(&["kind"]).into()),
            name: text(&["metadata", "name"]).into(),
            namespace: text(&["metadata", "namespace"]).into(),
        }
    }
}

/// The text of the scalar at a path; empty if there is none, or null.
fn text_at<'d>(root: Node<'d>, path: &[&str]) -> &'d str {
    root.at(path).filter(|value| !value.is_null()).map_or("", Node::text)
}

/// Looks whether kustomize reads the values of a document as they stand.
struct Reader {
    values: usize,
    /// The numbers of the plain scalars that are strings.
    words: Vec<u32>,
}

impl Reader {
    fn value(&mut self, node: Node<'_>, depth: usize) -> bool {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES || node.is_alias() || node.tag().is_some() {
            return false;
        }
        match node.kind() {
            Kind::Scalar => self.scalar(node).is_some(),
            Kind::Sequence => node.raw_children().all(|item| self.value(item, depth + 1)),
            Kind::Mapping => self.map(node, depth),
        }
    }

    fn map(&mut self, map: Node<'_>, depth: usize) -> bool {
        let mut pairs = map.raw_pairs();
        pairs.all(|(key, value)| {
            let is_key =
                key.kind() == Kind::Scalar && !key.is_alias() && key.tag().is_none() && key.text() != "<<";
            is_key && self.scalar(key) == Some(true) && self.value(value, depth + 1)
        }) && reader::twice(map).is_none()
    }

    /// Whether a scalar is a string; `None` if kustomize writes it in another way.
    fn scalar(&mut self, node: Node<'_>) -> Option<bool> {
        if !node.is_plain() {
            return Some(true);
        }
        let is_string = matches!(value::plain_meaning(node.text()), Scalar::Str(_));
        if is_string {
            if timestamp(node.text()) != *node.text() {
                return None;
            }
            self.words.push(node.index());
        }
        Some(is_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Resource;
    use spanned_yaml::{FileId, parse};

    /// What a document says, node by node, with everything that a reader can ask of a node of a build.
    fn told(document: &Document) -> Vec<String> {
        let each = document.root().descendants().map(|node| {
            let tells =
                (node.kind(), node.text(), node.span(), node.scalar(), node.is_plain(), node.is_flow());
            let more =
                (node.tag(), node.replaced(), node.is_alias(), node.is_block_scalar(), node.is_absent());
            format!("{tells:?} {more:?} {}", node.index())
        });
        let whole = (document.file(), document.span(), document.is_changed(), document.is_composed());
        each.chain([format!("{whole:?} {} {}", document.aliased(), document.source())]).collect()
    }

    /// Compares the documents of a text that are kept as they stand with what is made of their trees; returns how many
    /// these are.
    fn compared(text: &str) -> usize {
        let source: Arc<str> = text.into();
        let whole = Text::file(FileId(7), source.clone());
        let mut count = 0;
        parse(FileId(7), &source, |parsed| {
            let Ok(document) = parsed else { return };
            let Some(written) = Written::of(&document) else { return };
            count += 1;
            let value = Value::read(document.root(), &whole, Dialect::Resource).expect("a value");
            assert_eq!(format!("{:?}", written.read()), format!("{value:?}"), "{text}");
            assert_eq!((written.values, written.span()), (value.extent().0, value.span), "{text}");
            assert_eq!(written.id(), Id::of(&value), "{text}");
            let composed = Resource::new(value, source.clone()).document();
            assert_eq!(told(&written.document), told(&composed), "{text}");
        });
        count
    }

    #[test]
    fn a_document_that_is_kept_is_the_one_that_its_tree_gives() {
        let object =
            |rest: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\n{rest}");
        for kept in [
            "spec: {a: yes, b: 'no', c: \"x\\ty\", d: 012, e: 1.50, f: ~, g: null, h: on, i: True, j: 1_000, k: 0x1f}\n",
            "spec:\n  list:\n  - a\n  - |\n    b\n    c\n  - >-\n    d\n    e\n  - \"f\n    g\"\n  empty:\n  none: []\n  on: off\n",
            "metadata2: {annotations: {a: b}}\n",
            "spec: {plain: a b c, 'quoted key': 1, \"other\\u0041\": 2}\n# a comment\n",
        ] {
            assert_eq!(compared(&object(kept)), 1, "{kept}");
        }
        for other in [
            "spec: &a {b: c}\nother: *a\n",
            "spec: !!str 12\n",
            "spec: {day: 2024-1-2}\n",
            "spec: {2024-01-02: a}\n",
            "spec: {1: a}\n",
            "spec: {a: 1, a: 2}\n",
            "spec:\n  <<: {a: b}\n",
            "kind: List\n",
        ] {
            assert_eq!(compared(&object(other)), 0, "{other}");
        }
        assert_eq!(
            compared("kind: ConfigMap\nmetadata: {name: }\n---\nkind: ~\n---\n[a]\n---\nkind: AList\n"),
            0
        );
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads its own files")]
    fn the_objects_of_all_fixtures_are_kept_or_read() {
        let mut waiting = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")];
        let mut count = 0;
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    waiting.push(path);
                } else if let Ok(text) = std::fs::read_to_string(path) {
                    count += compared(&text);
                }
            }
        }
        assert!(count > 1000, "{count}");
    }
}
