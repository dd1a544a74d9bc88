//! The configuration as it is written. The types are the format: they read it, and the JSON Schema is made from them.

use crate::model::reference::Reference;
use crate::openshift::{Platform, Version};
use crate::rule::{Preset, Severity};
use crate::rules;
use crate::source::Spanned;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The configuration of pullwarden, `.pullwarden.yaml` in the root of a repository.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The set of rules to start from: `recommended` (what breaks, leaks or is deprecated) or `strict` (also what a
    /// hardening guide asks for).
    pub preset: Option<Preset>,
    /// The OpenShift release of all clusters, in quotes: "4.18". Without it, what holds for the newest release is
    /// reported.
    pub openshift: Option<Spanned<VersionText>>,
    /// What the clusters run on. It decides which registries they cannot do without.
    pub platform: Option<Platform>,
    /// The release image of all clusters, or its repository. The operator keeps a cluster from blocking it.
    pub release_image: Option<ImageName>,
    /// The clusters: a name, and the files that reach the cluster.
    pub clusters: BTreeMap<String, ClusterConfig>,
    /// Kinds of workloads that pullwarden does not know by itself: `Kind` or `Kind.group`, and the paths of the images in
    /// them: keys with dots between them, and `[*]` for every item of a list, as in `spec.sidecars[*].image`.
    pub workloads: BTreeMap<String, OneOrMany>,
    /// Commands that render directories. They run only with `--allow-exec` on the command line.
    pub render: Vec<Spanned<RenderConfig>>,
    /// Diagnostics that are to be ignored, each with its reason.
    pub ignore: Vec<Spanned<IgnoreConfig>>,
    /// Globs of files that are not looked at.
    pub exclude: OneOrMany,
    /// The severity from which on a run fails.
    pub fail_on: Option<FailOn>,
}

/// From which severity on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Errors fail.
    Error,
    /// Warnings and errors fail.
    Warning,
    /// Everything fails.
    Note,
    /// Nothing fails.
    Never,
}

impl FailOn {
    /// The lowest severity that fails.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }
}

/// A cluster: its files, and what is known about it. A list of globs is short for `paths`.
#[derive(Debug, Default)]
pub struct ClusterConfig {
    /// Globs of the files that reach the cluster.
    pub paths: OneOrMany,
    /// Globs of the directories whose kustomizations do.
    pub roots: OneOrMany,
    /// Its release.
    pub openshift: Option<Spanned<VersionText>>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// Its release image.
    pub release_image: Option<ImageName>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct LongCluster {
    /// Globs of the files that reach the cluster, relative to the configuration.
    paths: OneOrMany,
    /// Globs of the directories whose kustomizations reach the cluster, bases and patches included.
    roots: OneOrMany,
    /// Its OpenShift release, in quotes: "4.18".
    openshift: Option<Spanned<VersionText>>,
    /// What it runs on.
    platform: Option<Platform>,
    /// Its release image, or the repository of it.
    #[serde(alias = "release")]
    release_image: Option<ImageName>,
}

impl<'de> Deserialize<'de> for ClusterConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = ClusterConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("globs of files, or a map with `paths` or `roots`")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<ClusterConfig, A::Error> {
                let paths = OneOrMany(Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))?);
                Ok(ClusterConfig { paths, ..ClusterConfig::default() })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ClusterConfig, A::Error> {
                let long = LongCluster::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(ClusterConfig {
                    paths: long.paths,
                    roots: long.roots,
                    openshift: long.openshift,
                    platform: long.platform,
                    release_image: long.release_image,
                })
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for ClusterConfig {
    fn schema_name() -> Cow<'static, str> {
        "ClusterConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<LongCluster>();
        json_schema!({ "anyOf": [{ "type": "array", "items": { "type": "string" } }, long] })
    }
}

/// A command that renders a directory, as `kustomize build .` and `helm template NAME .` do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RenderConfig {
    /// The directory that the command runs in, relative to the configuration. What it prints takes the place of everything
    /// in the directory.
    pub root: Option<Spanned<String>>,
    /// A program and its arguments. No shell reads them.
    pub command: Option<Spanned<Vec<String>>>,
    /// The cluster of `clusters` that gets it; without it, it goes where the directory goes.
    pub cluster: Option<Spanned<String>>,
    /// How many seconds the command may take, 60 by default.
    #[schemars(range(min = 1, max = 3600))]
    pub timeout_seconds: Option<Spanned<u64>>,
}

/// An ignore. Everything that is given has to match.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IgnoreConfig {
    /// Ids of rules; all rules without it.
    pub rule: OneOrMany,
    /// Globs of files, relative to the configuration.
    pub path: OneOrMany,
    /// Globs of resources, written `Kind/name`.
    pub resource: OneOrMany,
    /// Globs of cluster names.
    pub cluster: OneOrMany,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which the ignore holds, as in 2027-01-31.
    pub until: Option<Spanned<Day>>,
}

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
        // A string knows its place only as a `Spanned` whole; so the whole is read as one first.
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
            Err(error) => Err(de::Error::custom(format!("`{text}` is no full image name: {error}"))),
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
                day.map_err(|_| E::custom(format!("`{text}` is no day; write it as in 2027-01-31")))
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

/// The JSON Schema of the configuration: the types above, and each rule's own options.
pub fn schema() -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let severity = serde_json::json!({ "enum": ["error", "warning", "note", "off"] });
    let mut rule_properties = serde_json::Map::new();
    for entry in rules::ALL {
        let mut options = entry.runner.as_ref().map_or_else(
            || serde_json::json!({ "type": "object", "properties": {}, "additionalProperties": false }),
            |runner| (runner.schema)(&mut generator).to_value(),
        );
        let severity_property = serde_json::json!({
            "enum": ["error", "warning", "note", "off"],
            "description": format!("How much it weighs; `{}` by default.", entry.meta.severity),
        });
        if let Some(object) = options.as_object_mut() {
            let properties = object.entry("properties").or_insert_with(|| serde_json::json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("severity".into(), severity_property);
            }
            object.remove("title");
            object.insert("description".into(), entry.meta.summary.into());
        }
        let description = format!("{}: {}.", entry.meta.id, entry.meta.summary);
        let both = serde_json::json!({ "description": description, "anyOf": [severity, options] });
        rule_properties.insert(entry.meta.id.into(), both);
    }
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        properties.insert(
            "rules".into(),
            serde_json::json!({
                "description": "Rules by id: a severity, or a map with `severity` and the rule's own options.",
                "type": "object",
                "properties": rule_properties,
                "additionalProperties": false,
            }),
        );
    }
    schema
}
