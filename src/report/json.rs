//! The report for programs. It has types of its own with a version: as long as [`VERSION`] stays the same, these types only
//! gain fields, whatever changes inside of pullwarden.

mod form;

use super::printable;
use crate::check::diagnostic::{Diagnostic, State};
use crate::check::triage::Report;
use crate::finding::{Edit, Fix, Related};
use crate::machine::terminal::{escape, prose};
use crate::model::{Identity, ImageCounts, LeftAlone, NotRead};
use crate::rules::rule::Severity;
use crate::source::{Position, Sources, Span};
use form::{
    By, Bytes, Images, JsonDiagnostic, JsonEdit, JsonFix, JsonLeftAlone, JsonPosition, JsonRelated,
    JsonReport, JsonState, Place, Reason, Region, Resource, Summary, Tool,
};
use std::io::{self, Write};

/// The version of the format.
pub const VERSION: u32 = 2;

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
            alone: checked.alone,
            images: checked.images.map(|ImageCounts { held, clusters, unheld }| Images {
                held,
                clusters,
                unheld,
            }),
            policies: checked.objects.map(|_| report.policies.len()),
            objects: checked.objects,
            unfinished: (checked.unfinished > 0).then_some(checked.unfinished),
            files: checked.files,
            templates: checked.left_alone.templates,
            patches: checked.left_alone.patches,
            hidden: checked.left_alone.hidden,
            dependencies: checked.left_alone.dependencies,
            unread: checked.unread,
            examples: checked.examples.map(|counts| counts.examples),
        },
        left_alone: report.left_alone.iter().map(left_alone).collect(),
    };
    printable::write(&report, out)
}

/// The JSON Schema of the report.
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<JsonReport<'_>>().to_value()
}

fn left_alone(left: &LeftAlone) -> JsonLeftAlone<'_> {
    let (reason, documents) = match left.why {
        NotRead::Documents { templates, patches } => (Reason::Documents, Some((templates, patches))),
        NotRead::Template => (Reason::Template, None),
        NotRead::Hidden => (Reason::Hidden, None),
        NotRead::Dependencies(_) => (Reason::Dependencies, None),
    };
    let (templates, patches) = documents.unzip();
    let dependencies = if let NotRead::Dependencies(count) = left.why { Some(count) } else { None };
    JsonLeftAlone { file: &left.file, reason, templates, patches, dependencies }
}

fn diagnostic<'r>(diagnostic: &'r Diagnostic, sources: &'r Sources) -> JsonDiagnostic<'r> {
    JsonDiagnostic {
        rule: diagnostic.rule.id,
        severity: diagnostic.severity,
        message: escape(&diagnostic.message).into_owned(),
        help: diagnostic.help.as_deref().map(prose),
        note: diagnostic.note.as_deref().map(prose),
        effect: diagnostic.effect,
        data: diagnostic.data.as_ref(),
        place: place(diagnostic.span, sources).unwrap_or(Place { file: "", region: None, bytes: None }),
        field: &diagnostic.field,
        resource: diagnostic.resource.as_deref().map(resource),
        clusters: &diagnostic.clusters,
        related: diagnostic.related.iter().filter_map(|r| related(r, sources)).collect(),
        fix: diagnostic.fix.as_ref().and_then(|f| fix(f, sources)),
        fingerprint: &diagnostic.fingerprint,
        state: state(&diagnostic.state),
    }
}

/// The place of a span; `None` if the text of the file was not kept.
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
    use crate::machine::terminal::is_unprintable;
    use crate::report::sample;
    use serde_json::{Value, json};

    fn written(report: &Report, sources: &Sources) -> Value {
        let mut out = Vec::new();
        write(report, sources, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("}\n") && !text.contains(is_unprintable), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_report_has_every_field_of_a_finding() {
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
                "resource": {"api_version": "config.openshift.io/v1", "kind": "Image", "name": "cluster"},
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
                "clusters": 2, "alone": 1, "images": {"held": 1, "clusters": 1, "unheld": 2}, "files": 4, "templates": 2,
                "patches": 2, "hidden": 1, "dependencies": 0, "unread": 0})
        );
    }

    #[test]
    fn a_report_without_findings_has_every_field() {
        let json = written(&Report::default(), &Sources::default());
        assert_eq!(json["version"], VERSION);
        assert_eq!(json["tool"], json!({"name": "pullwarden", "version": env!("CARGO_PKG_VERSION")}));
        assert_eq!(json["diagnostics"], json!([]));
    }

    /// Whether `value` matches the part `schema` of `root`, for the keywords that this schema uses.
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
    fn the_report_is_valid_by_its_schema() {
        let (report, sources) = sample::report();
        let schema = schema();
        fits(&written(&report, &sources), &schema, &schema).unwrap();
        let mut other = written(&report, &sources);
        other["version"] = (VERSION + 1).into();
        fits(&other, &schema, &schema).unwrap_err();
        let optional = ["help", "note", "effect", "region", "bytes", "field", "data", "resource", "fix"];
        let required = schema["$defs"]["Diagnostic"]["required"].as_array().unwrap();
        assert!(optional.iter().all(|key| !required.contains(&(*key).into())), "{required:?}");
    }
}
