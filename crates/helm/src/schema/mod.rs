//! Checks the values of a chart against its JSON schema, `values.schema.json`.
//!
//! Helm's own validator supports all of JSON Schema and downloads what a schema refers to. Here nothing is downloaded,
//! and these parts are not checked: references to other files, `$id` and anchors, `format`, `unevaluatedProperties`,
//! `unevaluatedItems`, `$dynamicRef`, and invalid keywords. Such a part never rejects a value. Below `not` or `oneOf`
//! it makes the whole result undecided.

mod judge;
mod words;

use crate::chart::ChartFile;
use crate::error::{Error, Result};
use crate::value::{Map, Value};
use serde_json::Value as Json;
use spanned_yaml::{FileId, Span};

/// A schema that was read.
#[derive(Debug)]
pub(crate) struct Schema {
    root: Json,
    file: FileId,
    draft: Draft,
}

/// The version of the schema language; only a few keywords differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Draft {
    Four,
    /// Drafts 6 and 7.
    Seven,
    Of2019,
    Of2020,
}

impl Schema {
    /// Reads a schema.
    pub(crate) fn read(file: &ChartFile) -> Result<Self> {
        let root: Json = serde_json::from_slice(file.content.bytes()).map_err(|error| {
            let place = file.content.text().map_or(0, |text| offset(text, error.line(), error.column()));
            Error::at(Span::new(file.id, place, place), format!("the schema is not JSON: {error}"))
        })?;
        let draft = match root.get("$schema").and_then(Json::as_str) {
            Some(url) if url.contains("draft-04") => Draft::Four,
            Some(url) if url.contains("draft-06") || url.contains("draft-07") => Draft::Seven,
            Some(url) if url.contains("2019-09") => Draft::Of2019,
            _ => Draft::Of2020,
        };
        Ok(Self { root, file: file.id, draft })
    }

    /// Checks the values of the chart `name` against the schema.
    pub(crate) fn check(&self, name: &str, values: &Map) -> Result<()> {
        let root = Value::from(values.clone());
        match judge::judge(self, &root) {
            None => Ok(()),
            Some(wrong) => {
                let path =
                    if wrong.path.is_empty() { "the values".into() } else { format!("`{}`", wrong.path) };
                let message = format!("the schema of the chart `{name}` refuses {path}: {}", wrong.message);
                Err(Error::at(wrong.place.unwrap_or(Span::new(self.file, 0, 0)), message))
            }
        }
    }
}

/// The byte offset of a line and a column; both start at 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::ParsedOnce;
    use spanned_yaml::parse_all;
    use std::sync::Arc;

    /// The message of the violation, and the text at its place.
    fn refused(schema: &str, values: &str) -> Option<(String, String)> {
        let file = ChartFile {
            name: "values.schema.json".into(),
            id: FileId(1),
            content: schema.as_bytes().to_vec().into(),
            parsed: ParsedOnce::default(),
        };
        let schema = Schema::read(&file).expect("a schema");
        let text: Arc<str> = values.into();
        let document = parse_all(FileId(0), &text).remove(0).expect("values");
        let value = Value::from_node(document.root()).expect("values");
        let error = schema.check("app", value.as_map().expect("a map")).err()?;
        let span = error.span.filter(|span| span.file == FileId(0));
        Some((error.message, span.map_or(String::new(), |span| values[span.range()].to_owned())))
    }

    #[test]
    fn a_value_is_refused_at_its_place() {
        let schema = r#"{"properties": {"a": {"type": "object", "required": ["port"], "properties":
            {"port": {"type": "integer", "minimum": 1}}}}}"#;
        assert_eq!(refused(schema, "a: {port: 80}\n"), None);
        let (message, place) = refused(schema, "a: {port: x}\n").expect("refused");
        assert_eq!(message, "the schema of the chart `app` refuses `a.port`: string, not integer");
        assert_eq!(place, "x");
        assert_eq!(refused(schema, "a: {port: 0}\n").expect("refused").1, "0");
        let (message, place) = refused(schema, "a: {}\n").expect("refused");
        assert_eq!(
            (&*message, &*place),
            ("the schema of the chart `app` refuses `a`: `port` is missing", "{}")
        );
    }

    #[test]
    fn keywords_mean_what_they_mean_in_json_schema() {
        let cases: &[(&str, &str, &str)] = &[
            (r#"{"type": ["string", "null"]}"#, "v: ~|v: x", "v: 1"),
            (r#"{"enum": [1, "a", {"b": [2]}]}"#, "v: 1|v: a|v: {b: [2]}", "v: 2|v: {b: [3]}"),
            (r#"{"const": 3}"#, "v: 3", "v: 3.5"),
            (r#"{"type": "integer"}"#, "v: 3.0", "v: 3.5|v: true"),
            (r#"{"multipleOf": 0.5}"#, "v: 1.5", "v: 1.2"),
            (r#"{"minimum": 1, "exclusiveMaximum": 3}"#, "v: 1|v: x", "v: 0|v: 3"),
            (r#"{"minLength": 2, "maxLength": 3}"#, "v: éé|v: 1", "v: a|v: abcd"),
            (r#"{"pattern": "^a"}"#, "v: ab|v: 3", "v: ba"),
            (r#"{"items": {"type": "string"}, "minItems": 1}"#, "v: [a]", "v: []|v: [1]"),
            (r#"{"prefixItems": [{"const": 1}], "items": false}"#, "v: [1]|v: []", "v: [1, 2]|v: [2]"),
            (r#"{"uniqueItems": true}"#, "v: [1, a]", "v: [{a: 1}, {a: 1.0}]"),
            (r#"{"contains": {"const": 1}}"#, "v: [2, 1]", "v: [2]|v: []"),
            (
                r#"{"additionalProperties": false, "properties": {"a": true}, "patternProperties": {"^x": true}}"#,
                "v: {a: 1, xy: 2}",
                "v: {b: 1}",
            ),
            (r#"{"propertyNames": {"pattern": "^a"}}"#, "v: {ab: 1}", "v: {b: 1}"),
            (r#"{"minProperties": 1, "maxProperties": 1}"#, "v: {a: 1}", "v: {}|v: {a: 1, b: 2}"),
            (r#"{"dependentRequired": {"a": ["b"]}}"#, "v: {b: 1}|v: {a: 1, b: 2}", "v: {a: 1}"),
            (r#"{"anyOf": [{"type": "string"}, {"minimum": 2}]}"#, "v: a|v: 3", "v: 1"),
            (r#"{"oneOf": [{"type": "number"}, {"minimum": 2}]}"#, "v: 1|v: a", "v: 3"),
            (r#"{"not": {"type": "string"}}"#, "v: 1", "v: a"),
            (
                r#"{"if": {"type": "string"}, "then": {"const": "a"}, "else": {"const": 1}}"#,
                "v: a|v: 1",
                "v: b|v: 2",
            ),
            (r##"{"$ref": "#/$defs/x~1y"}"##, "v: 1", "v: a"),
        ];
        for (schema, taken, left) in cases {
            let whole =
                format!(r#"{{"$defs": {{"x/y": {{"type": "number"}}}}, "properties": {{"v": {schema}}}}}"#);
            for values in taken.split('|') {
                assert_eq!(refused(&whole, values), None, "{schema} takes {values}");
            }
            for values in left.split('|') {
                assert!(refused(&whole, values).is_some(), "{schema} refuses {values}");
            }
        }
    }

    #[test]
    fn keywords_that_are_not_supported_accept_every_value() {
        for schema in [
            r#"{"properties": {"v": {"$ref": "https://example.com/x.json"}}}"#,
            r#"{"properties": {"v": {"not": {"$ref": "https://example.com/x.json"}}}}"#,
            r#"{"properties": {"v": {"type": "numbre"}}}"#,
            r#"{"unevaluatedProperties": false}"#,
            r##"{"properties": {"v": {"$ref": "#/properties/v"}}}"##,
        ] {
            assert_eq!(refused(schema, "v: a"), None, "{schema}");
        }
        let both =
            r#"{"properties": {"v": {"$ref": "https://example.com/x.json"}, "w": {"type": "string"}}}"#;
        assert!(refused(both, "v: a\nw: 1").is_some());
    }
}
