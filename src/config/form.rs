//! The configuration as it is written. These types read it, and the JSON Schema is generated from them.

use super::values::{ChartValues, Day, ImageName, OneOrMany, VersionText};
use crate::openshift::{Platform, Topology};
use crate::policy::{InputKind, Language};
use crate::rules;
use crate::rules::rule::{Preset, REPOSITORY, Severity};
use crate::source::Spanned;
use schemars::transform::{RemoveRefSiblings, Transform};
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
    /// The OpenShift release of all clusters, in quotes: "4.18". Without it, the release of a `ClusterVersion` or
    /// `HostedCluster` counts; without those, the newest release.
    pub openshift: Option<Spanned<VersionText>>,
    /// The platform of the clusters. It decides which registries they need.
    pub platform: Option<Platform>,
    /// How many nodes the control plane of every cluster has: `single-node`, which is never drained, or `ha`.
    pub topology: Option<Topology>,
    /// The release image of all clusters, or its repository. The operator never blocks this repository.
    pub release_image: Option<ImageName>,
    /// The clusters: a name, and the files that reach the cluster.
    pub clusters: BTreeMap<String, ClusterConfig>,
    /// More kinds of workloads: `Kind` or `Kind.group`, and the paths of their images. A path has keys with dots
    /// between them, and `[*]` for each item of a list, as in `spec.sidecars[*].image`.
    pub workloads: BTreeMap<String, OneOrMany>,
    /// Charts of the repository, and the clusters that get them. pullwarden renders them itself.
    pub charts: Vec<Spanned<ChartConfig>>,
    /// Commands that render directories. They run only with `--allow-exec` on the command line.
    pub render: Vec<Spanned<RenderConfig>>,
    /// Directories of policies in Rego.
    pub policies: Vec<Spanned<PolicyConfig>>,
    /// Diagnostics to ignore, each with its reason.
    pub ignore: Vec<Spanned<IgnoreConfig>>,
    /// Globs of files that are not checked.
    pub exclude: OneOrMany,
    /// Whether YAML in the fences of Markdown and AsciiDoc is checked, too.
    pub docs: bool,
    /// The lowest severity that fails a run.
    pub fail_on: Option<FailOn>,
}

/// The lowest severity that fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
    /// Globs of the directories whose kustomizations reach the cluster.
    pub roots: OneOrMany,
    /// Its release.
    pub openshift: Option<Spanned<VersionText>>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// How many nodes its control plane has.
    pub topology: Option<Topology>,
    /// How many nodes each of its pools has.
    pub nodes: BTreeMap<String, u32>,
    /// Its release image.
    pub release_image: Option<ImageName>,
}

/// A cluster with all that is known about it.
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
    /// How many nodes its control plane has: `single-node`, which is never drained, or `ha`.
    topology: Option<Topology>,
    /// How many nodes each of its pools has, by the name of the pool: `{worker: 12}`.
    nodes: BTreeMap<String, u32>,
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
                    topology: long.topology,
                    nodes: long.nodes,
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
        json_schema!({
            "description": "A cluster: its files, and what is known about it. A list of globs is short for `paths`.",
            "anyOf": [{ "type": "array", "items": { "type": "string" } }, long],
        })
    }
}

/// A chart, as `helm template RELEASE ROOT --namespace NAMESPACE --values FILE` renders it for a cluster.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChartConfig {
    /// The directory of the chart, relative to the configuration.
    pub root: Option<Spanned<String>>,
    /// The values files, relative to the configuration. Later files override earlier ones.
    pub values_files: OneOrMany,
    /// Values that override those of all files.
    pub values: ChartValues,
    /// The name of the release; without it, the name of the directory.
    pub release: Option<Spanned<String>>,
    /// The namespace of the release; `default` without it.
    pub namespace: Option<Spanned<String>>,
    /// The names of the clusters that get the chart. Without it, the chart reaches the clusters of its directory.
    pub cluster: OneOrMany,
}

/// A command that renders a directory, as `kustomize build .` and `helm template NAME .` do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RenderConfig {
    /// The directory that the command runs in, relative to the configuration. The output of the command replaces all
    /// files in the directory.
    pub root: Option<Spanned<String>>,
    /// A program and its arguments. No shell reads them.
    pub command: Option<Spanned<Vec<String>>>,
    /// The name of the cluster that gets the output. Without it, the output reaches the clusters of the directory.
    pub cluster: Option<Spanned<String>>,
    /// The limit of time in seconds, 60 by default.
    #[schemars(range(min = 1, max = 3600))]
    pub timeout_seconds: Option<Spanned<u64>>,
}

/// A directory of policies in Rego. Each `deny`, `violation` and `warn` in it is a rule `policy/<package>/<name>`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyConfig {
    /// The directory of the policies, or several directories whose policies see each other, relative to the
    /// configuration. Files that end in `_test.rego` run only in `pullwarden policy test`.
    pub path: OneOrMany,
    /// The packages whose rules run: `main` by default, all of them for `input: review`; `*` selects all.
    pub namespaces: OneOrMany,
    /// Files and directories with data in JSON or YAML, which policies find under `data`.
    pub data: OneOrMany,
    /// The `input` of the policies: each `object` as its cluster gets it (the default), the same as a `review` of
    /// Gatekeeper with `data.parameters` as its parameters, each `cluster` with all that it gets, or the same as the
    /// `combined` list of `conftest --combine`.
    pub input: Option<InputKind>,
    /// The language: `v1` of OPA 1.0 or `v0` from before. Without it, each module may be written in either.
    pub rego: Option<Language>,
}

/// An ignore. All of its conditions have to match.
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

/// Where the JSON Schema of this version can be read, so that an old configuration keeps its meaning.
pub fn schema_url() -> String {
    let files = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/");
    format!("{files}/v{}/schema/pullwarden.schema.json", env!("CARGO_PKG_VERSION"))
}

/// The JSON Schema of the configuration: the types above, and each rule's own options. It is of draft 7, which the
/// language servers of editors read in full.
pub fn schema() -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let severity = serde_json::json!({ "enum": ["error", "warning", "note", "off"] });
    let mut rule_properties = serde_json::Map::new();
    for entry in rules::ALL {
        let mut options = entry.runner.as_ref().map_or_else(
            || serde_json::json!({ "type": "object", "properties": {}, "additionalProperties": false }),
            |runner| (runner.schema)(&mut generator).to_value(),
        );
        let severity_property = serde_json::json!({
            "enum": ["error", "warning", "note", "off"],
            "description": format!("Its severity; `{}` by default.", entry.meta.severity),
        });
        if let Some(object) = options.as_object_mut() {
            let properties = object.entry("properties").or_insert_with(|| serde_json::json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("severity".into(), severity_property);
            }
            object.insert("title".into(), format!("Options of {}", entry.meta.id).into());
            object.insert("description".into(), entry.meta.summary.into());
        }
        let description = format!("{}: {}.", entry.meta.id, entry.meta.summary);
        let both = serde_json::json!({
            "title": entry.meta.id, "description": description, "anyOf": [severity, options],
        });
        rule_properties.insert(entry.meta.id.into(), both);
    }
    let of_policy = serde_json::json!({
        "description": "Its severity, in place of the one that it gives itself.",
        "enum": severity["enum"],
    });
    let of_policies = serde_json::json!({
        "description": "The severity of a policy.",
        "anyOf": [
            severity,
            {
                "type": "object",
                "properties": { "severity": of_policy },
                "additionalProperties": false,
            },
        ],
    });
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("$id".into(), schema_url().into());
        object.insert("title".into(), "The configuration of pullwarden".into());
    }
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        properties.insert(
            "rules".into(),
            serde_json::json!({
                "title": "Rules",
                "description": "Rules by id: a severity, or a map with `severity` and the rule's own options.",
                "type": "object",
                "properties": rule_properties,
                "patternProperties": { "^policy/": of_policies },
                "additionalProperties": false,
            }),
        );
    }
    add_titles(&mut schema);
    // In this draft, nothing beside a reference counts.
    let mut schema = schemars::Schema::try_from(schema).unwrap_or_default();
    RemoveRefSiblings::default().transform(&mut schema);
    schema.to_value()
}

/// Gives each property a title: its key in words. Editors show it above the description.
fn add_titles(schema: &mut serde_json::Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        for (key, property) in properties.iter_mut().filter(|(_, property)| property.get("title").is_none()) {
            if let Some(property) = property.as_object_mut() {
                property.insert("title".into(), title(key).into());
            }
        }
    }
    match schema {
        serde_json::Value::Object(object) => object.values_mut().for_each(add_titles),
        serde_json::Value::Array(items) => items.iter_mut().for_each(add_titles),
        _ => {}
    }
}

/// A key in words: "Fail on" for `fail-on`.
fn title(key: &str) -> String {
    if key == "openshift" {
        return "OpenShift".into();
    }
    let words = key.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
