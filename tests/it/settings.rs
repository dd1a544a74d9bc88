//! What pullwarden says of itself agrees: presets are configurations, the schema knows every rule, and every rule can
//! be explained.

use crate::generated;
use crate::harness::{Repository, Run};
use crate::page::HEADINGS;
use pullwarden::rules::rule::Preset;
use pullwarden::{config, program, rules};

#[test]
fn a_preset_is_a_configuration() {
    for name in ["recommended", "strict"] {
        let path = generated::root().join(format!("rules/presets/{name}.yaml"));
        let text = std::fs::read(&path).expect("a preset is written down");
        let repository =
            Repository { files: vec![(".pullwarden.yaml".into(), text)], ..Repository::default() };
        let checked = repository.check(Run::Preset(Preset::Recommended));
        assert!(checked.open().is_empty(), "{name}:\n{}", checked.human());
    }
}

#[test]
fn the_schema_of_the_configuration_knows_every_rule() {
    let schema = config::schema();
    let known = &schema["properties"]["rules"]["properties"];
    for entry in rules::ALL {
        assert!(known.get(entry.meta.id).is_some(), "`{}` is not in the schema", entry.meta.id);
    }
}

#[test]
fn the_schema_of_the_configuration_is_a_file_that_editors_can_read() {
    let schema = config::schema();
    let path = generated::root().join("schema/pullwarden.schema.json");
    let mut failures = Vec::new();
    generated::expect(&path, &format!("{schema:#}\n"), &mut failures);
    generated::assert_none(&failures, "settings");
    let id = schema["$id"].as_str().expect("an address");
    assert!(id.ends_with(&format!("/v{}/schema/pullwarden.schema.json", env!("CARGO_PKG_VERSION"))), "{id}");
    assert_eq!(id, config::schema_url());
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(!has_ignored_words(&schema), "nothing beside a reference counts in this draft");
    let mut silent = Vec::new();
    without_description("", &schema, &mut silent);
    assert!(silent.is_empty(), "these have no title or no description: {silent:?}");
    assert!(schema["title"].is_string() && schema["description"].is_string());
}

#[test]
fn the_entry_for_schemastore_names_the_files_and_the_schema() {
    let file = "packaging/schemastore/catalog.json";
    let schema = config::schema();
    // The catalog follows the newest schema; a file that names its own schema keeps that of its release.
    let url = config::schema_url().replace(&format!("/v{}/", env!("CARGO_PKG_VERSION")), "/main/");
    let entry = serde_json::json!({
        "name": "pullwarden",
        "description": schema["description"],
        "fileMatch": config::NAMES,
        "url": url,
    });
    let mut failures = Vec::new();
    generated::expect(&generated::root().join(file), &format!("{entry:#}\n"), &mut failures);
    generated::assert_none(&failures, "settings");
    let page = std::fs::read_to_string(generated::root().join("docs/editors.md")).expect("a page");
    for words in config::NAMES.iter().copied().chain([file]) {
        assert!(page.contains(&format!("`{words}`")), "docs/editors.md does not name `{words}`");
    }
}

fn has_ignored_words(schema: &serde_json::Value) -> bool {
    let is_here = schema.as_object().is_some_and(|object| object.contains_key("$ref") && object.len() > 1);
    let inside = schema.as_object().into_iter().flat_map(serde_json::Map::values);
    let listed = schema.as_array().into_iter().flatten();
    is_here || inside.chain(listed).any(has_ignored_words)
}

/// The properties of which an editor cannot say what they are called and what they mean.
fn without_description(place: &str, schema: &serde_json::Value, silent: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            let place = format!("{place}/{name}");
            // A definition has a description of its own.
            let says = ["description", "$ref", "allOf"].iter().any(|key| property.get(*key).is_some());
            if !says || !property["title"].is_string() {
                silent.push(place.clone());
            }
            without_description(&place, property, silent);
        }
    }
    for (name, definition) in schema["definitions"].as_object().into_iter().flatten() {
        if definition.get("description").is_none() {
            silent.push(format!("#{name}"));
        }
        without_description(&format!("#{name}"), definition, silent);
    }
}

#[test]
fn every_page_that_is_written_can_be_explained() {
    for entry in rules::ALL.iter().filter(|entry| !entry.meta.page().is_empty()) {
        let mut out = Vec::new();
        program::run(&["pullwarden", "explain", entry.meta.id], &mut out).expect("the rule is known");
        let text = String::from_utf8(out).expect("pages are UTF-8");
        assert!(text.starts_with(&entry.meta.id.to_uppercase()), "{text}");
        for heading in
            HEADINGS.iter().filter(|heading| entry.meta.page().contains(&format!("\n## {heading}\n")))
        {
            assert!(
                text.contains(&format!("\n{}\n", heading.to_uppercase())),
                "{}: {heading}",
                entry.meta.id
            );
        }
    }
}
