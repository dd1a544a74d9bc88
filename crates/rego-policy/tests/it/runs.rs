//! Jobs go in, outcomes come out, the same on any number of threads.

use crate::harness::{job, launch, messages, run, runner, set, told};
use rego_policy::{Host, HostFunction, Job, Json, Kind, Limits, Runner, Set};
use serde_json::json;
use std::collections::BTreeMap;

const V1: &str = "package main
deny contains msg if {
    input.kind == \"Deployment\"
    some container in input.containers
    endswith(container.image, \":latest\")
    msg := sprintf(\"%s is not pinned\", [container.image])
}
";
const V0: &str = "package old
warn_name[{\"msg\": msg, \"path\": \"metadata.name\"}] {
    msg := concat(\" \", [\"bad name\", input.name])
}
";

fn text(value: &serde_json::Value) -> Json {
    Json::of(value).expect("JSON")
}

#[test]
fn rules_of_both_languages_say_what_they_find() {
    let runner = runner(&[V1, V0]);
    assert_eq!(runner.faults(), []);
    let rules: Vec<_> = runner.rules().iter().map(|rule| (&*rule.package, &*rule.name, rule.kind)).collect();
    assert_eq!(rules, [("main", "deny", Kind::Deny), ("old", "warn_name", Kind::Warn)]);
    let place = runner.rules()[0].heads[0].place;
    assert_eq!(&V1[place.range()], "deny contains msg");

    let input = json!({"kind": "Deployment", "name": "x", "containers": [{"image": "b:latest"}, {"image": "a:latest"}]});
    let outcome = run(&runner, input);
    assert_eq!(messages(&outcome), ["a:latest is not pinned", "b:latest is not pinned", "bad name x"]);
    assert_eq!(outcome.results[2].fields["path"], "metadata.name");
    assert_eq!(outcome.failures, []);
}

#[test]
fn documents_that_jobs_share_are_those_of_each_job() {
    let policy =
        "package main\ndeny contains msg if msg := sprintf(\"%s in %s\", [input.n, data.cluster.name])\n";
    let host = Host { functions: Vec::new(), documents: vec!["cluster.name".into()] };
    let runner = Runner::new(vec![set(&[policy])], host, launch(), Limits::default()).unwrap();
    let clusters: Vec<_> = (0..5).map(|n| text(&json!(format!("cluster {n}")))).collect();
    let mut jobs: Vec<_> = (0..300)
        .map(|n| {
            let mut job = job(&json!({"n": format!("{n}")}));
            // Long stretches of one cluster, and short ones, and a document of its own now and then.
            let cluster = if n < 200 { n / 70 } else { n % 5 };
            let name = if n % 41 == 0 { text(&json!("alone")) } else { clusters[cluster].clone() };
            job.documents = BTreeMap::from([("cluster.name".into(), name)]);
            job
        })
        .collect();
    jobs[7].documents.clear();
    let outcomes = runner.run(&jobs, 2, &|_, _, _| Err("no host".into())).unwrap();
    for (n, (job, outcome)) in jobs.iter().zip(&outcomes).enumerate() {
        let said =
            job.documents.get("cluster.name").map(|name| format!("{n} in {}", name.text().trim_matches('"')));
        assert_eq!(messages(outcome), said.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_broken_module_is_a_fault_and_the_others_run() {
    let broken = "package main\n\ndeny contains msg if {\n\tmsg := concat(\"\", [1, 2\n}\n";
    let runner = runner(&[broken, V0]);
    let texts = [broken, V0];
    let faults: Vec<_> = runner.faults().iter().map(|fault| told(&texts, fault)).collect();
    assert_eq!(faults, [("[", "`[` is not closed before `}`".into())]);
    assert_eq!(messages(&run(&runner, json!({"name": "x"}))), ["bad name x"]);
}

#[test]
fn a_set_keeps_its_own_documents() {
    let policy = "package main

deny[msg] { msg := sprintf(\"%v\", [data.inventory.cluster]) }

test_given { deny[\"2\"] with data.inventory as {\"cluster\": 2} }

test_given_in_part { deny[\"3\"] with data.inventory.cluster as 3 }
";
    let of_data = Set { data: json!({"inventory": {"cluster": "of the data"}}), ..set(&[policy]) };
    let of_module = set(&[policy, "package inventory\n\ncluster := \"of a module\"\n"]);
    let host = Host { functions: Vec::new(), documents: vec!["inventory.cluster".into()] };
    let sets = vec![set(&[policy]), of_data, of_module];
    let runner = Runner::new(sets, host, launch(), Limits::default()).unwrap();
    assert_eq!(runner.faults(), []);
    let jobs: Vec<Job> = (0..3)
        .map(|set| {
            let documents = BTreeMap::from([("inventory.cluster".into(), Json::of(&"of the job").unwrap())]);
            Job { set, documents, ..Job::default() }
        })
        .collect();
    let outcomes = runner.run(&jobs, 1, &|_, _, _| Err("no host".into())).unwrap();
    let told: Vec<_> = outcomes.iter().flat_map(messages).collect();
    assert_eq!(told, ["of the job", "of the data", "of a module"]);
    let tested = runner.test(&|_, _, _| Err("no host".into())).unwrap();
    let verdicts: Vec<_> = tested.outcomes.iter().map(|outcome| format!("{:?}", outcome.verdict)).collect();
    assert!(verdicts.iter().all(|verdict| verdict == "Passed"), "{verdicts:?}");
}

#[test]
fn documents_and_functions_come_from_the_host() {
    let policy = "package main
deny contains msg if {
    got := host.resolve(input.image)
    got.blocked
    host.resolve(input.image).blocked
    msg := sprintf(\"%s in %s of %s\", [input.image, data.conftest.file.name, data.cluster.name])
}
";
    let host = Host {
        functions: vec![HostFunction { name: "host.resolve".into(), arguments: 1 }],
        documents: vec!["conftest.file".into(), "cluster.name".into()],
    };
    let runner = Runner::new(vec![set(&[policy])], host, launch(), Limits::default()).unwrap();
    assert_eq!(runner.faults(), []);
    let jobs: Vec<_> = (0..100)
        .map(|n| {
            let mut job = job(&json!({"image": format!("image-{n}")}));
            let file = json!({"name": format!("{n}.yaml"), "dir": "."});
            job.documents = BTreeMap::from([
                ("conftest.file".into(), text(&file)),
                ("cluster.name".into(), text(&json!("prod"))),
            ]);
            job
        })
        .collect();
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let answer = |job: usize, name: &str, arguments: &[serde_json::Value]| {
        calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert_eq!((name, &arguments[0]), ("host.resolve", &json!(format!("image-{job}"))));
        Ok(json!({"blocked": job.is_multiple_of(2)}))
    };
    let outcomes = runner.run(&jobs, 2, &answer).unwrap();
    for (n, outcome) in outcomes.iter().enumerate() {
        let said = format!("image-{n} in {n}.yaml of prod");
        assert_eq!(messages(outcome), if n % 2 == 0 { vec![said.as_str()] } else { vec![] });
        assert_eq!(outcome.failures, []);
    }
    // Each job asks once, however often its rules do.
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 100);
    assert_eq!(outcomes, runner.run(&jobs, 1, &answer).unwrap());
}

#[test]
fn a_message_that_cannot_be_written_is_told() {
    let text = "package main\ndeny contains sprintf(\"%s is bad\", input.name)\n";
    let runner = runner(&[text]);
    let outcome = run(&runner, json!({"name": "x"}));
    let failures: Vec<_> = outcome.failures.iter().map(|failure| told(&[text], &failure.fault)).collect();
    assert_eq!(failures, [("sprintf", "`sprintf` takes a text and a list of values".to_owned())]);
}
