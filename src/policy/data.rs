//! Data of policies: JSON and YAML files, merged into one document as OPA merges them. Subdirectories of the configured
//! directory become keys of the document.

use super::files::has_ending;
use super::json::Writer;
use crate::finding::Finding;
use crate::rules::policy_error;
use crate::source::{FileId, Span};
use crate::yaml;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The documents of data, merged so far.
#[derive(Debug, Default)]
pub(super) struct Data {
    value: Map<String, Value>,
    /// The name of the file that each value comes from, by the path of the value.
    from: HashMap<Vec<String>, String>,
}

impl Data {
    /// The document.
    pub(super) fn into_value(self) -> Value {
        Value::Object(self.value)
    }

    /// Adds the text of a file; `below` holds the keys above its content.
    pub(super) fn add(
        &mut self,
        below: &[String],
        name: &str,
        file: FileId,
        text: &Arc<str>,
    ) -> Option<Finding> {
        let mut documents = Vec::new();
        let mut wrong = None;
        let is_json = has_ending(name, &["json"]);
        if is_json && let Some((at, why)) = spanned_json_error(text) {
            wrong = Some((Span::new(file, at, at), why));
        }
        yaml::parse(file, text, |parsed| match parsed {
            Ok(document) => documents.push(document),
            Err(error) => wrong = wrong.take().or(Some((error.span, error.message))),
        });
        if let Some((span, why)) = wrong {
            let kind = if is_json { "JSON" } else { "YAML" };
            return Some(policy_error::data(span, format!("this data is not {kind}: {why}")));
        }
        if let Some(second) = documents.get(1) {
            let span = Span { end: second.span().start, ..second.span() };
            return Some(policy_error::data(span, "data is one document; the second one is not read"));
        }
        let document = documents.first().filter(|document| !document.is_empty())?;
        let root = document.root();
        let value = Writer::of_all().value(root);
        let Value::Object(value) = value else {
            let span = Span { end: root.span().start, ..root.span() };
            return Some(policy_error::data(span, "data is a map of names to values"));
        };
        let mut place = Vec::new();
        let mut into = &mut self.value;
        for part in below {
            place.push(part.clone());
            let next = into.entry(part.clone()).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(next) = next else {
                return Some(self.taken(&place, root.span(), name));
            };
            into = next;
        }
        let clash = merge(into, value, &mut place, name, &mut self.from)?;
        let span = clash[below.len()..].iter().try_fold((root, None), |(node, _), key| {
            node.entry(key).map(|entry| (entry.value, Some(entry.key.span())))
        });
        let span = span.and_then(|(_, span)| span).unwrap_or(root.span());
        Some(self.taken(&clash, span, name))
    }

    fn taken(&self, place: &[String], span: Span, name: &str) -> Finding {
        let other = self.from.get(place).filter(|other| *other != name);
        let by = other.map_or_else(String::new, |other| format!(" by `{other}`"));
        policy_error::data(span, format!("`data.{}` is set already{by}", place.join(".")))
    }
}

/// Merges two maps. Returns the path of a key that both have, unless both values are maps.
fn merge(
    into: &mut Map<String, Value>,
    from: Map<String, Value>,
    place: &mut Vec<String>,
    name: &str,
    names: &mut HashMap<Vec<String>, String>,
) -> Option<Vec<String>> {
    for (key, value) in from {
        place.push(key.clone());
        match (into.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(value)) => {
                if let Some(clash) = merge(known, value, place, name, names) {
                    return Some(clash);
                }
            }
            (Some(_), _) => return Some(place.clone()),
            (None, value) => {
                names.insert(place.clone(), name.to_owned());
                into.insert(key, value);
            }
        }
        place.pop();
    }
    None
}

/// The place where a text stops being JSON, and the reason.
fn spanned_json_error(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line_start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or(&why).to_owned();
    Some((at, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn add(data: &mut Data, below: &[&str], name: &str, text: &str) -> Option<String> {
        let below: Vec<String> = below.iter().map(|part| (*part).to_owned()).collect();
        data.add(&below, name, FileId(0), &text.into()).map(|finding| finding.message)
    }

    #[test]
    fn directories_are_names_and_maps_are_merged() {
        let mut data = Data::default();
        assert_eq!(add(&mut data, &[], "a.yaml", "mirrors: {ours: [a]}\n"), None);
        assert_eq!(add(&mut data, &[], "b.json", "{\"mirrors\": {\"theirs\": []}}"), None);
        assert_eq!(add(&mut data, &["teams", "a"], "teams/a/x.yaml", "owner: x\n"), None);
        assert_eq!(add(&mut data, &[], "empty.yaml", "# nothing\n"), None);
        assert_eq!(
            add(&mut data, &["teams"], "teams/y.yaml", "a: {owner: y}\n").as_deref(),
            Some("`data.teams.a.owner` is set already by `teams/a/x.yaml`")
        );
        assert_eq!(
            data.into_value(),
            json!({"mirrors": {"ours": ["a"], "theirs": []}, "teams": {"a": {"owner": "x"}}})
        );
    }

    #[test]
    fn files_that_are_no_data_are_reported() {
        let mut data = Data::default();
        for (name, text, message) in [
            ("a.yaml", "a: [", "this data is not YAML"),
            ("a.json", "{a: 1}", "this data is not JSON"),
            ("a.yaml", "- a\n", "data is a map of names to values"),
            ("a.yaml", "a: 1\n---\nb: 2\n", "data is one document"),
        ] {
            let said = add(&mut data, &[], name, text).unwrap_or_default();
            assert!(said.starts_with(message), "{name}: {said}");
        }
        assert_eq!(data.into_value(), json!({}));
    }
}
