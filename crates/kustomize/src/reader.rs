//! Converts a document to a tree that can be changed.

use crate::error::{Error, Result};
use crate::text::Text;
use crate::value::{Data, Member, Value, Word};
use spanned_yaml::{Kind, Node, Scalar};
use std::collections::HashSet;
use std::sync::Arc;

/// The limit of depth, with aliases written out.
pub(crate) const MAX_DEPTH: usize = 400;
/// The limit of values in a document, with aliases written out.
pub(crate) const MAX_VALUES: usize = 1_000_000;

/// A map with at most so many keys is searched one by one, which is faster than hashing.
const FEW: usize = 16;

/// The reader whose rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Resources and strategic merge patches: `yes` is a word, a key twice is an error.
    Resource,
    /// The kustomization and JSON patches, which are converted to JSON first: `yes` is true, and of equal keys the last one
    /// counts.
    Json,
}

/// kustomize reads a plain date as a point in time.
pub(crate) fn timestamp(text: &str) -> std::borrow::Cow<'_, str> {
    // Most texts are no dates.
    if !(8..=10).contains(&text.len()) || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.into();
    }
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

/// Reads one document.
pub(crate) struct Reader<'t> {
    text: &'t Text,
    dialect: Dialect,
    values: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t Text, dialect: Dialect) -> Self {
        Self { text, dialect, values: 0 }
    }

    pub(crate) fn read(&mut self, node: Node<'_>, depth: usize) -> Result<Value> {
        let span = self.text.place(node.span());
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(Error::at(span, "the document is too deep or too large to be built"));
        }
        let data = match node.kind() {
            Kind::Scalar => Data::Word(self.word(node)),
            Kind::Sequence => {
                // A plain loop: with deep values, the adapters of an iterator would use most of a small stack.
                let mut items = Vec::new();
                for item in node.items() {
                    items.push(self.read(item, depth + 1)?);
                }
                items.shrink_to_fit();
                Data::List(items)
            }
            Kind::Mapping => {
                if self.dialect == Dialect::Resource {
                    self.refuse_duplicates(node)?;
                }
                let entries = node.entries();
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    members.push(Member {
                        key: self.key(entry.key)?,
                        key_span: self.text.place(entry.key.span()),
                        value: self.read(entry.value, depth + 1)?,
                    });
                }
                Data::Map(members.into())
            }
        };
        Ok(Value { span, replaced: node.replaced(), data })
    }

    fn key(&self, key: Node<'_>) -> Result<Arc<str>> {
        if key.kind() != Kind::Scalar {
            return Err(Error::at(self.text.place(key.span()), "a key is not a string; is this a template?"));
        }
        if self.dialect == Dialect::Json {
            return Ok((&*key.key_text()).into());
        }
        let word = self.word(key);
        if matches!(word.meaning(), Scalar::Str(_)) && timestamp(&word.text) == *word.text {
            return Ok(word.text);
        }
        let message = format!("the key `{}` is not a string; quote it", word.text);
        Err(Error::at(self.text.place(key.span()), message))
    }

    fn word(&self, node: Node<'_>) -> Word {
        let text = node.text();
        let is_string = matches!(node.scalar(), Some(Scalar::Str(_)));
        // `oc` reads `yes` as a boolean, and kustomize as a string. A tag makes any value a string.
        let plain = node.is_word() || (node.is_plain() && node.tag() != Some("tag:yaml.org,2002:str"));
        match (self.dialect, node.scalar()) {
            (Dialect::Json, Some(Scalar::Bool(value))) => {
                Word { text: if value { "true" } else { "false" }.into(), plain: true }
            }
            (Dialect::Json, _) => Word { text: text.into(), plain: !is_string },
            (Dialect::Resource, _) => Word { text: text.into(), plain: plain || !is_string },
        }
    }

    fn refuse_duplicates(&self, map: Node<'_>) -> Result<()> {
        let Some(key) = twice(map) else { return Ok(()) };
        let message = format!("the key `{}` is here twice", key.text());
        Err(Error::at(self.text.place(key.span()), message))
    }
}

/// The first key of a map that is there already, apart from the key that merges maps.
pub(crate) fn twice(map: Node<'_>) -> Option<Node<'_>> {
    let keys = map.raw_pairs().map(|(key, _)| key.resolved());
    let keys = keys.filter(|key| key.kind() == Kind::Scalar && key.text() != "<<");
    let mut few = [""; FEW];
    let mut many = HashSet::new();
    let mut keys = keys.enumerate();
    let (_, key) = keys.find(|(place, key)| match few.get_mut(*place) {
        Some(free) => {
            *free = key.text();
            few[..*place].contains(&key.text())
        }
        None => few.contains(&key.text()) || !many.insert(key.text()),
    })?;
    Some(key)
}
