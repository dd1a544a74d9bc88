//! A serde deserializer over nodes: configuration and options are plain `Deserialize` types, and an error still knows
//! its place. [`lenient`] skips a wrong entry and reads the rest, so that one typing error in a configuration does not
//! disable the others.

use super::{Entry, Kind, Node, Scalar};
use crate::source::{FileId, Span, Spanned};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use std::collections::HashSet;
use std::fmt::{self, Display};

/// The problem with a value or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A key that the type does not have.
    UnknownField {
        /// The key as written.
        name: String,
        /// The keys that exist.
        expected: Vec<String>,
    },
    /// Anything else, as a sentence.
    Other(String),
}

/// A value that does not fit its type.
#[derive(Clone, Debug)]
pub struct Error {
    /// The smallest text that is wrong; `None` only until a place is attached.
    pub span: Option<Span>,
    /// What is wrong with it.
    pub problem: Problem,
    entry: Option<u32>,
}

impl Error {
    fn at(mut self, span: Span, entry: u32) -> Self {
        if self.span.is_none() {
            self.span = Some(span);
            self.entry = Some(entry);
        }
        self
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::UnknownField { name, .. } => write!(f, "unknown key `{name}`"),
            Problem::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self { span: None, problem: Problem::Other(message.to_string()), entry: None }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Unit => "nothing".to_owned(),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Map => "a map".to_owned(),
            de::Unexpected::Str(text) => format!("`{text}`"),
            de::Unexpected::Bool(value) => format!("`{value}`"),
            de::Unexpected::Signed(value) => format!("the number {value}"),
            de::Unexpected::Float(value) => format!("the number {value}"),
            other => other.to_string(),
        };
        let expected = match expected.to_string().as_str() {
            "a sequence" => "a list".to_owned(),
            // serde names types of Rust, which the user does not know.
            name if name.starts_with("struct ") => "a map".to_owned(),
            name => name.to_owned(),
        };
        de::Error::custom(format!("expected {expected}, found {found}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let expected: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
        de::Error::custom(format!("`{variant}` is not one of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.iter().map(ToString::to_string).collect();
        Self { span: None, problem: Problem::UnknownField { name: field.into(), expected }, entry: None }
    }
}

/// Reads the valid parts of `node`, and returns an error for each other part. Other code reads the keys in `skip`.
pub fn lenient<T: DeserializeOwned + Default>(node: Node<'_>, skip: &[&str]) -> (T, Vec<Error>) {
    let mut skipped: HashSet<u32> =
        node.entries().iter().filter(|e| skip.contains(&&*e.key.key_text())).map(|e| e.key.index()).collect();
    let mut errors = Vec::new();
    // An empty file or an empty entry configures nothing.
    if node.is_null() {
        return (T::default(), errors);
    }
    loop {
        match T::deserialize(Deserializer { node, skipped: &skipped }) {
            Ok(value) => return (value, errors),
            Err(error) => {
                let entry = error.entry;
                errors.push(Error { span: error.span.or(Some(node.span())), ..error });
                match entry {
                    Some(entry) if skipped.insert(entry) => {}
                    _ => return (T::default(), errors),
                }
            }
        }
    }
}

struct Deserializer<'d, 's> {
    node: Node<'d>,
    skipped: &'s HashSet<u32>,
}

/// The name by which [`Spanned`] asks the deserializer for places.
const SPANNED: &str = "$pullwarden::Spanned";
const SPANNED_FIELDS: &[&str] = &["file", "start", "end", "value"];

impl<'de> de::Deserializer<'de> for Deserializer<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.kind() {
            Kind::Sequence => visitor.visit_seq(Items {
                items: self
                    .node
                    .items()
                    .filter(|item| !self.skipped.contains(&item.index()))
                    .collect::<Vec<_>>()
                    .into_iter(),
                skipped: self.skipped,
            }),
            Kind::Mapping => {
                let entries = self.node.entries();
                // A key without a value configures nothing.
                let kept = entries
                    .into_iter()
                    .filter(|e| !self.skipped.contains(&e.key.index()) && !e.value.is_absent());
                visitor.visit_map(Pairs {
                    entries: kept.collect::<Vec<_>>().into_iter(),
                    current: None,
                    skipped: self.skipped,
                })
            }
            Kind::Scalar => match self.node.scalar() {
                Some(Scalar::Bool(value)) => visitor.visit_bool(value),
                Some(Scalar::Int(value)) => match i64::try_from(value) {
                    Ok(value) => visitor.visit_i64(value),
                    Err(_) => visitor.visit_u64(u64::try_from(value).unwrap_or(u64::MAX)),
                },
                Some(Scalar::Float(value)) => visitor.visit_f64(value),
                Some(Scalar::Str(value)) => visitor.visit_str(value),
                Some(Scalar::Null) | None => visitor.visit_unit(),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return visitor.visit_map(Placed { field: 0, node: self.node, skipped: self.skipped });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.node.scalar() {
            // `off` is a boolean in YAML 1.1, and a word for users.
            Some(Scalar::Str(_) | Scalar::Bool(_)) => {
                visitor.visit_enum(self.node.text().into_deserializer())
            }
            _ => Err(de::Error::custom(format!("expected one word, found {}", self.node.type_name()))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'d, 's> {
    items: std::vec::IntoIter<Node<'d>>,
    skipped: &'s HashSet<u32>,
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.items.next() else { return Ok(None) };
        let read = seed.deserialize(Deserializer { node, skipped: self.skipped });
        read.map(Some).map_err(|error| error.at(node.span(), node.index()))
    }
}

struct Pairs<'d, 's> {
    entries: std::vec::IntoIter<Entry<'d>>,
    current: Option<Entry<'d>>,
    skipped: &'s HashSet<u32>,
}

impl<'de> de::MapAccess<'de> for Pairs<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.current = Some(entry);
        let read = seed.deserialize(KeyDeserializer { node: entry.key });
        read.map(Some).map_err(|error| error.at(entry.key.span(), entry.key.index()))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let Some(entry) = self.current.take() else {
            return Err(de::Error::custom("a value without its key"));
        };
        // A missing value has no text, so the error points to the key.
        let span = if entry.value.is_absent() { entry.key.span() } else { entry.value.span() };
        let read = seed.deserialize(Deserializer { node: entry.value, skipped: self.skipped });
        read.map_err(|error| error.at(span, entry.key.index()))
    }
}

struct KeyDeserializer<'d> {
    node: Node<'d>,
}

impl<'de> de::Deserializer<'de> for KeyDeserializer<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.node.key_text())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return visitor.visit_map(Placed { field: 0, node: self.node, skipped: &HashSet::new() });
        }
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Placed<'d, 's> {
    field: usize,
    node: Node<'d>,
    skipped: &'s HashSet<u32>,
}

impl<'de> de::MapAccess<'de> for Placed<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(name) = SPANNED_FIELDS.get(self.field) else { return Ok(None) };
        seed.deserialize((*name).into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let span = self.node.span();
        self.field += 1;
        match self.field {
            1 => seed.deserialize(span.file.0.into_deserializer()),
            2 => seed.deserialize(span.start.into_deserializer()),
            3 => seed.deserialize(span.end.into_deserializer()),
            _ => seed.deserialize(Deserializer { node: self.node, skipped: self.skipped }),
        }
    }
}

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for Spanned<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(std::marker::PhantomData<T>);
        impl<'de, T: de::Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Spanned<T>, A::Error> {
                let mut next = || -> Result<u32, A::Error> {
                    map.next_key::<String>()?;
                    map.next_value()
                };
                let (file, start, end) = (next()?, next()?, next()?);
                map.next_key::<String>()?;
                let value = map.next_value()?;
                Ok(Spanned { value, span: Span { file: FileId(file), start, end } })
            }
        }
        deserializer.deserialize_struct(SPANNED, SPANNED_FIELDS, Read(std::marker::PhantomData))
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<T>()
    }
}
