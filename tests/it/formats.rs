//! What all JSON that pullwarden writes has in common.

use crate::command::{Scratch, err, out, pullwarden};
use crate::generated::{assert_none, root};
use serde_json::Value;
use std::collections::BTreeSet;

/// The names of all fields in a schema.
fn fields(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if let Some(properties) = value.as_object().filter(|_| key == "properties") {
                    found.extend(properties.keys().cloned());
                }
                fields(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn every_format_writes_names_in_one_way_and_has_a_version() {
    let mut failures = Vec::new();
    let refused = err(&pullwarden(&root(), &["schema", "none"]));
    let names = refused.split_once("[possible values: ").and_then(|(_, rest)| rest.split_once(']'));
    let names = names.expect("the names of the schemas").0.split(", ");
    for name in names.filter(|name| *name != "config") {
        let output = pullwarden(&root(), &["schema", name]);
        let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
        let mut found = BTreeSet::new();
        fields(&schema, &mut found);
        assert!(found.len() > 10, "{name}: {found:?}");
        // Policies read its fields beside those of manifests, so they are written like these.
        let is_of_manifests = name == "policy-input";
        let is_snake = |field: &String| {
            field
                .chars()
                .all(|c| c.is_ascii_lowercase() || (c == '_') || (is_of_manifests && c.is_ascii_uppercase()))
        };
        failures
            .extend(found.iter().filter(|field| !is_snake(field)).map(|field| format!("{name}: {field}")));
        if !schema["required"].as_array().is_some_and(|required| required.contains(&"version".into())) {
            failures.push(format!("{name}: no version"));
        }
    }
    assert_none(&failures, "fields");
}

#[test]
fn files_without_the_key_of_the_release_say_so() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {}\n";
    for (version, is_said) in [("4.20", false), ("4.21", true)] {
        let scratch = Scratch::new(&format!("formats-key-{version}"), &[("image.yaml", image)]);
        let output = pullwarden(&scratch.0, &["render", "image.yaml", "--openshift", version, "-o", "nodes"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let policy = std::fs::read_to_string(scratch.0.join("nodes/etc/containers/policy.json"));
        let policy = policy.expect("a policy");
        assert_eq!(policy.contains("KEY-OF-THE-RELEASE"), is_said, "{version}: {policy}");
        assert_eq!(err(&output).contains("`KEY-OF-THE-RELEASE`"), is_said, "{version}: {}", err(&output));
        assert!(!out(&output).contains("KEY-OF-THE-RELEASE"), "{}", out(&output));
    }
}
