//! Finds the comments under `# METADATA` in a module, and their subjects.

use super::tokens::{Kind, tokens};
use crate::Metadata;
use regorus::Value;
use std::ops::Range;

/// The comments under one `# METADATA`.
pub(super) struct Annotation {
    pub scope: Scope,
    pub metadata: Metadata,
    /// The comments as a value of the language.
    pub value: Value,
    /// Their bytes. They describe the statement behind them.
    pub range: Range<usize>,
}

impl Annotation {
    /// The annotation as a value of the language.
    pub(super) fn as_value(&self) -> Value {
        let mut value = self.value.clone();
        if let Ok(fields) = value.as_object_mut() {
            let scope = match self.scope {
                Scope::Rule => "rule",
                Scope::Document => "document",
                Scope::Package => "package",
                Scope::Subpackages => "subpackages",
            };
            fields.insert(Value::from("scope"), Value::from(scope));
        }
        value
    }
}

/// The subject of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Rule,
    Document,
    Package,
    Subpackages,
}

/// The annotations of a module, or the error in one; `package` is the place of the package's name.
pub(super) fn annotations(text: &str, package: usize) -> Vec<Result<Annotation, (Range<usize>, String)>> {
    let mut found = Vec::new();
    let mut block: Option<(Range<usize>, String)> = None;
    let mut finish = |block: &mut Option<(Range<usize>, String)>| {
        if let Some((range, yaml)) = block.take() {
            let read = annotation(&yaml, range.clone(), range.end <= package);
            found.push(read.map_err(|message| (range, message)));
        }
    };
    for token in tokens(text) {
        let line = text[..token.range.start].rfind('\n').map_or(0, |newline| newline + 1);
        let alone = text[line..token.range.start].trim().is_empty();
        if token.kind != Kind::Comment || !alone {
            finish(&mut block);
            continue;
        }
        let words = text[token.range.start + 1..token.range.end].trim_end_matches('\r');
        let adjacent =
            block.as_ref().is_some_and(|(range, _)| text[range.end..line].matches('\n').count() == 1);
        if words.trim() == "METADATA" {
            finish(&mut block);
            block = Some((token.range, String::new()));
        } else if let Some((range, yaml)) = block.as_mut().filter(|_| adjacent) {
            range.end = token.range.end;
            yaml.push_str(words);
            yaml.push('\n');
        } else {
            finish(&mut block);
        }
    }
    finish(&mut block);
    found
}

fn annotation(yaml: &str, range: Range<usize>, of_package: bool) -> Result<Annotation, String> {
    let value = if yaml.trim().is_empty() {
        Value::new_object()
    } else {
        Value::from_yaml_str(yaml)
            .map_err(|error| format!("METADATA is not valid YAML: {}", first_line(&error.to_string())))?
    };
    let json = serde_json::to_value(&value).map_err(|error| error.to_string())?;
    let serde_json::Value::Object(mut fields) = json else {
        return Err("METADATA is not a list of keys and values".into());
    };
    let scope = match fields.get("scope").and_then(serde_json::Value::as_str) {
        Some("rule") => Scope::Rule,
        Some("document") => Scope::Document,
        Some("package") => Scope::Package,
        Some("subpackages") => Scope::Subpackages,
        Some(other) => return Err(format!("`{other}` is not a scope of METADATA")),
        None if of_package => Scope::Package,
        None => Scope::Rule,
    };
    if let Some(serde_json::Value::Array(resources)) = fields.get_mut("related_resources") {
        for resource in resources.iter_mut().filter(|resource| resource.is_string()) {
            *resource = serde_json::json!({"ref": resource.take()});
        }
    }
    let metadata = serde_json::from_value(serde_json::Value::Object(fields))
        .map_err(|error| format!("METADATA: {}", first_line(&error.to_string())))?;
    Ok(Annotation { scope, metadata, value, range })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
