//! Policies that run on, or take the machine with them, cost only themselves.

use crate::harness::{job, launch, messages, set, told};
use rego_policy::{Host, Limits, Runner};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_rule_that_ends_its_worker_costs_only_itself() {
    let hostile = "package hostile
deny contains msg if { count(numbers.range(1, 1000000000000)) > 0; msg := \"never\" }
deny_slow contains msg if { some i in numbers.range(1, 10000); some j in numbers.range(1, 10000); i * j == 0; msg := \"never\" }
";
    let kind = "package kind\ndeny contains msg if { msg := sprintf(\"job %d\", [input.n]) }\n";
    let limits = Limits { time: Duration::from_millis(300), memory: 256 << 20, ..Limits::default() };
    let runner = Runner::new(vec![set(&[hostile, kind])], Host::default(), launch(), limits).unwrap();
    assert_eq!(runner.faults(), []);
    let jobs: Vec<_> = (0..100).map(|n| job(json!({"n": n}))).collect();
    let outcomes = runner.run(&jobs, 2, &|_, _, _| Err("no host".into())).unwrap();
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(messages(outcome), [format!("job {n}")]);
    }
    let failed: Vec<_> = outcomes
        .iter()
        .enumerate()
        .flat_map(|(job, outcome)| {
            outcome.failures.iter().map(move |failure| (job, told(&[hostile, kind], &failure.fault)))
        })
        .collect();
    let range = ("deny contains msg", "the rule takes more than 256 MiB of memory".to_owned());
    let slow = ("deny_slow contains msg", "the rule takes longer than 0.3 seconds".to_owned());
    assert_eq!(failed, [(0, range), (0, slow)]);
}
