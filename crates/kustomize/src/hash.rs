//! The suffix of a generated object's name: a digest of its content, without vowels.

use crate::resource::Resource;
use crate::value::Value;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Adds the suffix to the names that need one.
pub(crate) fn add(resources: &mut [Resource]) {
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let name = format!("{}-{}", resource.name(), suffix(resource));
        resource.remember_id();
        resource.set_name(&name, None);
    }
}

fn suffix(resource: &Resource) -> String {
    let field = |key: &str| resource.value.get(key).map_or(Json::from(""), Value::json);
    let mut fields = vec![
        ("data", field("data")),
        ("kind", Json::from(resource.kind())),
        // kustomize looks for the name under a key `metadata/name`, so it never counts.
        ("name", Json::from("")),
    ];
    if resource.value.get("binaryData").is_some() {
        fields.insert(0, ("binaryData", field("binaryData")));
    }
    if resource.kind() == "Secret" {
        if resource.value.get("stringData").is_some() {
            fields.push(("stringData", field("stringData")));
        }
        fields.push(("type", field("type")));
    }
    let parts: Vec<String> =
        fields.iter().map(|(key, value)| format!("\"{key}\":{}", encode(value))).collect();
    let digest = Sha256::digest(format!("{{{}}}", parts.join(",")));
    let mut hex = String::new();
    for byte in digest.iter().take(5) {
        let _ = write!(hex, "{byte:02x}");
    }
    let spell = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(spell).collect()
}

/// JSON as Go writes it: keys are sorted, and characters that HTML would read as markup are escaped.
fn encode(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let mut pairs: Vec<(&String, &Json)> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| key.as_bytes());
            let parts: Vec<String> =
                pairs.into_iter().map(|(key, value)| format!("{}:{}", escape(key), encode(value))).collect();
            format!("{{{}}}", parts.join(","))
        }
        Json::String(text) => escape(text),
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    let json = Json::from(text).to_string();
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(escaped, "\\u{:04x}", c as u32);
            }
            c => escaped.push(c),
        }
    }
    escaped
}
