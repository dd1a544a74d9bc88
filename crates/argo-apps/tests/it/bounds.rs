//! No input makes a set endless, and none makes the reader panic.

use crate::{Memory, expect, left_out, read, set};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use spanned_yaml::{FileId, Span};

#[test]
fn the_applications_of_a_set_are_limited() {
    let names: Vec<String> = (0..300).map(|n| format!("clusters/c{n:03}")).collect();
    let repository = Memory::directories(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let directories = "git: {directories: [{path: 'clusters/*'}], pathParamPrefix: p}";
    let other = "git: {directories: [{path: 'clusters/*'}]}";
    let text = set(
        true,
        &format!("- matrix: {{generators: [{{{directories}}}, {{{other}}}]}}"),
        "{{.path.path}}",
        "name: x",
    );
    let large = read(&text, &repository);
    assert!(large.applications.len() <= 10_000);
    assert!(left_out(&large, &text).contains("more than 10,000"));
    // Texts that grow with each step, deep parentheses, many wildcards.
    let grow = " | replace \"a\" \"aaaaaaaaaaaaaaaa\"".repeat(12);
    let deep = "(".repeat(5000);
    let stars = "*a".repeat(1000);
    for path in [
        format!("{{{{ \"a\"{grow} }}}}"),
        format!("{{{{ {deep} }}}}"),
        "{{".repeat(9000),
        "x".repeat(1 << 20),
    ] {
        expect(&set(true, "- list: {elements: [{a: b}]}", &path, "name: x"), &repository, "");
        read(&set(false, "- list: {elements: [{a: b}]}", &path, "name: x"), &repository);
    }
    for kind in ["directories", "files"] {
        let generator = format!("- git: {{{kind}: [{{path: '{stars}'}}, {{path: '{{{{a}}}}*'}}]}}");
        expect(&set(false, &generator, "{{path}}", "name: x"), &repository, "");
    }
    // A file of parameters in each of many combinations.
    let elements = "{a: b},".repeat(3000);
    let body: Vec<String> = (0..5000).map(|n| format!("k{n}: v")).collect();
    let body = body.join(
        "
",
    );
    let repository = Memory::of(&[("f.yaml", &body), ("a/b.yaml", "")]);
    for go in [false, true] {
        let files = if go { "{{ printf \"f.yaml\" }}" } else { "f.yaml" };
        let generator = format!(
            "- matrix: {{generators: [{{list: {{elements: [{elements}]}}}}, {{git: {{files: [{{path: '{files}'}}]}}}}]}}"
        );
        let read = read(&set(go, &generator, "a", "name: x"), &repository);
        assert!(read.applications.len() <= 10_000);
    }
}

/// A manifest with anything anywhere.
fn garbage() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "spec",
        "generators",
        "list",
        "elements",
        "git",
        "directories",
        "files",
        "path",
        "exclude",
        "values",
        "clusters",
        "selector",
        "matchLabels",
        "matchExpressions",
        "key",
        "operator",
        "In",
        "matrix",
        "merge",
        "mergeKeys",
        "template",
        "metadata",
        "name",
        "source",
        "sources",
        "destination",
        "server",
        "directory",
        "recurse",
        "include",
        "chart",
        "{{name}}",
        "{{ .path.path }}",
        "clusters/{{name}}",
        "{{",
        "}}",
        "clusters/*",
        "*",
        "**",
        "[",
        "",
        "../x",
        "true",
        "~",
        "{{ index .path.segments 9 }}",
        "{{path[0]}}",
        "a.b",
        "config.yaml",
        "pathParamPrefix",
        "elementsYaml",
        "{{ (.a).b }}",
    ]);
    let scalar = word.clone().prop_map(|word| format!("{word:?}"));
    let value = scalar.prop_recursive(6, 60, 5, move |inner| {
        let pair = (word.clone(), inner.clone()).prop_map(|(key, value)| format!("{key:?}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(pair, 0..5).prop_map(|pairs| format!("{{{}}}", pairs.join(", "))),
        ]
    });
    let shape = prop::sample::select(vec![
        "spec: @",
        "spec: {generators: @, template: @, goTemplate: true}",
        "spec: {generators: [@, @], template: {spec: {source: {path: @}, destination: @}}}",
        "spec: {generators: [{list: @}, {git: @}, {clusters: @}], template: {spec: {source: {path: 'clusters/{{name}}'}}}}",
        "spec: {generators: [{matrix: {generators: [@, @]}}], template: {spec: {source: {path: '{{path}}'}}}}",
        "spec: {generators: [{merge: {mergeKeys: [name], generators: [@, @]}}], template: {spec: {source: {path: 'clusters'}}}}",
        "spec: {generators: [{git: {directories: @, files: @, values: @}}], template: {spec: {sources: [{path: @}, @]}}}",
    ]);
    (shape, prop::collection::vec(value, 4), prop::bool::ANY).prop_map(|(shape, values, single)| {
        let kind = if single { "Application" } else { "ApplicationSet" };
        let mut pieces = shape.split('@');
        let mut spec = pieces.next().unwrap_or_default().to_owned();
        for (piece, value) in pieces.zip(values.iter().cycle()) {
            spec += value;
            spec += piece;
        }
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\n{spec}\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(512)
    })]

    #[test]
    fn garbage_is_read_to_an_end(text in garbage()) {
        let repository = Memory::of(&[
            ("clusters/dev/a.yaml", "a: 1"), ("clusters/prod/config.yaml", "name: prod"), ("config.yaml", "[{a: {b: c}}]"),
        ]);
        let first = read(&text, &repository);
        prop_assert_eq!(&first, &read(&text, &repository));
        for application in &first.applications {
            prop_assert!(!application.sources.is_empty());
            let Span { file, end, .. } = application.span;
            prop_assert!(file == FileId(0) && end as usize <= text.len());
            for source in &application.sources {
                prop_assert!(source.path.is_empty() || repository.directories.contains(&source.path));
            }
        }
    }
}
