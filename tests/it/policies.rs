//! Policies as a user runs them: where their findings stand, and what the configuration makes of them.

use crate::command::{Scratch, out, pullwarden};
use serde_json::Value;

/// What `check` says with these arguments, as JSON.
fn check(repository: &Scratch, args: &[&str]) -> Vec<Value> {
    let args = [&["check", "--report", "json", "--today", "2026-11-23"], args].concat();
    let output = pullwarden(&repository.0, &args);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", out(&output), String::from_utf8_lossy(&output.stderr))
    });
    report["diagnostics"].as_array().expect("a list").clone()
}

/// `rule file:line:column message` of each of the policies' findings.
fn said(repository: &Scratch, args: &[&str]) -> Vec<String> {
    let all = check(repository, args);
    let ours = all.iter().filter(|found| {
        let rule = found["rule"].as_str().expect("an id");
        rule.starts_with("policy/") || rule == "policy-error" || found["state"]["kind"] == "ignored"
    });
    ours.map(line).collect()
}

fn line(found: &Value) -> String {
    let start = &found["region"]["start"];
    format!(
        "{} {}:{}:{} {}",
        found["rule"].as_str().expect("an id"),
        found["file"].as_str().expect("a name"),
        start["line"],
        start["column"],
        found["message"].as_str().expect("a message")
    )
}

const MIRRORS: &str = "package main

# METADATA
# title: Mirrors are ours
deny_mirrors contains {\"msg\": msg, \"path\": path, \"team\": \"platform\"} if {
	input.kind == \"ImageDigestMirrorSet\"
	some i, rule in input.spec.imageDigestMirrors
	some j, mirror in rule.mirrors
	not startswith(mirror, \"mirror.example.com/\")
	msg := sprintf(\"`%s` is not our mirror\", [mirror])
	path := sprintf(\"spec.imageDigestMirrors[%d].mirrors[%d]\", [i, j])
}
";

const IDMS: &str = "apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: mirrors
spec:
  imageDigestMirrors:
  - source: quay.io/team
    mirrors: [other.example.com/team]
";

const CONFIGURED: &str = "policies:\n- path: policy\n";

#[test]
fn a_finding_stands_on_the_line_that_its_path_names() {
    let repository = Scratch::new(
        "policies-line",
        &[(".pullwarden.yaml", CONFIGURED), ("policy/mirrors.rego", MIRRORS), ("idms.yaml", IDMS)],
    );
    let all = check(&repository, &[]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        line(&all[0]),
        "policy/main/deny_mirrors idms.yaml:8:15 `other.example.com/team` is not our mirror"
    );
    assert_eq!(all[0]["severity"], "error");
    assert_eq!(all[0]["field"], "spec.imageDigestMirrors[0].mirrors[0]");
    assert_eq!(all[0]["resource"]["kind"], "ImageDigestMirrorSet");
    assert_eq!(all[0]["data"]["team"], "platform");
}

#[test]
fn the_command_line_names_policies_like_the_configuration() {
    let repository = Scratch::new("policies-flag", &[("rules/mirrors.rego", MIRRORS), ("idms.yaml", IDMS)]);
    assert_eq!(said(&repository, &["--policy", "rules"]).len(), 1);
    assert_eq!(said(&repository, &[]).len(), 0);
    let none = said(&repository, &["--policy", "rules", "--namespace", "other"]);
    assert!(none[0].contains("no policy of package `other`"), "{none:?}");
}
