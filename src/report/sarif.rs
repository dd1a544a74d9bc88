//! The report for code scanning: SARIF 2.1.0, written for GitHub's reader and the standard's own validator.
//!
//! Where the two leave a choice, the reasons stand beside the code; `GH…` and `SARIF…` are the names of the rules
//! of `@microsoft/sarif-multitool`, which `.ci/sarif-multitool` runs:
//! - GH1011, SARIF1011: `$schema` is that of the final standard;
//! - GH1014: a run has `results`, empty ones too;
//! - GH1007, GH1015: every result has a message text (no message id), locations and `partialFingerprints`;
//! - GH1003, GH1017: every place has a `uri` and a `region` with at least `startLine`;
//! - GH1005, GH1006: a `uri` is relative, so that no checkout path is needed;
//! - GH1018, GH2012: the driver lists its rules, each with both descriptions and a help text;
//! - SARIF1001: the `name` of a rule is not its `id`;
//! - SARIF1004: with a `uriBaseId`, the `uri` is relative; what the base stands for may stay unsaid;
//! - SARIF1007: `endColumn` is not before `startColumn`, but may equal it;
//! - SARIF2005: the driver has a name of at most three words, a version and an `informationUri`;
//! - SARIF2012: a rule has a `name` in Pascal case and a `helpUri`.

mod message;
mod results;
mod rules;

use super::printable;
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::rules::rule::Meta;
use crate::rules::rule::REPOSITORY;
use crate::source::Sources;
use results::Context;
use serde_sarif::sarif;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// GitHub refuses a file with more results in one run.
const MAX_RESULTS: usize = 25_000;

/// The name of the repository root in every place.
const ROOT: &str = "%SRCROOT%";

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes `report` as SARIF; `rules` are all rules that ran.
pub fn write(
    report: &Report,
    sources: &Sources,
    rules: &[&'static Meta],
    out: &mut dyn Write,
) -> io::Result<()> {
    let log = sarif::Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run(report, sources, rules)]);
    printable::write(&log.build(), out)
}

fn run(report: &Report, sources: &Sources, rules: &[&'static Meta]) -> sarif::Run {
    let (kept, left_out) = heaviest(&report.diagnostics);
    let rules = rules::Rules::new(rules, &kept);
    let context = Context::new(sources, &rules, &kept);
    let results: Vec<sarif::Result> = kept.iter().map(|diagnostic| context.result(diagnostic)).collect();

    let driver = sarif::ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .full_name(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(REPOSITORY)
        .short_description(text(env!("CARGO_PKG_DESCRIPTION")))
        .rules(rules.descriptors())
        .build();
    let root = sarif::ArtifactLocation::builder().description("The root of the repository.").build();
    sarif::Run::builder()
        .tool(driver)
        .results(results)
        .invocations(vec![invocation(left_out + report.checked.dropped)])
        .column_kind("utf16CodeUnits")
        .newline_sequences(["\r\n", "\n", "\r"].map(String::from).to_vec())
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root)]))
        .build()
}

/// At most [`MAX_RESULTS`] diagnostics, in their order, and how many are left out: ignored ones first, then those of the
/// lowest severity.
fn heaviest(diagnostics: &[Diagnostic]) -> (Vec<&Diagnostic>, usize) {
    let mut numbered: Vec<(usize, &Diagnostic)> = diagnostics.iter().enumerate().collect();
    let left_out = numbered.len().saturating_sub(MAX_RESULTS);
    if left_out > 0 {
        numbered.sort_by_key(|&(number, d)| (!d.is_open(), std::cmp::Reverse(d.severity), number));
        numbered.truncate(MAX_RESULTS);
        numbered.sort_by_key(|&(number, _)| number);
    }
    (numbered.into_iter().map(|(_, diagnostic)| diagnostic).collect(), left_out)
}

fn invocation(left_out: usize) -> sarif::Invocation {
    let mut invocation = sarif::Invocation::builder().execution_successful(true).build();
    if left_out > 0 {
        let said = format!("{left_out} more findings are left out.");
        let notification = sarif::Notification::builder().message(&said).level("warning").build();
        invocation.tool_execution_notifications = Some(vec![notification]);
    }
    invocation
}

fn text(text: impl Into<String>) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(text).build()
}

/// A number in the type of the SARIF model.
fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn property(name: &str, value: impl Into<serde_json::Value>) -> sarif::PropertyBag {
    sarif::PropertyBag {
        additional_properties: BTreeMap::from([(name.to_owned(), value.into())]),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
