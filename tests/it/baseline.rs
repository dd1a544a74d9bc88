//! Baselines: what was accepted is held back whatever happens to lines, files and the order of keys; nothing else is.

use crate::command::{BAD, GOOD, Scratch, err, out, pullwarden};
use crate::generated::assert_none;
use crate::harness::{Checked, Repository, Run};
use crate::rules::fixtures;
use pullwarden::check::baseline::{Baseline, NAME};
use pullwarden::rules::rule::{Category, Preset};
use std::fs;

pub(crate) fn baseline_of(checked: &Checked) -> Vec<u8> {
    Baseline::write(Baseline::of(checked.report.open(), &checked.sources)).into_bytes()
}

pub(crate) fn check(repository: &Repository) -> Checked {
    repository.check(Run::Preset(Preset::Strict))
}

/// The same text with the blocks of its first level in the reverse order; `None` where that is not easily told.
fn reordered(text: &str) -> Option<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) && line.contains(':') {
            blocks.push(String::new());
        } else if !line.starts_with([' ', '-']) || line.starts_with("---") {
            return None;
        }
        let block = blocks.last_mut()?;
        block.push_str(line);
        block.push('\n');
    }
    blocks.reverse();
    // An anchor has to stand above what refers to it.
    (blocks.len() > 1 && !text.contains('&')).then(|| blocks.concat())
}

#[test]
fn moves_and_orders_change_nothing() {
    let (mut tried, mut failures) = (0, Vec::new());
    for fixture in fixtures().0.iter().filter(|fixture| fixture.is_bad && fixture.path.is_file()) {
        let before = check(&fixture.repository);
        let is_settings = |checked: &Checked| {
            checked.report.diagnostics.iter().any(|found| found.rule.category == Category::Settings)
        };
        let (name, text) = &fixture.repository.files[0];
        let Ok(text) = std::str::from_utf8(text) else { continue };
        if before.open().is_empty() || is_settings(&before) {
            continue;
        }
        let below = if name.strip_suffix(".json").is_some() {
            format!("\n\n{text}")
        } else {
            // A comment above a document could become an ignore's, so blank lines it is where there is a mark.
            format!("# one\n\n# two\n{}", text.trim_start_matches('\u{feff}'))
        };
        let moved = format!("moved/to/{name}");
        let mut variants = vec![("moved", moved.as_str(), text.to_owned()), ("lower", name.as_str(), below)];
        variants.extend(reordered(text).map(|text| ("reordered", name.as_str(), text)));
        for (what, name, text) in variants {
            tried += 1;
            let mut repository = fixture.repository.clone();
            repository.files =
                vec![(name.to_owned(), text.into_bytes()), (NAME.to_owned(), baseline_of(&before))];
            let after = check(&repository);
            if let Some(new) = after.open().first() {
                let id = new.rule.id;
                failures.push(format!("{}, {what}: {id}: {}", fixture.path.display(), new.message));
            }
        }
    }
    assert_none(&failures, "baselines");
    assert!(tried > 200, "{tried} variants of fixtures");
    println!("{tried} variants of fixtures say nothing new");
}

#[test]
fn only_new_findings_are_reported() {
    let other = BAD.replace("name: a", "name: b");
    let repo = Scratch::new("baseline", &[(".git/HEAD", ""), ("old/icsp.yaml", BAD)]);
    let written = pullwarden(&repo.0, &["baseline"]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    assert!(out(&written).starts_with("wrote 2 findings to "), "{}", out(&written));
    let text = fs::read_to_string(repo.0.join(NAME)).expect("a baseline");
    assert_eq!(text.lines().filter(|line| line.contains("\"fingerprint\"")).count(), 2, "{text}");
    let args = ["check", "--fail-on", "note", "--baseline", NAME];
    let output = pullwarden(&repo.0, &args);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert_eq!(out(&output), "nothing to report · 2 in the baseline · 1 resource in 1 cluster · 1 file\n");
    // A file that moves takes its findings along, and a new one brings new ones.
    fs::create_dir(repo.0.join("new")).expect("a directory");
    fs::rename(repo.0.join("old/icsp.yaml"), repo.0.join("new/moved.yaml")).expect("moved");
    assert_eq!(pullwarden(&repo.0, &args).status.code(), Some(0));
    fs::write(repo.0.join("new/icsp.yaml"), &other).expect("a file");
    let output = pullwarden(&repo.0, &[&args[..], &["--report", "json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["baselined"], 2);
    for diagnostic in report["diagnostics"].as_array().expect("a list") {
        let is_new = diagnostic["file"] == "new/icsp.yaml";
        assert_eq!(diagnostic["state"]["status"], if is_new { "open" } else { "baselined" }, "{diagnostic}");
    }
    let sarif = pullwarden(&repo.0, &[&args[..], &["--report", "sarif"]].concat());
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).expect("JSON");
    let held = sarif["runs"][0]["results"].as_array().expect("results").iter().filter(|result| {
        let suppression = &result["suppressions"][0];
        suppression["kind"] == "external" && suppression["status"] == "accepted"
    });
    assert_eq!(held.count(), 2);
}

#[test]
fn a_copied_finding_is_new() {
    let repo = Scratch::new("baseline-copy", &[(".git/HEAD", ""), ("b/icsp.yaml", BAD)]);
    pullwarden(&repo.0, &["baseline"]);
    // It comes before the old one, and is the same to the letter.
    fs::create_dir(repo.0.join("a")).expect("a directory");
    fs::write(repo.0.join("a/icsp.yaml"), BAD).expect("a file");
    for path in [".", "a"] {
        let output = pullwarden(&repo.0, &["check", path, "--baseline", NAME]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert!(out(&output).contains("[a/icsp.yaml:"), "{path}: {}", out(&output));
        assert!(!out(&output).contains("[b/icsp.yaml:"), "{path}: {}", out(&output));
        assert!(!out(&output).contains("stale-baseline"), "{path}: {}", out(&output));
    }
}

#[test]
fn entries_whose_finding_is_gone_are_reported_and_removed() {
    let repo = Scratch::new("baseline-prune", &[(".git/HEAD", ""), ("a/i.yaml", BAD), ("b/i.yaml", BAD)]);
    pullwarden(&repo.0, &["baseline"]);
    let old = fs::read_to_string(repo.0.join(NAME)).expect("a baseline");
    fs::write(repo.0.join("a/i.yaml"), GOOD).expect("a file");
    fs::write(repo.0.join("b/i.yaml"), GOOD).expect("a file");
    let stale = |args: &[&str]| {
        out(&pullwarden(&repo.0, &[&["check", "--baseline", NAME], args].concat()))
            .matches("[stale-baseline]: ")
            .count()
    };
    assert_eq!((stale(&[]), stale(&["a"])), (4, 2), "a check says nothing of what it does not look at");
    fs::write(repo.0.join("c.yaml"), "rules: {deprecated-icsp: off}\n").expect("a file");
    assert_eq!(stale(&["--config", "c.yaml"]), 2, "nor of rules that do not run");
    let pruned = pullwarden(&repo.0, &["baseline", "--prune", "a"]);
    assert!(out(&pruned).starts_with("dropped 2 findings from "), "{}{}", out(&pruned), err(&pruned));
    let new = fs::read_to_string(repo.0.join(NAME)).expect("a baseline");
    let kept = |text: &str| text.lines().filter(|line| line.contains("\"b/i.yaml\"")).count();
    assert_eq!((kept(&old), kept(&new), new.contains("\"a/i.yaml\"")), (2, 2, false), "{new}");
    fs::write(repo.0.join("a/i.yaml"), BAD).expect("a file");
    let again = pullwarden(&repo.0, &["baseline", "a"]);
    assert!(out(&again).contains("wrote 2 findings") && out(&again).contains("; 2 of files elsewhere stay"));
    assert_eq!(fs::read_to_string(repo.0.join(NAME)).expect("a baseline"), old, "as it was");
    fs::remove_file(repo.0.join(NAME)).expect("removed");
    assert_eq!(pullwarden(&repo.0, &["baseline", "--prune"]).status.code(), Some(2), "nothing to prune");
}

#[test]
fn an_unreadable_baseline_is_an_error_and_stays() {
    let repo = Scratch::new("baseline-broken", &[(".git/HEAD", ""), ("icsp.yaml", BAD)]);
    pullwarden(&repo.0, &["baseline"]);
    let good = fs::read_to_string(repo.0.join(NAME)).expect("a baseline");
    let broken = [
        (String::new(), "is not a baseline"),
        ("[]".into(), "is not a baseline"),
        ("null".into(), "is not a baseline"),
        ("{\"diagnostics\": []}".into(), "it has no `version`"),
        (good.replace("\"version\": 1", "\"version\": 2"), "of version 2"),
        ("{\"version\": 1}".into(), "no list `diagnostics`"),
        (good[..good.len() / 2].into(), "is not a baseline"),
        (good.replace("    {", "<<<<<<< ours\n    {"), "is not a baseline"),
        (good.replacen("\"rule\"", "\"role\"", 1), "entry 1 has no `rule`"),
        (format!("{good}---\n{good}"), "is not a baseline"),
    ];
    for (text, why) in broken {
        fs::write(repo.0.join(NAME), &text).expect("a file");
        for args in [&["check", "--baseline", NAME][..], &["baseline"], &["baseline", "--prune"]] {
            let output = pullwarden(&repo.0, args);
            assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
            assert!(err(&output).contains(why), "{args:?}: {text}: {}", err(&output));
            // The command alone is no way out: it is what may just have been refused.
            let advice = ["remove it and run", "remove the file and run"];
            assert!(advice.iter().any(|advice| err(&output).contains(advice)), "{text}: {}", err(&output));
            assert!(output.stdout.is_empty(), "{args:?}: {}", out(&output));
        }
        assert_eq!(fs::read_to_string(repo.0.join(NAME)).expect("a file"), text, "it is left alone");
    }
    assert_eq!(pullwarden(&repo.0, &["check", "--baseline", "nowhere.json"]).status.code(), Some(2));
}

#[test]
fn an_accepted_finding_that_was_fixed_is_not_accepted_in_another_place() {
    let image = |registry: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec:\n  registrySources:\n    \
             insecureRegistries: [{registry}]\n"
        )
    };
    let (bad, good) = (image("https://a.corp.example"), image("a.corp.example"));
    let repo = Scratch::new(
        "baseline-elsewhere",
        &[(".git/HEAD", ""), ("clusters/dev/image.yaml", &bad), ("clusters/prod/image.yaml", &good)],
    );
    let check =
        || pullwarden(&repo.0, &["check", "--fail-on", "error", "--baseline", ".pullwarden-baseline.json"]);
    assert_eq!(pullwarden(&repo.0, &["baseline"]).status.code(), Some(0));
    assert_eq!(check().status.code(), Some(0), "{}", out(&check()));
    for (name, text) in [("dev", &good), ("prod", &bad)] {
        std::fs::write(repo.0.join(format!("clusters/{name}/image.yaml")), text).expect("a file");
    }
    assert!(out(&check()).contains("clusters/prod/image.yaml"), "{}", out(&check()));
    assert_eq!(check().status.code(), Some(1));
    // A file that is gone was moved.
    std::fs::remove_file(repo.0.join("clusters/dev/image.yaml")).expect("a file");
    assert_eq!(check().status.code(), Some(0), "{}", out(&check()));
}

#[test]
fn findings_accepted_in_an_icsp_are_accepted_in_its_mirror_sets() {
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
                 allowedRegistries: [quay.io/other]\n";
    let icsp = BAD.replace("https://", "");
    let repo =
        Scratch::new("baseline-successor", &[(".git/HEAD", ""), ("icsp.yaml", &icsp), ("image.yaml", image)]);
    let written = pullwarden(&repo.0, &["baseline"]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    let text = std::fs::read_to_string(repo.0.join(".pullwarden-baseline.json")).expect("a baseline");
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("deprecated-icsp")).collect();
    let kept = kept.join("\n").replace("},\n  ]", "}\n  ]");
    assert!(kept.contains("mirrored-source-not-allowed"), "{kept}");
    std::fs::write(repo.0.join(".pullwarden-baseline.json"), kept).expect("a file");
    let fixed = pullwarden(&repo.0, &["fix", "--write", "--rule", "deprecated-icsp"]);
    assert_eq!(out(&fixed).lines().next(), Some("fixed icsp.yaml"), "{}{}", out(&fixed), err(&fixed));
    let checked = pullwarden(&repo.0, &["check", "--fail-on", "note", "--baseline", NAME]);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
}
