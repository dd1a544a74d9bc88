//! Trees that can be changed: every value and every key has the place of its text.

use crate::error::Result;
use crate::map::Map;
use crate::reader::{Reader, timestamp};
use crate::text::Text;
use spanned_yaml::Span;
use spanned_yaml::scalar::{self, Scalar};
use spanned_yaml::{Composer, Kind, Node};
use std::sync::Arc;

pub(crate) use crate::reader::Dialect;

/// A value and the place of its text.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) span: Span,
    /// The place of the text that it replaces.
    pub(crate) replaced: Option<Span>,
    pub(crate) data: Data,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Word(Word),
    List(Vec<Value>),
    Map(Map),
}

/// A scalar. A plain one has the type that kustomize reads, any other is a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: Arc<str>,
    pub(crate) plain: bool,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: Arc<str>,
    pub(crate) key_span: Span,
    pub(crate) value: Value,
}

impl Word {
    /// Its meaning in kustomize. Unlike for `oc`, only `true` and `false` are booleans.
    pub(crate) fn meaning(&self) -> Scalar<'_> {
        if self.plain { plain_meaning(&self.text) } else { Scalar::Str(&self.text) }
    }

    /// Sets the text and keeps the type: a string stays a string, whatever its text. Returns false if the type cannot stay.
    pub(crate) fn take(&mut self, text: Arc<str>) -> bool {
        let new = Self { text, plain: true };
        let (fits, plain) = match (self.meaning(), new.meaning()) {
            (Scalar::Str(_), _) => (true, false),
            (Scalar::Null, Scalar::Null) => (true, !new.text.is_empty()),
            (Scalar::Int(_), Scalar::Int(_))
            | (Scalar::Bool(_), Scalar::Bool(_))
            | (Scalar::Float(_), Scalar::Float(_) | Scalar::Int(_)) => (true, true),
            _ => (false, true),
        };
        *self = Self { plain, ..new };
        fits
    }
}

/// The meaning of a plain word in kustomize.
pub(crate) fn plain_meaning(text: &str) -> Scalar<'_> {
    match scalar::resolve(text) {
        Scalar::Bool(_) if !is_boolean(text) => Scalar::Str(text),
        other => other,
    }
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

impl Value {
    pub(crate) fn new(span: Span, data: Data) -> Self {
        Self { span, replaced: None, data }
    }

    /// The same value, which replaces another one.
    #[must_use]
    pub(crate) fn instead_of(mut self, old: &Value) -> Self {
        self.replaced = old.replaced_by(self.span);
        self
    }

    /// The text that is replaced if the text at `span` replaces this value.
    pub(crate) fn replaced_by(&self, span: Span) -> Option<Span> {
        // A value that was just created for the new value, and a value without text, have no place to show.
        if span == self.span { self.replaced } else { Some(self.span).filter(|span| span.start < span.end) }
    }

    /// Replaces its value by `new`.
    pub(crate) fn replace_with(&mut self, new: Value) {
        *self = new.instead_of(self);
    }

    pub(crate) fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(span, Data::Word(Word { text: text.into(), plain: false }))
    }

    pub(crate) fn plain(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(span, Data::Word(Word { text: text.into(), plain: true }))
    }

    pub(crate) fn map(span: Span) -> Self {
        Self::new(span, Data::Map(Map::default()))
    }

    pub(crate) fn list(span: Span) -> Self {
        Self::new(span, Data::List(Vec::new()))
    }

    /// Reads a node of a document; places are those of `text`.
    pub(crate) fn read(node: Node<'_>, text: &Text, dialect: Dialect) -> Result<Self> {
        Reader::new(text, dialect).read(node, 0)
    }

    pub(crate) fn members(&self) -> &[Member] {
        match &self.data {
            Data::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Value] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The number of its items or entries.
    pub(crate) fn len(&self) -> usize {
        self.items().len() + self.members().len()
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.data, Data::Map(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.data, Data::List(_))
    }

    pub(crate) fn member(&self, key: &str) -> Option<&Member> {
        match &self.data {
            Data::Map(members) => members.member(key),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.member(key).map(|member| &member.value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let Data::Map(members) = &mut self.data else { return None };
        members.get_mut(key)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a scalar under `key`; empty if it is missing.
    pub(crate) fn text_of(&self, key: &str) -> &str {
        self.get(key).map_or("", Value::text)
    }

    /// The text of a scalar under `key`, shared with the value; empty if it is missing.
    pub(crate) fn shared_text_of(&self, key: &str) -> Arc<str> {
        match self.get(key) {
            Some(value) if !value.is_null() => match &value.data {
                Data::Word(word) => word.text.clone(),
                _ => Arc::default(),
            },
            _ => Arc::default(),
        }
    }

    /// The text of a scalar; empty for collections and nulls.
    pub(crate) fn text(&self) -> &str {
        match &self.data {
            Data::Word(word) if !self.is_null() => &word.text,
            _ => "",
        }
    }

    /// The meaning of a scalar.
    pub(crate) fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.data {
            Data::Word(word) => Some(word.meaning()),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    pub(crate) fn is_true(&self) -> bool {
        self.scalar() == Some(Scalar::Bool(true))
    }

    /// Whether it is empty: null, or a collection without items.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_null()
            || (!matches!(self.data, Data::Word(_)) && self.items().is_empty() && self.members().is_empty())
    }

    /// Sets `key` to `value`, which remembers the text that it replaces.
    pub(crate) fn set(&mut self, key: &str, key_span: Span, value: Value) {
        let value = match self.get(key) {
            Some(old) => value.instead_of(old),
            None => value,
        };
        self.put(key, key_span, value);
    }

    /// Sets `key` to `value`, without remembering a replaced text.
    pub(crate) fn put(&mut self, key: &str, key_span: Span, value: Value) {
        if let Data::Map(members) = &mut self.data {
            members.put(key, key_span, value);
        }
    }

    /// Removes and returns the entry under `key`.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let Data::Map(members) = &mut self.data else { return None };
        members.remove(key)
    }

    /// The value under `key`; if it is missing or null, an empty map with this place.
    pub(crate) fn get_or_insert(&mut self, key: &str, span: Span) -> Option<&mut Value> {
        if self.get(key).is_none_or(Value::is_null) {
            self.set(key, span, Value::map(span));
        }
        self.get_mut(key)
    }

    /// The number of its values, and their depth.
    pub(crate) fn extent(&self) -> (usize, usize) {
        let below = |values: &mut dyn Iterator<Item = &Value>| {
            values.map(Value::extent).fold((1, 0), |all, one| (all.0 + one.0, all.1.max(one.1 + 1)))
        };
        match &self.data {
            Data::Word(_) => (1, 0),
            Data::List(items) => below(&mut items.iter()),
            Data::Map(members) => below(&mut members.iter().map(|member| &member.value)),
        }
    }

    /// The name of its type in messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Word(word) => word.meaning().type_name(),
            Data::List(_) => "array",
            Data::Map(_) => "object",
        }
    }

    /// The same value as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.data {
            Data::Word(word) => match word.meaning() {
                Scalar::Null => Json::Null,
                Scalar::Bool(value) => Json::Bool(value),
                Scalar::Int(value) => match i64::try_from(value) {
                    Ok(value) => value.into(),
                    Err(_) => u64::try_from(value).map_or(Json::Null, Json::from),
                },
                Scalar::Float(value) => Json::from(value),
                Scalar::Str(text) => Json::from(text),
            },
            Data::List(items) => items.iter().map(Value::json).collect(),
            Data::Map(members) => {
                members.iter().map(|member| (member.key.to_string(), member.value.json())).collect()
            }
        }
    }

    /// Adds the tree to a document.
    pub(crate) fn compose(&self, into: &mut Composer) {
        if let Some(replaced) = self.replaced {
            into.replaces(replaced);
        }
        match &self.data {
            Data::Word(word) => match (word.plain, word.meaning()) {
                (true, Scalar::Str(_)) => into.scalar(self.span, &timestamp(&word.text), false),
                (plain, _) => into.scalar(self.span, &word.text, plain),
            },
            Data::List(items) => {
                into.open(self.span, Kind::Sequence);
                for item in items {
                    item.compose(into);
                }
                into.close();
            }
            Data::Map(members) => {
                into.open(self.span, Kind::Mapping);
                for member in members.iter() {
                    into.scalar(member.key_span, &member.key, false);
                    member.value.compose(into);
                }
                into.close();
            }
        }
    }
}
