//! Runs the tests of policies: `test_` rules, as `opa test` and `conftest verify` run them.

use super::configured::{Configured, Where};
use super::files::{Reader, What};
use super::read::{data, host, modules, set};
use super::{Coverage, TestResult, TestRun, TestVerdict, Workers, host as functions};
use crate::read::tree::Tree;
use crate::rules::policy_error;
use crate::source::{FileId, Sources, Span};
use rego_policy::{Limits, Place, Runner};
use std::path::Path;

/// Runs the tests of policies. Data files beside the policies are read, too.
pub fn test(
    configured: &[Configured],
    (root, tree): (&Path, &dyn Tree),
    workers: &Workers,
    sources: &mut Sources,
) -> std::io::Result<TestRun> {
    let mut run = TestRun::default();
    let mut sets = Vec::new();
    let mut files: Vec<Vec<FileId>> = Vec::new();
    for entry in configured {
        let mut reader = Reader { root, tree, sources, problems: &mut run.problems, has_templates: false };
        let modules = modules(&mut reader, &entry.paths, true);
        let beside: Vec<Where> =
            entry.paths.iter().filter(|path| reader.has(path, What::Data)).cloned().collect();
        let data = data(&mut reader, &[&entry.data[..], &beside[..]].concat());
        files.push(modules.iter().map(|file| file.id).collect());
        sets.push(set(&modules, data, entry.language));
    }
    let runner = Runner::new(sets, host(), workers.0.clone(), Limits::default())?;
    let span = |place: Place| {
        let file = files.get(place.set).and_then(|set| set.get(place.source)).copied();
        Span::new(file.unwrap_or(FileId(0)), place.start, place.end)
    };
    for fault in runner.faults() {
        let span = fault.place.map_or_else(|| Span::new(FileId(0), 0, 0), span);
        run.problems.push((&policy_error::META, policy_error::module(span, &*fault.message)));
    }
    let tested = runner.test(&|_, function, arguments| functions::without_cluster(function, arguments))?;
    for outcome in tested.outcomes {
        let test = &runner.tests()[outcome.test];
        let verdict = match outcome.verdict {
            rego_policy::Verdict::Passed => TestVerdict::Passed,
            rego_policy::Verdict::Todo => TestVerdict::Todo,
            rego_policy::Verdict::Failed { place, values } => TestVerdict::Failed {
                span: span(place),
                values: values.into_iter().map(|(place, value)| (span(place), value)).collect(),
            },
            rego_policy::Verdict::Error(fault) => {
                TestVerdict::Error { span: span(fault.place.unwrap_or(test.place)), message: fault.message }
            }
        };
        run.results.push(TestResult {
            package: test.package.clone(),
            name: test.name.clone(),
            span: span(test.place),
            verdict,
            prints: outcome.prints,
        });
    }
    for coverage in tested.coverage {
        let place = Place { set: coverage.set, source: coverage.source, start: 0, end: 0 };
        let source = sources.get(span(place).file);
        let name = source.map_or_else(String::new, |source| source.name.clone());
        if !name.ends_with("_test.rego") {
            run.coverage.push(Coverage {
                file: name,
                covered: coverage.covered.len(),
                not_covered: coverage.not_covered.into_iter().collect(),
            });
        }
    }
    Ok(run)
}
