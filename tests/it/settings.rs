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
