//! Parameters, which generators make and templates use.

use crate::budget::Budget;
use crate::clusters::Clusters;
use crate::text::{Bound, Text};
use spanned_yaml::{Kind, Node, Scalar};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The value of a parameter. Copies are cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Arc<str>),
    Text(Arc<Text>),
    List(Arc<Vec<Value>>),
    Map(Arc<BTreeMap<String, Value>>),
    /// Only Argo CD knows it and its parts.
    Open(Arc<str>),
    /// A template that is not supported.
    Unknown(Arc<str>),
}

/// One set of parameters: it makes one application.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    /// The values by name. With `goTemplate`, values nest; without it, names have dots and all values are texts.
    pub(crate) values: BTreeMap<String, Value>,
    /// The clusters of the set, if a generator selects some.
    pub(crate) clusters: Option<Arc<Clusters>>,
    /// What directories reveal of the clusters.
    pub(crate) bound: Bound,
}

impl Params {
    /// Whether the clusters may have the values of `bound`.
    pub(crate) fn accept(&self, bound: &Bound) -> bool {
        self.clusters.as_ref().is_none_or(|clusters| clusters.accept(bound))
    }
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Value::Text(Arc::new(Text::known(text)))
    }

    pub(crate) fn map(entries: BTreeMap<String, Value>) -> Self {
        Value::Map(Arc::new(entries))
    }

    /// The value of a node; `None` if it exceeds the limit.
    pub(crate) fn of(node: Node<'_>, budget: &Budget) -> Option<Self> {
        budget.spend(2)?;
        Some(match node.kind() {
            Kind::Sequence => {
                let items: Option<Vec<Value>> = node.items().map(|item| Value::of(item, budget)).collect();
                Value::List(Arc::new(items?))
            }
            Kind::Mapping => {
                let mut entries = BTreeMap::new();
                for entry in node.entries() {
                    entries.insert(entry.key.key_text().into_owned(), Value::of(entry.value, budget)?);
                }
                Value::map(entries)
            }
            Kind::Scalar => {
                budget.spend(node.text().len() / 100)?;
                match node.scalar() {
                    None | Some(Scalar::Null) => Value::Null,
                    Some(Scalar::Bool(value)) => Value::Bool(value),
                    Some(Scalar::Int(value)) => Value::Number(value.to_string().into()),
                    Some(Scalar::Float(_)) => Value::Number(node.text().into()),
                    Some(Scalar::Str(text)) => Value::text(text),
                }
            }
        })
    }

    /// The text that a template prints; the expression if the value is not known.
    pub(crate) fn print(&self) -> Result<Text, String> {
        Ok(match self {
            Value::Null => Text::known("<no value>"),
            Value::Bool(value) => Text::known(value.to_string()),
            Value::Number(value) => Text::known(&**value),
            Value::Text(text) => Text::clone(text),
            Value::Open(key) => Text::open(key.clone()),
            Value::Unknown(expression) => return Err(expression.to_string()),
            Value::List(_) => return Err("a list".into()),
            Value::Map(_) => return Err("a map".into()),
        })
    }

    /// The value, with known facts about the clusters filled in.
    pub(crate) fn bind(self, bound: &Bound) -> Self {
        match self {
            Value::Open(key) => match bound.get(&key) {
                Some(text) => Value::text(text.as_str()),
                None => Value::Open(key),
            },
            Value::Text(text) if !bound.is_empty() => Value::Text(Arc::new(text.bind(bound))),
            value => value,
        }
    }

    /// Whether a part of it is open.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Value::Open(_) => true,
            Value::Text(text) => text.is_open(),
            _ => false,
        }
    }

    /// Whether it is empty for Go.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::Null | Value::Bool(false) => true,
            Value::Number(number) => &**number == "0",
            Value::Text(text) => text.as_str() == Some(""),
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            Value::Bool(true) | Value::Open(_) | Value::Unknown(_) => false,
        }
    }

    /// The value under `key`: an entry, or an item by its number.
    pub(crate) fn get(&self, key: &str) -> Option<Value> {
        match self {
            Value::Map(entries) => entries.get(key).cloned(),
            Value::List(items) => items.get(key.parse::<usize>().ok()?).cloned(),
            Value::Open(prefix) => Some(Value::Open(format!("{prefix}.{key}").into())),
            Value::Unknown(_) => Some(self.clone()),
            _ => None,
        }
    }
}

impl Params {
    pub(crate) fn insert(&mut self, key: impl Into<String>, value: Value) {
        self.values.insert(key.into(), value);
    }

    /// The parameter with a dotted name: under this name, or through maps and lists.
    pub(crate) fn dotted(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.values.get(name) {
            return Some(value.clone());
        }
        name.match_indices('.').find_map(|(at, _)| within(self.values.get(&name[..at])?, &name[at + 1..], 0))
    }

    /// The steps that a copy costs.
    pub(crate) fn weight(&self) -> usize {
        20 + 20 * (self.values.len() + self.bound.len())
    }
}

fn within(value: &Value, name: &str, depth: usize) -> Option<Value> {
    if let Some(found) = value.get(name) {
        return Some(found);
    }
    if depth > 8 {
        return None;
    }
    let (first, rest) = name.split_once('.')?;
    within(&value.get(first)?, rest, depth + 1)
}

/// Writes the parts of `value` under dotted names, as sets without `goTemplate` do (`flatten.DotStyle`). `None` if there are
/// too many.
pub(crate) fn flatten(prefix: &str, value: &Value, into: &mut Params, budget: &Budget) -> Option<()> {
    budget.spend(20 + prefix.len() / 100)?;
    let name = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            entries.iter().try_for_each(|(key, value)| flatten(&name(key), value, into, budget))
        }
        Value::List(items) if !items.is_empty() => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| flatten(&name(&index.to_string()), item, into, budget)),
        Value::Map(_) | Value::List(_) => Some(()),
        Value::Null => {
            into.insert(prefix, Value::text("<nil>"));
            Some(())
        }
        Value::Bool(value) => {
            into.insert(prefix, Value::text(value.to_string()));
            Some(())
        }
        Value::Number(value) => {
            into.insert(prefix, Value::text(&**value));
            Some(())
        }
        Value::Text(_) | Value::Open(_) | Value::Unknown(_) => {
            into.insert(prefix, value.clone());
            Some(())
        }
    }
}
