//! Charts at random give what the real Helm makes of them.
//!
//! `HELM_PYTHON` names a Python that has `helm-python-sdk`, which is Helm 4.2 as a library. Without it, answers that were
//! written down are compared. `HELM_PYTHON=python3 BLESS=1 cargo test -p helm real` writes them down.

#![allow(clippy::print_stdout, reason = "the test says what it has compared")]
#![allow(clippy::disallowed_methods, reason = "the real Helm is not to be had everywhere")]

use crate::generator::{Generated, chart};
use crate::harness::{documents, value};
use helm::{Capabilities, Chart, Error, Given, Manifests, MemoryTree, Options, Release};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spanned_yaml::{FileId, parse_all};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/answers.jsonl");
const ASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/ask.py");

/// Charts that Helm renders otherwise, and why.
const KNOWN: &[(u64, &str)] = &[(295, "`trunc` cuts a letter into bytes")];

/// What Helm makes of charts.
pub(crate) fn ask(python: &str, charts: &[Value]) -> Vec<Value> {
    let mut child = Command::new(python)
        .arg(ASK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("HELM_PYTHON runs");
    let mut input = child.stdin.take().expect("a pipe");
    let lines: Vec<String> = charts.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || input.write_all((lines.join("\n") + "\n").as_bytes()));
    let output = child.wait_with_output().expect("HELM_PYTHON ends");
    writer.join().expect("a thread").expect("HELM_PYTHON reads");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), charts.len(), "HELM_PYTHON has helm-python-sdk");
    answers
}

fn render(generated: &Generated) -> Result<Manifests, Error> {
    let mut tree = MemoryTree::default();
    for (number, (name, text)) in generated.files.iter().enumerate() {
        tree.insert(name.as_str(), FileId(number as u32), text.as_str());
    }
    let values = parse_all(FileId(1_000), &generated.values.to_string().into()).remove(0).expect("values");
    let given = Given { values: vec![values.root()], ..Given::default() };
    let release = Release::new("demo", "apps");
    Chart::load("", &tree)?.render(&release, &given, &Capabilities::default(), &Options::default())
}

/// The documents of each template that has some, or that there is an error.
type Answer = Result<BTreeMap<String, Vec<Value>>, String>;

fn theirs(answer: &Value) -> Answer {
    let Some(templates) = answer["templates"].as_object() else { return Err(answer["error"].to_string()) };
    let read = templates
        .iter()
        .map(|(name, text)| Ok((name.clone(), documents(text.as_str().unwrap_or_default())?)));
    let mut found: BTreeMap<_, _> = read.collect::<Result<_, String>>()?;
    found.retain(|name, documents| !documents.is_empty() && !name.ends_with("NOTES.txt"));
    Ok(found)
}

fn ours(rendered: Result<Manifests, Error>) -> Answer {
    let manifests = rendered.map_err(|error| error.message)?;
    let filled = manifests.templates.iter().filter(|manifest| !manifest.documents.is_empty());
    let read = filled.map(|manifest| {
        let documents = manifest.documents.iter().map(|document| value(document.root())).collect();
        (manifest.name.to_string(), documents)
    });
    Ok(read.collect())
}

/// Where a chart gives something else than Helm says.
pub(crate) fn difference(answer: &Value, rendered: Result<Manifests, Error>) -> Option<String> {
    match (theirs(answer), ours(rendered)) {
        (Err(_), Err(_)) => None,
        (Ok(theirs), Ok(ours)) => {
            let name = theirs.keys().chain(ours.keys()).find(|name| theirs.get(*name) != ours.get(*name))?;
            let shown = |from: &BTreeMap<String, Vec<Value>>| json!(from.get(name)).to_string();
            Some(format!("{name}\n  Helm: {}\n  here: {}", shown(&theirs), shown(&ours)))
        }
        (Err(theirs), Ok(_)) => Some(format!("Helm refuses it: {theirs}")),
        (Ok(_), Err(ours)) => Some(format!("refused here: {ours}")),
    }
}

fn charts(from: u64, count: u64) -> Vec<Generated> {
    (from..from + count).map(chart).collect()
}

/// A number that somebody gives.
fn given(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

fn asked(charts: &[Generated]) -> Vec<Value> {
    charts.iter().map(|chart| json!({"files": chart.files, "values": chart.values})).collect()
}

/// A sum over the charts, so that answers to others are noticed.
fn sum(charts: &[Generated]) -> String {
    let text: String = asked(charts).iter().map(Value::to_string).collect();
    let sum = Sha256::digest(text.as_bytes());
    format!("{:02x?}", &sum[..8])
}

#[test]
fn charts_at_random_give_what_helm_makes_of_them() {
    let python = std::env::var("HELM_PYTHON");
    let from = if python.is_ok() { given("HELM_SEED", 0) } else { 0 };
    let (charts, answers) = if let Ok(python) = &python {
        let charts = charts(from, given("HELM_CHARTS", 300));
        let answers = ask(python, &asked(&charts));
        if std::env::var_os("BLESS").is_some() {
            let lines: Vec<String> = answers.iter().map(Value::to_string).collect();
            std::fs::write(RECORDED, format!("{}\n{}\n", sum(&charts), lines.join("\n"))).expect("written");
        }
        (charts, answers)
    } else {
        let recorded = std::fs::read_to_string(RECORDED).expect("recorded answers");
        let (of, lines) = recorded.split_once('\n').expect("lines");
        let answers: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let charts = charts(0, answers.len() as u64);
        assert_eq!(sum(&charts), of, "the charts are others now; write the answers down anew");
        (charts, answers)
    };
    let pairs = charts.iter().zip(&answers).enumerate();
    let different = |(number, (generated, answer)): (usize, (&Generated, &Value))| {
        let seed = from + number as u64;
        let known = KNOWN.iter().find(|(known, _)| *known == seed).map(|(_, why)| *why);
        match (difference(answer, render(generated)), known) {
            (Some(difference), None) => Some(format!("chart {seed}: {difference}")),
            (None, Some(why)) => Some(format!("chart {seed} is no difference any more: {why}")),
            _ => None,
        }
    };
    let differences: Vec<String> = pairs.filter_map(different).collect();
    let known = KNOWN.iter().filter(|(seed, _)| (from..from + charts.len() as u64).contains(seed)).count();
    let rendered = answers.iter().filter(|answer| answer["error"].is_null()).count();
    let how = if python.is_ok() { "the real Helm" } else { "Helm's recorded answers" };
    println!(
        "{} charts at random, of which Helm renders {rendered}, compared with {how}: {} are equal, {known} differ and it \
         is known why",
        charts.len(),
        charts.len() - differences.len() - known
    );
    assert!(rendered * 3 > charts.len(), "only {rendered} charts are rendered");
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), charts.len(), differences.join("\n"));
}
