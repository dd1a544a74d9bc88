//! The values of the configuration: how each is written, and the error if it is not.

use crate::model::reference::Reference;
use crate::openshift::Version;
use crate::source::Spanned;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// One string, or a list of them.
#[derive(Debug, Default)]
pub struct OneOrMany(pub Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
                Ok(vec![text.to_owned()])
            }
        }
        // Only a `Spanned` value knows its place, so the value is read as one string first.
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Read.expecting(f)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
                Ok(OneOrMany(Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))?))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                let nowhere = crate::source::Span::new(crate::source::FileId(0), 0, 0);
                Ok(OneOrMany(vec![Spanned::new(text.to_owned(), nowhere)]))
            }
        }
        struct Placed(OneOrMany);
        impl<'de> Deserialize<'de> for Placed {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Whole).map(Placed)
            }
        }
        let placed = Spanned::<Placed>::deserialize(deserializer)?;
        let mut many = placed.value.0;
        if let [only] = many.0.as_mut_slice()
            && only.span.start == only.span.end
        {
            only.span = placed.span;
        }
        Ok(many)
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}

/// A release in quotes.
#[derive(Clone, Copy, Debug)]
pub struct VersionText(pub Version);

impl<'de> Deserialize<'de> for VersionText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = VersionText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an OpenShift release in quotes, as in \"4.18\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<VersionText, E> {
                text.parse().map(VersionText).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<VersionText, E> {
                Err(E::custom("write the release in quotes: to YAML, 4.20 without quotes is the number 4.2"))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for VersionText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[45]\\.[0-9]+(\\.[0-9]+)?$", "examples": ["4.18", "4.13.27"] })
    }
}

/// The name of an image, in full.
#[derive(Clone, Debug)]
pub struct ImageName(pub String);

impl<'de> Deserialize<'de> for ImageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Reference::parse_canonical(&text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(de::Error::custom(format!("`{text}` is not a full image name: {error}"))),
        }
    }
}

impl JsonSchema for ImageName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ImageName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["registry.example.com/openshift/release-images"] })
    }
}

/// Values of a chart: a map, or nothing. A chart needs each value as it is written, so none is kept here.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChartValues;

impl<'de> Deserialize<'de> for ChartValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = ChartValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of values (`values-files` names files)")
            }

            fn visit_unit<E: de::Error>(self) -> Result<ChartValues, E> {
                Ok(ChartValues)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<ChartValues, A::Error> {
                while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
                Ok(ChartValues)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for ChartValues {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ChartValues".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// A day.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day as in 2027-01-31")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
                let day = text.parse().map(Day);
                day.map_err(|_| E::custom(format!("`{text}` is not a day; write it as in 2027-01-31")))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
