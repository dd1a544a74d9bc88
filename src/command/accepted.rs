//! The findings about changes that a baseline accepts: read for a plan, or written after one.

use super::{Error, inputs};
use crate::check::baseline::{Baseline, BaselineEntry, EntryReach};
use crate::check::triage::Report;
use crate::cli::PlanArgs;
use crate::fix;
use crate::machine::terminal::shown;
use crate::read::discover::Roots;
use crate::report::human::counted;
use crate::source::Sources;
use std::io::Write;
use std::path::Path;

/// The entries about changes in the baseline that the command line names. A plan ignores the entries of a check.
pub(super) fn read(args: &PlanArgs, roots: &Roots, sources: &mut Sources) -> Result<Option<Baseline>, Error> {
    let Some(path) = &args.baseline else { return Ok(None) };
    let baseline = inputs::baseline(path, &args.clusters.known, roots, sources)?;
    let name = baseline.name.clone();
    let (_, entries) = baseline.split_changes();
    Ok(Some(Baseline { name, entries }))
}

/// Writes the findings of a plan to a baseline. They replace those of an earlier plan, except in files that this plan
/// did not read.
pub(super) fn write(
    path: &Path,
    args: &PlanArgs,
    roots: &Roots,
    report: &Report,
    sources: &Sources,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let shown = shown(path);
    if report.has_faults() {
        return Err(Error::Failed(format!("{}; {shown} stays as it is", super::A_FAULT)));
    }
    let there = std::fs::symlink_metadata(path).is_ok();
    let known = there.then(|| inputs::baseline(path, &args.clusters.known, roots, &mut Sources::default()));
    let (of_checks, of_plans) = known.transpose()?.unwrap_or_default().split_changes();
    let found = Baseline::of(report.diagnostics.iter(), sources);
    let said = counted(found.len(), "finding");
    let elsewhere =
        of_plans.into_iter().filter(|entry| entry.reach == EntryReach::Outside && !has(&found, entry));
    let elsewhere: Vec<BaselineEntry> = elsewhere.collect();
    let entries = of_checks.entries.into_iter().chain(elsewhere).chain(found).collect();
    fix::write_whole(path, &Baseline::write(entries))
        .map_err(|error| Error::Failed(format!("cannot write {shown}: {error}")))?;
    writeln!(out, "wrote {said} to {shown}")?;
    Ok(())
}

fn has(found: &[BaselineEntry], entry: &BaselineEntry) -> bool {
    found.iter().any(|other| {
        (&other.file, &other.rule, &other.fingerprint) == (&entry.file, &entry.rule, &entry.fingerprint)
    })
}
