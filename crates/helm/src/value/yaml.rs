//! Values of YAML, as sigs.k8s.io/yaml gives them to Helm.

use super::{Data, List, Map, Slot, Value};
use spanned_yaml::{Kind, Node, Scalar, Span};

/// The limits of depth and number for values, with aliases expanded.
const MAX_DEPTH: usize = 200;
const MAX_VALUES: usize = 500_000;

impl Value {
    /// The value of a document, each part with its place: scalars of YAML 1.1, and every number a float. `None` if it
    /// exceeds every real document in depth or size.
    pub fn from_node(node: Node<'_>) -> Option<Self> {
        Self::placed(node, &|span| Some(span))
    }

    /// The same with places from `place`.
    pub(crate) fn placed(node: Node<'_>, place: &dyn Fn(Span) -> Option<Span>) -> Option<Self> {
        Reader { values: 0, place }.read(node, 0)
    }

    /// The same value without places, and with separate maps.
    #[must_use]
    pub fn without_origins(&self) -> Self {
        let data = match &self.data {
            Data::List(list) => {
                Data::List(list.with_items(list.items().iter().map(Self::without_origins).collect()))
            }
            Data::Map(map) => Data::Map(
                map.borrow().iter().map(|(key, slot)| (key, slot.value.without_origins())).collect(),
            ),
            data => data.clone(),
        };
        Self { data, origin: None, is_unknown: self.is_unknown }
    }
}

struct Reader<'p> {
    values: usize,
    place: &'p dyn Fn(Span) -> Option<Span>,
}

impl Reader<'_> {
    fn read(&mut self, node: Node<'_>, depth: usize) -> Option<Value> {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return None;
        }
        let node = node.resolved();
        let data = match node.kind() {
            Kind::Scalar => match node.scalar()? {
                Scalar::Null => Data::Nil,
                Scalar::Bool(value) => Data::Bool(value),
                #[expect(clippy::cast_precision_loss, reason = "JSON's numbers are floats to Helm")]
                Scalar::Int(number) => Data::Float(number as f64),
                Scalar::Float(number) => Data::Float(number),
                Scalar::Str(text) => Data::Text(super::Text::new(text)),
            },
            Kind::Sequence => {
                let items: Option<Vec<Value>> = node.items().map(|item| self.read(item, depth + 1)).collect();
                Data::List(List::new(items?))
            }
            Kind::Mapping => {
                let map = Map::new();
                for entry in node.entries() {
                    let value = self.read(entry.value, depth + 1)?;
                    map.insert_slot(
                        &entry.key.key_text(),
                        Slot { key_origin: (self.place)(entry.key.span()), value },
                    );
                }
                Data::Map(map)
            }
        };
        Some(Value { data, origin: (self.place)(node.span()), is_unknown: false })
    }
}
