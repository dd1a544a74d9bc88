//! Tests of policies.

use crate::harness::{launch, set};
use rego_policy::{Host, HostFunction, Limits, Runner, Verdict};
use serde_json::{Value, json};

const POLICY: &str = "package main

import rego.v1

deny contains msg if {
	some container in input.containers
	not host.allowed(container.image)
	msg := sprintf(\"%s is not allowed\", [container.image])
}

deny contains \"late\" if {
	time.now_ns() > 10
}

never if {
	input.never
	input.more
}
";

const TESTS: &str = "package main_test

import data.main
import rego.v1

containers := [{\"image\": \"docker.io/a\"}]

test_denied if {
	found := main.deny with input as {\"containers\": containers} with host.allowed as false with time.now_ns as 0
	found == {\"docker.io/a is not allowed\"}
}

test_allowed if {
	count(main.deny) == 0 with input.containers as containers with host.allowed as mock with time.now_ns as 5
}

mock(image) if startswith(image, \"docker.io/\")

test_late if {
	\"late\" in main.deny with time.now_ns as 11
}

test_fails if {
	print(\"image\", containers[0].image)
	wanted := 2
	count(containers) == wanted
	false
}

test_fails_in_a_call if {
	startswith(containers[0].image, containers[0].missing)
}

test_is_false := false

test_runs_on if {
	count(numbers.range(1, 1000000000000)) > 0
}

todo_test_later if false
";

#[test]
fn tests_pass_and_fail_with_the_statement_that_does_not_hold() {
    let host = Host {
        functions: vec![HostFunction { name: "host.allowed".into(), arguments: 1 }],
        documents: Vec::new(),
    };
    let limits = Limits { memory: 256 << 20, ..Limits::default() };
    let runner = Runner::new(vec![set(&[POLICY, TESTS])], host, launch(), limits).unwrap();
    let faults: Vec<_> = runner.faults().iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(faults, ["`time.now_ns` cannot be called: policies have no clock"]);
    let tested = runner.test(&|_, _, _| Err("not in tests".into())).unwrap();
    let text = |place: rego_policy::Place| &[POLICY, TESTS][place.source][place.range()];
    let told: Vec<(String, Value)> = tested
        .outcomes
        .iter()
        .map(|outcome| {
            let verdict = match &outcome.verdict {
                Verdict::Passed => json!("passed"),
                Verdict::Todo => json!("todo"),
                Verdict::Error(fault) => json!({"error": fault.message, "at": fault.place.map(text)}),
                Verdict::Failed { place, values } => {
                    let values: Vec<_> =
                        values.iter().map(|(place, value)| (text(*place), value.clone())).collect();
                    json!({"failed": text(*place), "values": values})
                }
            };
            (runner.tests()[outcome.test].name.clone(), verdict)
        })
        .collect();
    let expected = [
        ("test_denied", json!("passed")),
        ("test_allowed", json!("passed")),
        ("test_late", json!("passed")),
        (
            "test_fails",
            json!({"failed": "count(containers) == wanted", "values": [["count(containers)", 1], ["wanted", 2]]}),
        ),
        (
            "test_fails_in_a_call",
            json!({
                "failed": "startswith(containers[0].image, containers[0].missing)",
                "values": [["containers[0].image", "docker.io/a"], ["containers[0].missing", null]],
            }),
        ),
        ("test_is_false", json!({"failed": "test_is_false := false", "values": []})),
        (
            "test_runs_on",
            json!({"error": "the rule takes more than 256 MiB of memory", "at": "test_runs_on"}),
        ),
        ("todo_test_later", json!("todo")),
    ];
    for (told, (name, verdict)) in told.iter().zip(expected) {
        assert_eq!(told, &(name.to_owned(), verdict));
    }
    assert_eq!(tested.outcomes[3].prints, ["1.rego:24: image docker.io/a"]);
    let line = |words: &str| {
        u32::try_from(POLICY.lines().position(|line| line.contains(words)).unwrap() + 1).unwrap()
    };
    assert!(tested.coverage[0].covered.contains(&line("not host.allowed")), "{:?}", tested.coverage[0]);
    assert!(tested.coverage[0].not_covered.contains(&line("input.more")), "{:?}", tested.coverage[0]);
    assert_eq!(tested, runner.test(&|_, _, _| Err("not in tests".into())).unwrap());
}
