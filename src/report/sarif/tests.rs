use super::*;
use crate::machine::terminal::is_unprintable;
use crate::report::sample;
use crate::rules::rule::Severity;
use serde_json::{Value, json};

fn written(report: &Report, sources: &Sources, rules: &[&'static Meta]) -> Value {
    let mut out = Vec::new();
    write(report, sources, rules, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(is_unprintable));
    serde_json::from_str(&text).unwrap()
}

fn sample() -> Value {
    let (report, sources) = sample::report();
    written(&report, &sources, &sample::RULES)["runs"][0].take()
}

#[test]
fn a_clean_run_is_whole() {
    let log = written(&Report::default(), &Sources::default(), &sample::RULES);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["$schema"], SCHEMA);
    let run = &log["runs"][0];
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"], json!([{"executionSuccessful": true}]));
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 3);
    assert_eq!(run["tool"]["driver"]["semanticVersion"], env!("CARGO_PKG_VERSION"));
}

const PAGE: &str = "---\nid: self-mirror\n---\n# self-mirror\n\n## Why\n\nThe node asks `registry.example.com`\nagain \
                    and again. See [the code](https://example.com/a(b)).\n\n## Bad\n\n```yaml\nmirrors: []\n```\n";

fn described(rule: &Meta, page: &str) -> Value {
    serde_json::to_value(super::rules::descriptor(rule, page)).unwrap()
}

#[test]
fn rules_are_described() {
    let url = format!("https://github.com/pullwarden/pullwarden/blob/v{}/rules/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        described(&sample::SELF_MIRROR, PAGE),
        json!({
            "id": "self-mirror",
            "name": "SelfMirror",
            "shortDescription": {"text": "A mirror is the registry it mirrors"},
            "fullDescription": {"text": "The node asks `registry.example.com` again and again. See the code."},
            "help": {
                "text": format!("The node asks `registry.example.com` again and again. See the code.\n\n\
                    See {url}self-mirror.md"),
                "markdown": "# self-mirror\n\n## Why\n\nThe node asks `registry.example.com`\nagain and again. \
                    See [the code](https://example.com/a(b)).\n\n## Bad\n\n```yaml\nmirrors: []\n```\n",
            },
            "helpUri": format!("{url}self-mirror.md"),
            "defaultConfiguration": {"level": "error"},
            "properties": {"tags": ["openshift", "mirrors"], "precision": "high", "problem.severity": "error"},
        })
    );
    assert_eq!(
        described(&sample::CREDENTIALS, "# A page without the heading\n")["properties"],
        json!({
            "tags": ["openshift", "registries", "security"],
            "precision": "high",
            "problem.severity": "warning",
            "security-severity": "7.5",
        })
    );
    let unused = described(&sample::UNUSED, "## Why\n\n");
    assert_eq!(unused["properties"]["problem.severity"], "recommendation");
    assert_eq!(unused["fullDescription"]["text"], "`ignore` that matches nothing.");
    let run = sample();
    let page = sample::SELF_MIRROR.page();
    let written = &run["tool"]["driver"]["rules"][1]["help"]["markdown"];
    assert!(written.as_str().is_some_and(|written| written.len() > 100 && page.ends_with(written)));
}

fn artifact(uri: &str) -> Value {
    json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
}

fn region(start: (u64, u64), end: (u64, u64)) -> Value {
    json!({"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1})
}

#[test]
fn a_result_says_everything() {
    let (report, sources) = sample::report();
    let image = "clusters/%C3%A9%20b/100%25/image.yaml";
    let text = &sources.get(report.diagnostics[0].span.file).unwrap().text;
    let hash = &crate::report::line_hash::line_hashes(text, &[2].into())[&2];
    let mut result = sample()["results"][0].take();
    assert_eq!(
        result["message"]["text"].take(),
        "`self.example.com` mirrors\\u{7} itself [x] (https://evil.example)\\n::error:: \
         ([the source \\[is\\](1) set here](1), [and noted here](2)). Clusters: `east`, `west\\u{9b}`.\n\
         Drop the entry\n::error::or not, and 50% of it. The cluster is only guessed."
    );
    assert_eq!(
        result,
        json!({
            "ruleId": "self-mirror",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": null},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": artifact(image),
                    // One column more than in characters: the clef before it is a pair in UTF-16.
                    "region": region((2, 29), (2, 45)),
                },
                "logicalLocations": [{
                    "name": "spec.mirror",
                    "fullyQualifiedName": "config.openshift.io/v1/Image/cluster#spec.mirror",
                    "kind": "property",
                }],
            }],
            "relatedLocations": [
                {
                    "id": 1,
                    "message": {"text": "The source [is] (1) set here."},
                    "physicalLocation": {"artifactLocation": artifact("stdin"), "region": region((1, 9), (2, 1))},
                },
                {
                    "id": 2,
                    "message": {"text": "And noted here."},
                    "physicalLocation": {"artifactLocation": artifact(image), "region": region((2, 14), (2, 19))},
                },
            ],
            "partialFingerprints": {
                "primaryLocationLineHash": hash,
                "pullwarden/v1": report.diagnostics[0].fingerprint,
            },
            "suppressions": [],
            "fixes": [{
                "description": {"text": "Remove the entry."},
                "properties": {"safety": "safe"},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact(image),
                        "replacements": [{
                            "deletedRegion": region((2, 29), (2, 45)),
                            "insertedContent": {"text": "\u{202e}other\r\n"},
                        }],
                    },
                    {
                        "artifactLocation": artifact("stdin"),
                        "replacements": [
                            {"deletedRegion": region((1, 1), (1, 1)), "insertedContent": {"text": "# first\n"}},
                            {"deletedRegion": region((2, 1), (3, 1))},
                        ],
                    },
                ],
            }],
            "properties": {"clusters": ["east", "west\u{9b}"]},
        })
    );
}

#[test]
fn ignored_results_say_why() {
    let run = sample();
    assert_eq!(
        run["results"][1]["suppressions"],
        json!([{
            "kind": "inSource",
            "status": "accepted",
            "justification": "known,\\u{200b} see ticket",
            "location": {"physicalLocation": {
                "artifactLocation": artifact("clusters/%C3%A9%20b/100%25/image.yaml"),
                "region": region((3, 1), (3, 21)),
            }},
        }])
    );
    assert_eq!(run["results"][1]["locations"][0]["logicalLocations"][0]["kind"], "resource");
    let external = &run["results"][4]["suppressions"][0];
    assert_eq!((&external["kind"], external.get("justification")), (&json!("external"), None));
}

#[test]
fn a_file_without_text_is_its_first_line_and_has_no_hash() {
    let run = sample();
    let result = &run["results"][2];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"], json!({"startLine": 1}));
    assert_eq!(result["partialFingerprints"].as_object().unwrap().len(), 1);
    assert_eq!(result["fixes"][0]["properties"]["safety"], "unsafe");
}

#[test]
fn rules_that_nobody_listed_are_listed_behind_the_others() {
    let (report, sources) = sample::report();
    let log = written(&report, &sources, &sample::RULES[..1]);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    assert_eq!(rules.len(), 3);
}

#[test]
fn results_beyond_the_limit_of_github_are_left_out() {
    let (report, sources) = sample::report();
    let [error, ignored, note] = [0, 1, 5].map(|number| &report.diagnostics[number]);
    let mut diagnostics = vec![note.clone(); MAX_RESULTS - 1];
    diagnostics.extend([ignored.clone(), error.clone(), note.clone()]);
    let (kept, left_out) = heaviest(&diagnostics);
    assert_eq!((kept.len(), left_out), (MAX_RESULTS, 2));
    assert_eq!(kept[MAX_RESULTS - 1].severity, Severity::Error);
    assert!(kept.iter().all(|diagnostic| diagnostic.is_open()));

    let run = written(&report, &sources, &[])["runs"][0].take();
    let said = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(said, "3 more findings are left out.");
}

#[test]
fn many_related_places_are_not_all_linked() {
    let (report, sources) = sample::report();
    let mut diagnostic = report.diagnostics[3].clone();
    let span = sample::at(&sources, 2, "mirrors");
    diagnostic.related = vec![crate::finding::Related { span, text: "here".into() }; 12];
    let report = Report { diagnostics: vec![diagnostic], ..Report::default() };
    let result = written(&report, &sources, &[])["runs"][0]["results"][0].take();
    let message = result["message"]["text"].as_str().unwrap();
    assert!(message.ends_with("[here](10), 2 more places)."), "{message}");
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 12);
}

/// Writes samples for `.ci/sarif-multitool`.
#[test]
#[ignore = "writes files for the validator"]
fn samples_for_the_validator() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/target/sarif-samples");
    std::fs::create_dir_all(dir).unwrap();
    let (report, sources) = sample::report();
    for (name, report) in [("full", report), ("clean", Report::default())] {
        let mut out = Vec::new();
        write(&report, &sources, &sample::RULES, &mut out).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(format!("{dir}/{name}.sarif"), out).unwrap();
    }
}
