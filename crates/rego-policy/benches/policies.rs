//! What policies cost: ten of them over 5 000 objects, beside reading the same objects as JSON.
//!
//! `cargo bench -p rego-policy`

use rego_policy::{Host, Job, Json, Launch, Limits, Runner, Set, Source};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn object(n: usize) -> Value {
    let containers: Vec<_> = (0..3)
        .map(|c| {
            json!({
                "name": format!("container-{c}"),
                "image": format!("registry-{}.example.com/team/app-{n}:{c}", n % 7),
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m"}},
                "env": [{"name": "A", "value": "b"}, {"name": "C", "value": "d"}],
                "ports": [{"containerPort": 8080, "name": "http"}],
            })
        })
        .collect();
    json!({
        "apiVersion": "apps/v1",
        "kind": if n.is_multiple_of(2) { "Deployment" } else { "StatefulSet" },
        "metadata": {"name": format!("app-{n}"), "namespace": format!("team-{}", n % 50), "labels": {"app": format!("app-{n}")}},
        "spec": {"replicas": 3, "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers}}},
    })
}

fn policy(n: usize) -> Source {
    let text = format!(
        "package main

import data.lib.containers

deny_{n} contains msg if {{
	input.kind == \"Deployment\"
	some container in containers
	startswith(container.image, \"registry-{}.example.com/\")
	not container.resources.limits.cpu == \"2\"
	msg := sprintf(\"%s of %s comes from a registry that is not ours\", [container.image, input.metadata.name])
}}

warn_{n} contains msg if {{
	not input.metadata.labels.owner
	regex.match(\"^app-[0-9]*{n}$\", input.metadata.name)
	msg := sprintf(\"%s has no owner\", [input.metadata.name])
}}
",
        n % 7
    );
    Source { name: format!("{n}.rego"), text }
}

fn best(runs: usize, mut what: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let begin = Instant::now();
            what();
            begin.elapsed()
        })
        .min()
        .unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("policy-worker") {
        return rego_policy::worker::serve(std::io::stdin(), std::io::stdout());
    }
    let lib = "package lib\n\ncontainers contains container if some container in input.spec.template.spec.containers\n";
    let mut sources: Vec<_> = (0..10).map(policy).collect();
    sources.push(Source { name: "lib.rego".into(), text: lib.into() });
    let set = Set { sources, ..Set::default() };
    let objects: Vec<_> = (0..5000).map(object).collect();
    let texts: Vec<_> = objects.iter().map(ToString::to_string).collect();
    let read = best(5, || {
        for text in &texts {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            std::hint::black_box(value);
        }
    });
    let jobs: Vec<_> = objects
        .iter()
        .map(|input| Job { input: Json::of(input).unwrap_or_default(), ..Job::default() })
        .collect();
    let begin = Instant::now();
    let runner = Runner::new(vec![set], Host::default(), Launch::own(["policy-worker"])?, Limits::default())?;
    println!("start: {:?}, {} faults", begin.elapsed(), runner.faults().len());
    println!("read 5000 objects as JSON: {read:?}");
    for threads in [1, 2] {
        let mut found = 0;
        let time = best(5, || {
            let outcomes = runner.run(&jobs, threads, &|_, _, _| Err(String::new())).unwrap_or_default();
            found = outcomes.iter().map(|outcome| outcome.results.len()).sum();
        });
        let ratio = time.as_secs_f64() / read.as_secs_f64();
        println!("{threads} threads: {time:?}, {found} results, {ratio:.1} times the reading");
    }
    Ok(())
}
