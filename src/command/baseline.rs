//! `pullwarden baseline`: records the findings that are accepted.

use super::{Error, inputs, policies};
use crate::check::baseline::{self, BaselineEntry, EntryReach};
use crate::cli;
use crate::fix;
use crate::machine::terminal::escape;
use crate::pipeline::{self, Walked};
use crate::read::discover;
use crate::read::tree::Disk;
use crate::report::human::counted;
use crate::source::Sources;
use std::collections::HashSet;
use std::io::Write;

/// Writes the baseline, or removes the entries whose finding is gone.
pub fn run(args: &cli::BaselineArgs, out: &mut dyn Write) -> Result<(), Error> {
    inputs::limit_threads(&args.how);
    let (roots, missing) = inputs::roots(&args.paths, !args.how.no_ignore)?;
    if !missing.is_empty() {
        // A file that could not be read would look fixed.
        return Err(Error::Failed(missing.join("\npullwarden: ")));
    }
    let path = args.output.clone().unwrap_or_else(|| roots.root.join(baseline::NAME));
    let shown = escape(&path.to_string_lossy()).into_owned();
    let mut sources = Sources::default();
    let overrides = inputs::overrides(&args.how);
    let mut settings = inputs::settings(&args.how.known, &overrides, &roots.root, &mut sources)?;
    policies::read(&args.policies, &mut settings, (&roots.root, &Disk), &mut sources)?;
    let there = std::fs::symlink_metadata(&path).is_ok();
    if !there && args.prune {
        return Err(Error::Failed(format!("there is no baseline {shown} to prune")));
    }
    let read = there.then(|| inputs::baseline(&path, &args.how.known, &roots, &mut sources));
    let (known, of_plans) = read.transpose()?.unwrap_or_default().split_changes();
    let name = discover::name_of(&roots.root, &std::path::absolute(&path)?);
    let mut walked =
        inputs::walked_for_clusters(&args.how.known, &settings, &roots, Walked::without_hidden(&roots));
    walked.inputs.retain(|input| input.name != name);
    let mut report = pipeline::check(walked, &settings, &mut sources);
    if report.has_faults() {
        // A finding that a fault hides would look fixed.
        return Err(Error::Failed(format!("{}; {shown} stays as it is", super::A_FAULT)));
    }
    let (entries, said): (Vec<BaselineEntry>, String) = if args.prune {
        let stale: HashSet<&BaselineEntry> =
            known.accept(&mut report.diagnostics, &sources).into_iter().collect();
        let runs = |entry: &BaselineEntry| {
            settings.rules.find(&entry.rule).is_none_or(|meta| settings.rules.is_on(meta))
                && settings.rules.may_know(&entry.rule)
        };
        let kept: Vec<BaselineEntry> =
            known.entries.iter().filter(|entry| !(stale.contains(entry) && runs(entry))).cloned().collect();
        let dropped = known.entries.len() - kept.len();
        let said = format!("dropped {} from {shown}, {} left", counted(dropped, "finding"), kept.len());
        (kept, said)
    } else {
        let mut found = baseline::Baseline::of(report.diagnostics.iter(), &sources);
        let elsewhere: Vec<BaselineEntry> =
            known.entries.into_iter().filter(|entry| entry.reach == EntryReach::Outside).collect();
        // A finding in a file outside of the walk may be in the baseline already.
        for entry in &elsewhere {
            let is_same = |other: &BaselineEntry| {
                (&other.file, &other.rule, &other.fingerprint)
                    == (&entry.file, &entry.rule, &entry.fingerprint)
            };
            if let Some(at) = found.iter().position(is_same) {
                found.remove(at);
            }
        }
        let count = counted(found.len(), "finding");
        let also = match elsewhere.len() {
            0 => String::new(),
            kept => format!("; {kept} of files elsewhere stay"),
        };
        (found.into_iter().chain(elsewhere).collect(), format!("wrote {count} to {shown}{also}"))
    };
    let entries = entries.into_iter().chain(of_plans).collect();
    fix::write_whole(&path, &baseline::Baseline::write(entries))
        .map_err(|error| Error::Failed(format!("cannot write {shown}: {error}")))?;
    writeln!(out, "{said}")?;
    Ok(())
}
