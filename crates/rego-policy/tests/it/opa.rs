//! What policies say is what the real OPA says, whose answers are written down.

use crate::harness::launch;
use rego_policy::{Dialect, Host, Job, Json, Limits, Runner, Set, Source};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const EXPRESSIONS: &str = include_str!("../opa/expressions.txt");
const MODULES: &str = include_str!("../opa/modules.txt");
const ANSWERS: &str = include_str!("../opa/answers.json");

/// Cases that OPA answers otherwise, and why.
const KNOWN: &[(&str, &str)] = &[
    ("sprintf(\"%v %g\", [1e100, 1e-7])", "the interpreter forgets how a number was written"),
    ("0.1 + 0.2", "OPA counts in decimals"),
    ("sort([1, \"a\", null, true, [1], {\"x\": 1}, {2}])", "the interpreter sorts sets before objects"),
    ("yaml.unmarshal(\"a: [1, yes]\\nb: {c: d}\")", "`yes` is a text since YAML 1.2"),
    ("regex.globs_match(\"a.*\", \"a.b\")", "not supported"),
    ("time.now_ns() > 0", "refused"),
    ("v1: not over a wildcard", "the interpreter takes it for `no element`"),
    ("v1: not of a call over a wildcard", "the interpreter takes it for `no element`"),
    ("v1: template strings", "not supported"),
];

/// The module of each case by its name.
fn cases() -> Vec<(String, String)> {
    let lines = EXPRESSIONS.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let expressions = lines.map(|line| {
        let text = format!(
            "package t\n\ndeny contains {{\"msg\": \"\", \"value\": value}} if {{\n\tvalue := {line}\n}}\n"
        );
        (line.to_owned(), text)
    });
    let modules = MODULES.split("\n---\n").map(|block| {
        let (name, text) = block.trim_matches('\n').split_once('\n').expect("a name");
        let text = text.split("\n===\n").next().unwrap_or(text);
        (name.trim_start_matches("# ").to_owned(), format!("{text}\n"))
    });
    expressions.chain(modules).collect()
}

/// Numbers are equal whatever their form.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.iter().map(canonical).collect(),
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().map(|(key, value)| (key, canonical(value))).collect();
            json!(sorted)
        }
        other => other.clone(),
    }
}

fn sorted(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut values: Vec<_> = values.map(|value| canonical(&value)).collect();
    values.sort_by_key(ToString::to_string);
    values
}

/// What is found, or why nothing can be.
fn answers() -> Vec<(String, Result<Vec<Value>, String>)> {
    let cases = cases();
    let data: Value = serde_json::from_str(include_str!("../opa/data.json")).expect("JSON");
    let input: Value = serde_json::from_str(include_str!("../opa/input.json")).expect("JSON");
    let input = Json::of(&input).expect("JSON");
    let set = |(_, text): &(String, String)| {
        let source = Source { name: "policy.rego".into(), text: text.clone() };
        Set { sources: vec![source], data: data.clone(), dialect: Dialect::Either }
    };
    let runner = Runner::new(cases.iter().map(set).collect(), Host::default(), launch(), Limits::default())
        .expect("a worker");
    let jobs: Vec<_> =
        (0..cases.len()).map(|set| Job { set, input: input.clone(), ..Job::default() }).collect();
    let outcomes = runner.run(&jobs, 2, &|_, _, _| Err("no host".into())).expect("a worker");
    let answer = |(set, ((name, _), outcome)): (usize, ((String, String), rego_policy::Outcome))| {
        let of_set = |fault: &&rego_policy::Fault| fault.place.is_none_or(|place| place.set == set);
        let fault = runner.faults().iter().find(of_set).map(|fault| fault.message.clone());
        let failure = outcome.failures.first().map(|failure| failure.fault.message.clone());
        let found = outcome.results.into_iter().map(|found| {
            let mut fields = found.fields;
            fields.insert("msg".into(), found.message.into());
            Value::Object(fields)
        });
        (name, fault.or(failure).map_or_else(|| Ok(sorted(found)), Err))
    };
    cases.into_iter().zip(outcomes).enumerate().map(answer).collect()
}

#[test]
fn policies_say_what_they_say_in_opa() {
    let recorded: Value = serde_json::from_str(ANSWERS).unwrap();
    let (mut differences, mut equal) = (Vec::new(), 0);
    for (name, ours) in answers() {
        let opa = &recorded["answers"][&name];
        let same = match (&ours, opa["value"].as_array(), opa["error"].as_str()) {
            (Ok(ours), Some(theirs), _) => *ours == sorted(theirs.iter().cloned()),
            // OPA is asked to tell what is undefined without a word otherwise.
            // What it refuses when it reads a policy never holds, if it is not refused here.
            (Ok(ours), None, Some("eval_builtin_error" | "eval_type_error" | "rego_type_error")) => {
                ours.is_empty()
            }
            (Ok(ours), None, Some(error)) if error.starts_with("json: ") => ours.is_empty(),
            (Err(_), None, Some(_)) => true,
            _ => false,
        };
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        match (same, known) {
            (true, None) => equal += 1,
            (false, Some(_)) => {}
            (true, Some((_, why))) => differences.push(format!("{name}\n  is no difference any more: {why}")),
            (false, None) => {
                let ours = ours.map(|values| json!(values).to_string());
                differences.push(format!("{name}\n  OPA:  {opa}\n  here: {ours:?}"));
            }
        }
    }
    assert!(equal >= 200, "{equal} cases are equal");
    assert!(differences.is_empty(), "{} of {equal}+:\n{}", differences.len(), differences.join("\n"));
}

/// `OPA_LIBRARY` names the shared library of the wheel `opa-golib-python-bindings`, unpacked.
#[test]
#[expect(clippy::disallowed_methods, reason = "the library is not to be had everywhere")]
fn opa_still_says_what_is_written_down() {
    let Ok(library) = std::env::var("OPA_LIBRARY") else {
        println!("skipped: OPA_LIBRARY names no library");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/opa/record.py");
    let asked = std::process::Command::new("python3").args([script, &library, "--check"]).status();
    assert!(asked.expect("python3 runs").success());
}
