//! The report for programs. Its types are its own and versioned: what is inside of pullwarden can change, these
//! can only gain fields as long as [`VERSION`] stays.

use super::printable;
use super::text::{escape, prose};
use crate::diagnostic::{Diagnostic, State};
use crate::finding::{Effect, Related};
use crate::fix::{Edit, Fix, Safety};
use crate::model::Identity;
use crate::rule::Severity;
use crate::source::{Position, Sources, Span};
use crate::triage::Report;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A report of pullwarden.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "pullwarden report")]
struct JsonReport<'r> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// What made the report.
    tool: Tool,
    /// Everything found, ignored findings included, in the order of files and places.
    diagnostics: Vec<JsonDiagnostic<'r>>,
    /// What it amounts to.
    summary: Summary,
}

/// What made the report.
#[derive(Debug, Serialize, JsonSchema)]
struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Diagnostic")]
struct JsonDiagnostic<'r> {
    /// The rule that found it.
    rule: &'static str,
    /// How much it matters.
    severity: Severity,
    /// What is wrong; one line.
    message: String,
    /// What the cluster will do, and what to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Why it weighs less than the rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What the cluster does because of it, if it is one of a few drastic things.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    /// Where it is.
    #[serde(flatten)]
    place: Place<'r>,
    /// The field, as the API server names it.
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'r str,
    /// The resource that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource<'r>>,
    /// The clusters that it holds for.
    clusters: &'r [String],
    /// Other places that make it wrong.
    related: Vec<JsonRelated<'r>>,
    /// A change that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<JsonFix<'r>>,
    /// What identifies it over time, however lines move.
    fingerprint: &'r str,
    /// What became of it.
    state: JsonState,
}

/// Where a text stands.
#[derive(Debug, Serialize, JsonSchema)]
struct Place<'r> {
    /// Path relative to the repository root, with `/`; `<stdin>` for a stream, `DIR (rendered)` for what a command
    /// printed.
    file: &'r str,
    /// Lines and columns; absent where a whole file is meant that has no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    /// The same in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<Bytes>,
}

/// A range of text.
#[derive(Debug, Serialize, JsonSchema)]
struct Region {
    /// The first character.
    start: JsonPosition,
    /// The place behind the last character.
    end: JsonPosition,
}

/// A place between characters.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Position")]
struct JsonPosition {
    /// Line, from 1.
    #[schemars(range(min = 1))]
    line: usize,
    /// Column in characters, from 1.
    #[schemars(range(min = 1))]
    column: usize,
}

/// A range of bytes in a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Bytes {
    /// The first byte, from 0.
    start: u32,
    /// The byte behind the last one.
    end: u32,
}

/// What a resource is called.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Resource<'r> {
    /// `apiVersion` as written.
    api_version: &'r str,
    /// `kind` as written.
    kind: &'r str,
    /// `metadata.namespace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'r str>,
    /// `metadata.name`.
    name: &'r str,
}

/// Another place that has to do with a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Related")]
struct JsonRelated<'r> {
    /// What it has to do with it.
    message: String,
    /// Where.
    #[serde(flatten)]
    place: Place<'r>,
}

/// A change that mends a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
struct JsonFix<'r> {
    /// What it does, as an order.
    title: String,
    /// Whether it can be applied unseen.
    safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    edits: Vec<JsonEdit<'r>>,
}

/// Text to replace.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct JsonEdit<'r> {
    /// What goes; an insertion has an empty range.
    #[serde(flatten)]
    place: Place<'r>,
    /// What comes.
    replacement: &'r str,
}

/// What became of a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[schemars(rename = "State")]
enum JsonState {
    /// Somebody should look at it.
    Open,
    /// Somebody said "not here".
    Ignored {
        /// Why.
        reason: String,
        /// Where that was said.
        by: By,
    },
    /// It was there when somebody wrote down what is accepted.
    Baselined,
}

/// Where a finding was ignored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// In the manifest.
    Comment,
    /// In the configuration.
    Configuration,
}

/// What a report amounts to.
#[derive(Debug, Serialize, JsonSchema)]
struct Summary {
    /// Open errors.
    errors: usize,
    /// Open warnings.
    warnings: usize,
    /// Open notes.
    notes: usize,
    /// Findings of any weight that somebody said "not here" to.
    ignored: usize,
    /// Findings of any weight that the baseline holds back.
    baselined: usize,
    /// Findings left out since one rule found too many in one cluster.
    dropped: usize,
    /// Resources that were checked.
    resources: usize,
    /// Clusters that they reach.
    clusters: usize,
    /// Files that were read.
    files: usize,
    /// Documents left alone since a template fills them in.
    templates: usize,
}

/// Writes `report` as JSON.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let checked = report.checked;
    let report = JsonReport {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        diagnostics: report.diagnostics.iter().map(|d| diagnostic(d, sources)).collect(),
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
            ignored: report.ignored(),
            baselined: report.baselined(),
            dropped: checked.dropped,
            resources: checked.resources,
            clusters: checked.clusters,
            files: checked.files,
            templates: checked.templates,
        },
    };
    printable::write(&report, out)
}

/// The JSON Schema of the report.
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<JsonReport<'_>>().to_value()
}

fn diagnostic<'r>(diagnostic: &'r Diagnostic, sources: &'r Sources) -> JsonDiagnostic<'r> {
    JsonDiagnostic {
        rule: diagnostic.rule.id,
        severity: diagnostic.severity,
        message: escape(&diagnostic.message).into_owned(),
        help: diagnostic.help.as_deref().map(prose),
        note: diagnostic.note.as_deref().map(prose),
        effect: diagnostic.effect,
        place: place(diagnostic.span, sources).unwrap_or(Place { file: "", region: None, bytes: None }),
        field: &diagnostic.field,
        resource: diagnostic.resource.as_ref().map(resource),
        clusters: &diagnostic.clusters,
        related: diagnostic.related.iter().filter_map(|r| related(r, sources)).collect(),
        fix: diagnostic.fix.as_ref().and_then(|f| fix(f, sources)),
        fingerprint: &diagnostic.fingerprint,
        state: state(&diagnostic.state),
    }
}

/// `None` for a file whose text was not kept.
fn place(span: Span, sources: &Sources) -> Option<Place<'_>> {
    let source = sources.get(span.file)?;
    if source.text.is_empty() {
        return Some(Place { file: &source.name, region: None, bytes: None });
    }
    let position = |offset| {
        let Position { line, column } = source.position(offset);
        JsonPosition { line, column }
    };
    Some(Place {
        file: &source.name,
        region: Some(Region { start: position(span.start), end: position(span.end) }),
        bytes: Some(Bytes { start: span.start, end: span.end }),
    })
}

fn resource(identity: &Identity) -> Resource<'_> {
    Resource {
        api_version: &identity.api_version,
        kind: &identity.kind,
        namespace: (!identity.namespace.is_empty()).then_some(&identity.namespace),
        name: &identity.name,
    }
}

fn related<'r>(related: &'r Related, sources: &'r Sources) -> Option<JsonRelated<'r>> {
    let place = place(related.span, sources)?;
    Some(JsonRelated { message: escape(&related.text).into_owned(), place })
}

fn fix<'r>(fix: &'r Fix, sources: &'r Sources) -> Option<JsonFix<'r>> {
    let edit =
        |edit: &'r Edit| Some(JsonEdit { place: place(edit.span, sources)?, replacement: &edit.replacement });
    let edits = fix.edits.iter().map(edit).collect::<Option<_>>()?;
    Some(JsonFix { title: escape(&fix.title).into_owned(), safety: fix.safety, edits })
}

fn state(state: &State) -> JsonState {
    match state {
        State::Open => JsonState::Open,
        State::Ignored { reason, in_source, .. } => JsonState::Ignored {
            reason: escape(reason).into_owned(),
            by: if *in_source { By::Comment } else { By::Configuration },
        },
        State::Baselined { .. } => JsonState::Baselined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::text::is_unprintable;
    use serde_json::{Value, json};

    fn written(report: &Report, sources: &Sources) -> Value {
        let mut out = Vec::new();
        write(report, sources, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("}\n") && !text.contains(is_unprintable), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn says_everything() {
        let (report, sources) = sample::report();
        let json = written(&report, &sources);
        assert_eq!(
            json["diagnostics"][0],
            json!({
                "rule": "self-mirror",
                "severity": "error",
                "message": "`self.example.com` mirrors\\u{7} itself [x](https://evil.example)\\n::error::",
                "help": "drop the entry\n::error::or not, and 50% of it",
                "note": "the cluster is only guessed",
                "effect": "freezes",
                "file": "clusters/é b/100%/image.yaml",
                "region": {"start": {"line": 2, "column": 28}, "end": {"line": 2, "column": 44}},
                "bytes": {"start": 47, "end": 63},
                "field": "spec.mirror",
                "resource": {"apiVersion": "config.openshift.io/v1", "kind": "Image", "name": "cluster"},
                "clusters": ["east", "west\u{9b}"],
                "related": [
                    {
                        "message": "the source [is](1) set here",
                        "file": "<stdin>",
                        "region": {"start": {"line": 1, "column": 9}, "end": {"line": 2, "column": 1}},
                        "bytes": {"start": 8, "end": 10},
                    },
                    {
                        "message": "and noted here",
                        "file": "clusters/é b/100%/image.yaml",
                        "region": {"start": {"line": 2, "column": 14}, "end": {"line": 2, "column": 18}},
                        "bytes": {"start": 29, "end": 37},
                    },
                ],
                "fix": {
                    "title": "remove the entry",
                    "safety": "safe",
                    "edits": [
                        {
                            "file": "clusters/é b/100%/image.yaml",
                            "region": {"start": {"line": 2, "column": 28}, "end": {"line": 2, "column": 44}},
                            "bytes": {"start": 47, "end": 63},
                            "replacement": "\u{202e}other\r\n",
                        },
                        {
                            "file": "<stdin>",
                            "region": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 1}},
                            "bytes": {"start": 0, "end": 0},
                            "replacement": "# first\n",
                        },
                        {
                            "file": "<stdin>",
                            "region": {"start": {"line": 2, "column": 1}, "end": {"line": 3, "column": 1}},
                            "bytes": {"start": 10, "end": 23},
                            "replacement": "",
                        },
                    ],
                },
                "fingerprint": report.diagnostics[0].fingerprint,
                "state": {"status": "open"},
            })
        );
        assert_eq!(
            json["diagnostics"][1]["state"],
            json!({"status": "ignored", "reason": "known,\\u{200b} see ticket", "by": "comment"})
        );
        assert_eq!(json["diagnostics"][1]["resource"]["namespace"], "openshift");
        assert_eq!(json["diagnostics"][2]["file"], "empty.yaml");
        assert_eq!(json["diagnostics"][2].get("region"), None);
        assert_eq!(json["diagnostics"][4]["state"]["by"], "configuration");
        assert_eq!(
            json["summary"],
            json!({"errors": 2, "warnings": 1, "notes": 1, "ignored": 2, "baselined": 1, "dropped": 3, "resources": 2,
                "clusters": 2, "files": 4, "templates": 1})
        );
    }

    #[test]
    fn is_whole_without_findings() {
        let json = written(&Report::default(), &Sources::default());
        assert_eq!(json["version"], 1);
        assert_eq!(json["tool"], json!({"name": "pullwarden", "version": env!("CARGO_PKG_VERSION")}));
        assert_eq!(json["diagnostics"], json!([]));
    }

    /// Whether `value` is what the part `schema` of `root` describes, as far as our own schema uses the language.
    fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{what}: {value} against {schema}"));
        if let Some(path) = schema["$ref"].as_str() {
            fits(value, root.pointer(path.trim_start_matches('#')).ok_or(path)?, root)?;
        }
        for choice in ["anyOf", "oneOf"] {
            let Some(list) = schema[choice].as_array() else { continue };
            if !list.iter().any(|part| fits(value, part, root).is_ok()) {
                return wrong(choice);
            }
        }
        if schema.get("const").is_some_and(|constant| constant != value)
            || schema["enum"].as_array().is_some_and(|list| !list.contains(value))
            || schema["minimum"].as_u64() > value.as_u64().filter(|_| schema.get("minimum").is_some())
        {
            return wrong("value");
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        match &schema["type"] {
            Value::String(one) if one != kind => return wrong("type"),
            Value::Array(several) if !several.contains(&kind.into()) => return wrong("type"),
            _ => {}
        }
        for item in value.as_array().into_iter().flatten() {
            fits(item, &schema["items"], root)?;
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            if value.get(key.as_str().unwrap_or_default()).is_none() {
                return wrong("required");
            }
        }
        for (key, item) in schema["properties"].as_object().and(value.as_object()).into_iter().flatten() {
            let Some(part) = schema["properties"].get(key) else { return wrong(key) };
            fits(item, part, root)?;
        }
        Ok(())
    }

    #[test]
    fn fits_its_schema() {
        let (report, sources) = sample::report();
        let schema = schema();
        fits(&written(&report, &sources), &schema, &schema).unwrap();
        let mut other = written(&report, &sources);
        other["version"] = 2.into();
        fits(&other, &schema, &schema).unwrap_err();
        let optional = ["help", "note", "effect", "region", "bytes", "field", "resource", "fix"];
        let required = schema["$defs"]["Diagnostic"]["required"].as_array().unwrap();
        assert!(optional.iter().all(|key| !required.contains(&(*key).into())), "{required:?}");
    }
}
