//! What the tests share.

use rego_policy::{Dialect, Fault, Host, Job, Json, Launch, Limits, Outcome, Place, Runner, Set, Source};
use serde_json::Value;
use std::borrow::Borrow;

/// How the worker of the tests is started.
pub(crate) fn launch() -> Launch {
    Launch { program: env!("CARGO_BIN_EXE_rego-policy-worker").into(), arguments: Vec::new() }
}

/// A set of modules named `0.rego`, `1.rego`, …
pub(crate) fn set(texts: &[&str]) -> Set {
    let sources =
        texts.iter().enumerate().map(|(n, text)| Source { name: format!("{n}.rego"), text: (*text).into() });
    Set { sources: sources.collect(), data: serde_json::json!({}), dialect: Dialect::Either }
}

pub(crate) fn runner(texts: &[&str]) -> Runner {
    Runner::new(vec![set(texts)], Host::default(), launch(), Limits::default()).expect("a worker starts")
}

pub(crate) fn job(input: &Value) -> Job {
    Job { input: Json::of(input).expect("JSON"), ..Job::default() }
}

/// What all rules say about one input.
pub(crate) fn run(runner: &Runner, input: impl Borrow<Value>) -> Outcome {
    runner.run(&[job(input.borrow())], 1, &|_, _, _| Err("no host".into())).expect("a worker runs").remove(0)
}

/// The messages of an outcome.
pub(crate) fn messages(outcome: &Outcome) -> Vec<&str> {
    outcome.results.iter().map(|found| found.message.as_str()).collect()
}

/// The text at a place, and what is wrong there.
pub(crate) fn told<'a>(texts: &[&'a str], fault: &Fault) -> (&'a str, String) {
    let text = fault.place.map_or("", |Place { source, start, end, .. }| &texts[source][start..end]);
    (text, fault.message.clone())
}
