//! Trees that may be changed: every value and every key carries the place of the text that it was read from.

use super::text::Text;
use super::{Error, Result};
use crate::source::Span;
use crate::yaml::scalar::{self, Scalar};
use crate::yaml::{Composer, Kind, Node};
use std::sync::Arc;

/// How deep values may nest, aliases counted.
const MAX_DEPTH: usize = 400;
/// How many values a document may have, aliases counted.
const MAX_VALUES: usize = 1_000_000;

/// A value and where its text stands.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) span: Span,
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Word(Word),
    List(Vec<Value>),
    Map(Vec<Member>),
}

/// A scalar. A plain one means what kustomize takes the word for, any other is a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) plain: bool,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: Arc<str>,
    pub(super) key_span: Span,
    pub(super) value: Value,
}

/// Who reads the YAML.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Resources and strategic merge patches: `yes` is a word, a key twice is an error.
    Resource,
    /// The kustomization and JSON patches, which become JSON first: `yes` is true, of equal keys the last counts.
    Json,
}

impl Word {
    /// What kustomize takes it for. Other than to `oc`, only `true` and `false` are booleans.
    pub(super) fn meaning(&self) -> Scalar<'_> {
        match scalar::resolve(&self.text) {
            meaning if self.plain => match meaning {
                Scalar::Bool(_) if !is_boolean(&self.text) => Scalar::Str(&self.text),
                other => other,
            },
            _ => Scalar::Str(&self.text),
        }
    }
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

impl Value {
    pub(super) fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self { span, data: Data::Word(Word { text: text.into(), plain: false }) }
    }

    pub(super) fn plain(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self { span, data: Data::Word(Word { text: text.into(), plain: true }) }
    }

    pub(super) fn map(span: Span) -> Self {
        Self { span, data: Data::Map(Vec::new()) }
    }

    pub(super) fn list(span: Span) -> Self {
        Self { span, data: Data::List(Vec::new()) }
    }

    /// Reads a node of a document; places are those of `text`.
    pub(super) fn read(node: Node<'_>, text: &Text, dialect: Dialect) -> Result<Self> {
        Reader { text, dialect, values: 0 }.read(node, 0)
    }

    pub(super) fn members(&self) -> &[Member] {
        match &self.data {
            Data::Map(members) => members,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Value] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.data, Data::Map(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.data, Data::List(_))
    }

    pub(super) fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| &*member.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.member(key).map(|member| &member.value)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let Data::Map(members) = &mut self.data else { return None };
        members.iter_mut().find(|member| &*member.key == key).map(|member| &mut member.value)
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a scalar under `key`; empty where there is none.
    pub(super) fn text_of(&self, key: &str) -> &str {
        self.get(key).map_or("", Value::text)
    }

    /// The text of a scalar; empty for collections and nulls.
    pub(super) fn text(&self) -> &str {
        match &self.data {
            Data::Word(word) if !self.is_null() => &word.text,
            _ => "",
        }
    }

    /// The meaning of a scalar.
    pub(super) fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.data {
            Data::Word(word) => Some(word.meaning()),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    pub(super) fn is_true(&self) -> bool {
        self.scalar() == Some(Scalar::Bool(true))
    }

    /// Whether there is nothing in it: null, or a collection without items.
    pub(super) fn is_empty(&self) -> bool {
        self.is_null()
            || (!matches!(self.data, Data::Word(_)) && self.items().is_empty() && self.members().is_empty())
    }

    /// Puts `value` under `key`, in the place of what is there.
    pub(super) fn set(&mut self, key: &str, key_span: Span, value: Value) {
        let Data::Map(members) = &mut self.data else { return };
        match members.iter_mut().find(|member| &*member.key == key) {
            Some(member) => member.value = value,
            None => members.push(Member { key: key.into(), key_span, value }),
        }
    }

    /// Takes the entry under `key` out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Value> {
        let Data::Map(members) = &mut self.data else { return None };
        let at = members.iter().position(|member| &*member.key == key)?;
        Some(members.remove(at).value)
    }

    /// Takes the value under `key` out and says where it was.
    pub(super) fn remove_in_place(&mut self, key: &str) -> Option<(usize, Value)> {
        let Data::Map(members) = &mut self.data else { return None };
        let at = members.iter().position(|member| &*member.key == key)?;
        Some((at, members.remove(at).value))
    }

    /// Puts an entry where another was, or at the end.
    pub(super) fn insert_at(&mut self, at: Option<usize>, member: Member) {
        let Data::Map(members) = &mut self.data else { return };
        members.insert(at.unwrap_or(members.len()).min(members.len()), member);
    }

    /// The value under `key`, an empty map with this place where there is none (or only null).
    pub(super) fn get_or_insert(&mut self, key: &str, span: Span) -> Option<&mut Value> {
        if self.get(key).is_none_or(Value::is_null) {
            self.set(key, span, Value::map(span));
        }
        self.get_mut(key)
    }

    /// The name of its type in messages.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Word(word) => word.meaning().type_name(),
            Data::List(_) => "array",
            Data::Map(_) => "object",
        }
    }

    /// The same value as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
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
    pub(super) fn compose(&self, into: &mut Composer) {
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
                for member in members {
                    into.scalar(member.key_span, &member.key, false);
                    member.value.compose(into);
                }
                into.close();
            }
        }
    }
}

/// A plain date is a point in time to kustomize.
fn timestamp(text: &str) -> std::borrow::Cow<'_, str> {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match parts[..] {
        [year, month, day]
            if year.len() == 4
                && (1..=2).contains(&month.len())
                && (1..=2).contains(&day.len())
                && parts.iter().all(|part| digits(part)) =>
        {
            format!("{year}-{month:0>2}-{day:0>2}T00:00:00Z").into()
        }
        _ => text.into(),
    }
}

struct Reader<'t> {
    text: &'t Text,
    dialect: Dialect,
    values: usize,
}

impl Reader<'_> {
    fn read(&mut self, node: Node<'_>, depth: usize) -> Result<Value> {
        let span = self.text.place(node.span());
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(Error::at(span, "the document is too deep or too large to be built"));
        }
        let data = match node.kind() {
            Kind::Scalar => Data::Word(self.word(node)),
            Kind::Sequence => {
                Data::List(node.items().map(|item| self.read(item, depth + 1)).collect::<Result<_>>()?)
            }
            Kind::Mapping => {
                if self.dialect == Dialect::Resource {
                    self.refuse_duplicates(node)?;
                }
                let mut members = Vec::new();
                for entry in node.entries() {
                    members.push(Member {
                        key: self.key(entry.key)?,
                        key_span: self.text.place(entry.key.span()),
                        value: self.read(entry.value, depth + 1)?,
                    });
                }
                Data::Map(members)
            }
        };
        Ok(Value { span, data })
    }

    fn key(&self, key: Node<'_>) -> Result<Arc<str>> {
        if self.dialect == Dialect::Json || key.kind() != Kind::Scalar {
            return Ok((&*key.key_text()).into());
        }
        let word = self.word(key);
        if matches!(word.meaning(), Scalar::Str(_)) && timestamp(&word.text) == *word.text {
            return Ok(word.text);
        }
        let message = format!("the key `{}` is no string; quote it", word.text);
        Err(Error::at(self.text.place(key.span()), message))
    }

    fn word(&self, node: Node<'_>) -> Word {
        let text = node.text();
        let is_string = matches!(node.scalar(), Some(Scalar::Str(_)));
        // `yes` is a boolean to `oc` and a plain word to kustomize; a tag makes a string of anything.
        let plain = node.is_plain() && node.tag() != Some("tag:yaml.org,2002:str");
        match (self.dialect, node.scalar()) {
            (Dialect::Json, Some(Scalar::Bool(value))) => {
                Word { text: if value { "true" } else { "false" }.into(), plain: true }
            }
            (Dialect::Json, _) => Word { text: text.into(), plain: !is_string },
            (Dialect::Resource, _) => Word { text: text.into(), plain: plain || !is_string },
        }
    }

    fn refuse_duplicates(&self, map: Node<'_>) -> Result<()> {
        let mut seen = std::collections::HashSet::new();
        for (key, _) in map.raw_pairs() {
            let key = key.resolved();
            if key.kind() == Kind::Scalar && key.text() != "<<" && !seen.insert(key.text()) {
                let message = format!("the key `{}` is here twice", key.text());
                return Err(Error::at(self.text.place(key.span()), message));
            }
        }
        Ok(())
    }
}
