//! What the API server answers to a document, release by release, against what pullwarden says of it.
//!
//! `fixtures/api/NNN-title/`: `input.yaml`, and `expected.json` with the server's answer per release: whether it takes
//! the object, the fields of its errors, and the fields that it prunes.

use pullwarden::check::engine;
use pullwarden::config::{Overrides, Settings};
use pullwarden::finding::Effect;
use pullwarden::model::{Cluster, Resource};
use pullwarden::pipeline;
use pullwarden::read::discover::Roots;
use pullwarden::source::{Sources, Span};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What one document is answered.
#[derive(Debug, Default)]
struct Answer {
    accepted: bool,
    errors: BTreeSet<String>,
    /// The server stopped before its last rules, so it does not tell all that is wrong.
    partial: bool,
    pruned: BTreeSet<String>,
}

fn expected(result: &Value) -> Vec<Answer> {
    let one = |doc: &Value| Answer {
        accepted: doc["accepted"].as_bool().expect("accepted"),
        errors: fields(&doc["errors"], |error| {
            (!is_marker(error)).then(|| error["field"].as_str().unwrap_or_default().to_owned())
        }),
        partial: doc["errors"].as_array().is_some_and(|errors| errors.iter().any(is_marker)),
        pruned: fields(&doc["pruned"], |field| field.as_str().map(str::to_owned)),
    };
    match &result["docs"] {
        Value::Array(docs) => docs.iter().map(one).collect(),
        _ => vec![one(result)],
    }
}

fn is_marker(error: &Value) -> bool {
    error["detail"].as_str().is_some_and(|detail| detail.contains("some validation rules were not checked"))
}

fn fields(list: &Value, field: impl Fn(&Value) -> Option<String>) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(field).collect()
}

fn answers(input: &[u8], release: &str) -> Vec<Answer> {
    let roots =
        Roots { root: "/".into(), paths: Vec::new(), stdin: Some(input.to_vec()), respect_ignores: true };
    let overrides =
        Overrides { openshift: Some(release.parse().expect("a release")), ..Overrides::default() };
    let settings = Settings::from_overrides(&overrides);
    let mut sources = Sources::default();
    let repo = pipeline::read(pipeline::Walked::of(&roots), &settings, &mut sources);
    let found = engine::run(&repo, &settings.rules, &sources);
    let resources: Vec<Span> =
        repo.clusters.iter().flat_map(Cluster::resources).map(Resource::span).collect();
    let mut objects = resources.clone();
    let broken = repo.broken.iter().map(|broken| broken.span);
    objects.extend(broken.filter(|span| !resources.iter().any(|resource| resource.contains(*span))));
    objects.sort();
    objects
        .iter()
        .map(|object| {
            let here: Vec<_> =
                found.diagnostics.iter().filter(|d| d.span == *object || object.contains(d.span)).collect();
            let with = |effect: Effect| {
                here.iter()
                    .filter(|d| d.effect == Some(effect))
                    .map(|d| d.field.clone())
                    .collect::<BTreeSet<_>>()
            };
            let errors = with(Effect::Refused);
            Answer { accepted: errors.is_empty(), errors, partial: false, pruned: with(Effect::Pruned) }
        })
        .collect()
}

#[test]
fn the_api_server_agrees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/api");
    let mut cases: Vec<_> =
        std::fs::read_dir(root).expect("fixtures").map(|e| e.expect("entry").path()).collect();
    cases.sort();
    let (mut agree, mut pruned_agree, mut fields_agree, mut total) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for case in &cases {
        let input = std::fs::read(case.join("input.yaml")).expect("input");
        let text = std::fs::read_to_string(case.join("expected.json")).expect("expected");
        let releases: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("JSON");
        for (versions, result) in &releases {
            // The two ends of the range.
            let ends = [versions.split('-').next(), versions.split('-').next_back()];
            for release in ends.into_iter().flatten().collect::<BTreeSet<_>>() {
                let (expected, actual) = (expected(result), answers(&input, release));
                let name = format!("{} on {release}", case.file_name().expect("name").to_string_lossy());
                if expected.len() != actual.len() {
                    wrong.push(format!(
                        "{name}: {} objects, not {}: {actual:?}",
                        actual.len(),
                        expected.len()
                    ));
                    continue;
                }
                for (expected, actual) in expected.iter().zip(&actual) {
                    total += 1;
                    // Some stages of the server name no field.
                    let named = !expected.errors.is_empty() && !expected.errors.contains("");
                    let same_fields = !named
                        || expected.errors == actual.errors
                        || (expected.partial && expected.errors.is_subset(&actual.errors));
                    agree += usize::from(expected.accepted == actual.accepted);
                    pruned_agree += usize::from(expected.pruned == actual.pruned);
                    fields_agree += usize::from(same_fields);
                    if expected.accepted != actual.accepted
                        || expected.pruned != actual.pruned
                        || !same_fields
                    {
                        wrong.push(format!("{name}:\n  server {expected:?}\n  ours   {actual:?}"));
                    }
                }
            }
        }
    }
    println!(
        "{} documents, {total} verdicts: {agree} agree; of errors {fields_agree} and of pruned fields {pruned_agree} \
         stand where the server names them",
        cases.len()
    );
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}
