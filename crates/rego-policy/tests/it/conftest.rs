//! Habits of Conftest, Gatekeeper and Konstraint.

use crate::harness::{job, launch, messages, run, runner, set, told};
use rego_policy::{Host, Limits, Runner, gatekeeper};
use serde_json::json;

#[test]
fn names_of_rules_are_those_of_conftest() {
    let runner = runner(&["package main
import rego.v1
deny contains \"deny\"
deny_2x contains \"deny_2x\"
deny_a_b contains \"deny_a_b\"
violation_a contains {\"msg\": \"violation_a\"}
warn contains \"warn\"
denyx contains \"never\"
deny_ contains \"never\"
deny__a contains \"never\"
warning contains \"never\"
violation_a-b := 1
allow contains \"never\"
deny_function(x) := [x]
"]);
    assert_eq!(runner.faults().len(), 1, "{:?}", runner.faults());
    let names = [
        "deny",
        "deny_2x",
        "deny_a_b",
        "violation_a",
        "warn",
        "denyx",
        "deny_",
        "deny__a",
        "warning",
        "allow",
    ];
    let rules: String =
        names.iter().map(|name| [name, " contains {\"msg\": \"", name, "\"}\n"].concat()).collect();
    let runner =
        crate::harness::runner(&[&format!("package main\nimport rego.v1\n{rules}deny_function(x) := [x]\n")]);
    assert_eq!(runner.faults(), []);
    let said = run(&runner, json!({}));
    assert_eq!(messages(&said), ["deny", "deny_2x", "deny_a_b", "violation_a", "warn"]);
}

#[test]
fn results_are_messages_or_objects_with_msg() {
    let text = "package main
import rego.v1
deny contains {\"msg\": \"all kept\", \"path\": [\"a\", 0], \"details\": {\"n\": 1, \"s\": {3, 1, 2}}, \"_loc\": {\"file\": \"x\", \"line\": 3}}
deny_number contains 7
deny_list contains [\"a\"]
deny_without contains {\"message\": \"x\"}
deny_wrong contains {\"msg\": 7}
deny_list_value := [\"from a list\", {\"msg\": \"from an object\"}]
deny_set_value := {\"from a set\"}
deny_text := \"not a list\"
deny_nothing := {}
";
    let runner = runner(&[text]);
    assert_eq!(runner.faults(), []);
    let outcome = run(&runner, json!({}));
    assert_eq!(messages(&outcome), ["all kept", "from a list", "from an object", "from a set"]);
    let fields =
        json!({"path": ["a", 0], "details": {"n": 1, "s": [1, 2, 3]}, "_loc": {"file": "x", "line": 3}});
    assert_eq!(json!(outcome.results[0].fields), fields);
    let failures: Vec<_> = outcome.failures.iter().map(|failure| told(&[text], &failure.fault)).collect();
    let shape = "a result is neither a message nor an object with `msg`";
    assert_eq!(
        failures,
        [
            ("deny_list contains [\"a\"]", shape.to_owned()),
            ("deny_number contains 7", shape.to_owned()),
            ("deny_without contains {\"message\": \"x\"}", "a result has no `msg`".to_owned()),
            ("deny_wrong contains {\"msg\": 7}", "`msg` of a result is not a string".to_owned()),
        ]
    );
}

#[test]
fn rules_that_hold_no_messages_are_told() {
    let text = "package main
import rego.v1
deny if input.bad
deny_x := true if input.bad
deny_y[\"key\"] := \"value\" if input.bad
default deny_z := false
";
    let runner = runner(&[text]);
    assert_eq!(runner.faults(), []);
    let mutes: Vec<_> = runner.mutes().iter().map(|mute| (&*mute.name, &text[mute.place.range()])).collect();
    assert_eq!(
        mutes,
        [("deny", "deny"), ("deny_x", "deny_x := true"), ("deny_y", "deny_y[\"key\"] := \"value\"")]
    );
    assert_eq!(messages(&run(&runner, json!({"bad": true}))), [""; 0]);
}

#[test]
fn each_head_of_a_rule_gives_its_own_messages() {
    let text = "package main
import rego.v1
deny contains \"b\" if input.b
deny contains \"a\" if input.a
deny contains \"both\" if { input.a; input.b }
deny contains \"a\" if input.b
";
    let runner = runner(&[text, "package main\nimport rego.v1\ndeny contains \"other module\"\n"]);
    let outcome = run(&runner, json!({"a": true, "b": true}));
    let said: Vec<_> = outcome.results.iter().map(|found| (found.head, &*found.message)).collect();
    assert_eq!(said, [(0, "b"), (1, "a"), (2, "both"), (4, "other module")]);
}

#[test]
fn exceptions_take_rules_by_their_short_names() {
    let old = "package main
deny_run_as_root[msg] { msg := \"runs as root\" }
deny[msg] { msg := \"plain\" }
warn_tag[msg] { msg := \"tag\" }
violation_tag[{\"msg\": msg}] { msg := \"tag\" }
exception[rules] {
    input.name == \"can-run\"
    rules := [\"run_as_root\", \"\"]
}
";
    let runner = runner(&[old]);
    assert_eq!(runner.faults(), []);
    let outcome = run(&runner, json!({"name": "can-run"}));
    assert_eq!(messages(&outcome), ["tag", "tag"]);
    let excepted: Vec<_> = outcome.exceptions.iter().map(|found| &*found.message).collect();
    assert_eq!(excepted, ["plain", "runs as root"]);
    assert_eq!(messages(&run(&runner, json!({"name": "other"}))).len(), 4);
}

#[test]
fn only_the_packages_that_are_asked_run() {
    let rule = "import rego.v1\ndeny contains msg if { msg := sprintf(\"%v\", [data.settings.name]) }\n";
    let texts = [format!("package main\n{rule}"), format!("package team.a\n{rule}")];
    let mut set = set(&[&texts[0], &texts[1]]);
    set.data = json!({"settings": {"name": "from data"}});
    let runner = Runner::new(vec![set], Host::default(), launch(), Limits::default()).unwrap();
    let asked = |names: &[&str]| {
        let mut job = job(&json!({}));
        job.namespaces = names.iter().map(|name| (*name).to_owned()).collect();
        let outcome = runner.run(&[job], 1, &|_, _, _| Err("no host".into())).unwrap().remove(0);
        outcome.results.iter().map(|found| runner.rules()[found.rule].package.clone()).collect::<Vec<_>>()
    };
    assert_eq!(asked(&["main"]), ["main"]);
    assert_eq!(asked(&["team.a"]), ["team.a"]);
    assert_eq!(asked(&["team"]), [""; 0]);
    assert_eq!(asked(&[]), ["main", "team.a"]);
}

#[test]
fn annotations_are_read_in_all_scopes() {
    let text = "# METADATA
# title: The package
# description: About the package
# authors:
#   - name: A. Author
# custom:
#   severity: high
#   team: platform
package main

import rego.v1

# METADATA
# title: The document
# scope: document
# METADATA
# title: The rule
# related_resources:
#   - https://example.com/a
#   - ref: https://example.com/b
#     description: B
# entrypoint: true
# custom:
#   severity: low
deny contains \"a\" if input.a

# A comment that is none.
deny contains \"b\" if input.b

# METADATA
# scope: document
# description: Of the document
warn contains \"c\"

warn contains \"d\"
";
    let runner = runner(&[text]);
    assert_eq!(runner.faults(), []);
    let [deny, warn] = runner.rules() else { panic!("two rules") };
    let rule = &deny.heads[0].metadata;
    assert_eq!(rule.title.as_deref(), Some("The rule"));
    assert_eq!(rule.description.as_deref(), Some("About the package"));
    assert_eq!(json!(rule.custom), json!({"severity": "low", "team": "platform"}));
    assert!(rule.entrypoint);
    assert_eq!(rule.related_resources[0].reference, "https://example.com/a");
    assert_eq!(rule.related_resources[1].description.as_deref(), Some("B"));
    assert_eq!(rule.authors, [json!({"name": "A. Author"})]);
    assert_eq!(deny.heads[1].metadata.title.as_deref(), Some("The package"));
    for head in &warn.heads {
        assert_eq!(head.metadata.description.as_deref(), Some("Of the document"));
    }
}

#[test]
fn annotations_that_are_no_yaml_are_faults_at_their_lines() {
    let text = "package main\n\n# METADATA\n# title: [x\ndeny contains \"a\"\n\n# METADATA\n# scope: file\nwarn contains \"b\"\n";
    let runner = runner(&[text]);
    let faults: Vec<_> = runner.faults().iter().map(|fault| told(&[text], fault)).collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[0].0, "# METADATA\n# title: [x");
    assert!(faults[0].1.starts_with("METADATA is not valid YAML: "), "{faults:?}");
    assert_eq!(faults[1].1, "`file` is not a scope of METADATA");
    assert_eq!(messages(&run(&runner, json!({}))), ["a", "b"]);
}

#[test]
fn gatekeepers_policies_get_a_review() {
    let template = "package k8sallowedrepos

import data.lib.exempt.is_exempt

violation[{\"msg\": msg, \"details\": {\"image\": container.image}}] {
  container := input.review.object.spec.containers[_]
  not is_exempt(container)
  satisfied := [good | repo = input.parameters.repos[_] ; good = startswith(container.image, repo)]
  not any(satisfied)
  msg := sprintf(\"container <%v> has an invalid image repo <%v>, allowed repos are %v\", [container.name, container.image, input.parameters.repos])
}
";
    let lib = "package lib.exempt

is_exempt(container) {
    exempt_images := object.get(object.get(input, \"parameters\", {}), \"exemptImages\", [])
    img := container.image
    exemption := exempt_images[_]
    _matches(img, exemption)
}

_matches(img, exemption) { not endswith(exemption, \"*\"); exemption == img }
_matches(img, exemption) { endswith(exemption, \"*\"); prefix := trim_suffix(exemption, \"*\"); startswith(img, prefix) }
";
    let runner = runner(&[template, lib]);
    assert_eq!(runner.faults(), []);
    let containers = json!([{"name": "a", "image": "docker.io/a"}, {"name": "b", "image": "quay.io/b"}, {"name": "c", "image": "exempt.io/c"}]);
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": containers}});
    let outcome = run(
        &runner,
        gatekeeper::input(object, json!({"repos": ["quay.io/"], "exemptImages": ["exempt.io/*"]})),
    );
    let said = "container <a> has an invalid image repo <docker.io/a>, allowed repos are [\"quay.io/\"]";
    assert_eq!(outcome.failures, []);
    assert_eq!(messages(&outcome), [said]);
    assert_eq!(outcome.results[0].fields["details"], json!({"image": "docker.io/a"}));
}

#[test]
fn matchers_say_which_objects_a_rule_is_about() {
    let text = "# METADATA
# title: Owner
# custom:
#   matchers:
#     kinds:
#       - apiGroups: [\"apps\"]
#         kinds: [Deployment, StatefulSet]
#       - apiGroups: [\"\"]
#         kinds: [\"*\"]
#     excludedNamespaces: [\"openshift-*\"]
#     labelSelector:
#       matchExpressions:
#         - {key: tier, operator: NotIn, values: [test]}
package owner
import rego.v1
violation contains {\"msg\": msg} if {
    core := object.get(input, [\"review\", \"object\"], input)
    msg := core.metadata.name
}
";
    let runner = runner(&[text]);
    assert_eq!(runner.faults(), []);
    let object = |api: &str, kind: &str, namespace: &str, tier: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "x", "namespace": namespace, "labels": {"tier": tier}}});
    let says = |input| messages(&run(&runner, input)).len();
    assert_eq!(says(object("apps/v1", "Deployment", "shop", "prod")), 1);
    assert_eq!(says(gatekeeper::input(object("apps/v1", "Deployment", "shop", "prod"), json!({}))), 1);
    assert_eq!(says(object("v1", "Pod", "shop", "prod")), 1);
    assert_eq!(says(object("apps/v1", "DaemonSet", "shop", "prod")), 0);
    assert_eq!(says(object("batch/v1", "Job", "shop", "prod")), 0);
    assert_eq!(says(object("apps/v1", "Deployment", "openshift-config", "prod")), 0);
    assert_eq!(says(object("apps/v1", "Deployment", "shop", "test")), 0);
    assert_eq!(says(json!({"metadata": {"name": "no object"}})), 1);
}

/// The forms that policies of Gatekeeper's library and of Conftest's users take, in words of our own.
#[test]
fn forms_of_real_policies_run_unchanged() {
    let limits = include_str!("../shapes/limits.rego");
    let labels = include_str!("../shapes/labels.rego");
    let conftest = include_str!("../shapes/conftest.rego");
    let kubernetes = include_str!("../shapes/kubernetes.rego");
    let mut set = set(&[limits, labels, conftest, kubernetes]);
    set.data = json!({"services": {"ports": [22, 80]}});
    let runner = Runner::new(vec![set], Host::default(), launch(), Limits::default()).unwrap();
    assert_eq!(runner.faults(), []);
    let containers = json!([
        {"name": "a", "resources": {"limits": {"cpu": "1500m", "memory": "2Gi"}}},
        {"name": "b", "resources": {"limits": {"cpu": 0.5, "memory": "512Mi"}}},
        {"name": "c"},
    ]);
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "labels": {"app": "web", "team": "X1"}},
        "spec": {"containers": containers, "initContainers": [{"name": "i", "resources": {"limits": {"cpu": "3", "memory": 5}}}]},
    });
    let parameters = json!({
        "cpu": "1", "memory": "1Gi",
        "labels": [{"key": "owner", "allowedRegex": ""}, {"key": "team", "allowedRegex": "^[a-z]+$"}],
    });
    let run = |namespaces: &[&str], input: &serde_json::Value| {
        let mut job = job(input);
        job.namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
        runner.run(&[job], 1, &|_, _, _| Err("no host".into())).unwrap().remove(0)
    };
    let outcome = run(&["k8slimits", "k8slabels"], &gatekeeper::input(object.clone(), parameters));
    assert_eq!(outcome.failures, []);
    assert_eq!(
        messages(&outcome),
        [
            "you must provide labels: {\"owner\"}",
            "Label <team: X1> does not satisfy allowed regex: ^[a-z]+$",
            "container <a> cpu limit <1500m> is higher than the maximum allowed of <1>",
            "container <a> memory limit is too high",
            "container <c> has no resource limits",
            "container <i> cpu limit <3> is higher than the maximum allowed of <1>",
        ]
    );
    assert_eq!(outcome.results[0].fields["details"], json!({"missing_labels": ["owner"]}));
    let outcome = run(&["main"], &object);
    assert_eq!(outcome.failures, []);
    assert_eq!(
        messages(&outcome),
        [
            "Containers must not run as root in Pod p",
            "Pod p must provide app/release labels for pod selectors",
            "Found pod p but ssh is open: [22, 80]",
        ]
    );
}
