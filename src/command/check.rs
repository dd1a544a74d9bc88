//! `pullwarden check`: from paths to reports; [`pipeline`] is the way between them.

use super::Error;
use crate::cli::{Check, Format, ReportTo};
use crate::config::{self, Overrides, Settings};
use crate::discover::{self, Roots};
use crate::manifest;
use crate::pipeline;
use crate::report::{self, Style};
use crate::source::Sources;
use crate::threads;
use crate::triage::Report;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Something at or above `--fail-on`.
    Dirty,
    /// `--require-config`, and there was no image configuration.
    Nothing,
}

/// Checks and writes every report that was asked for.
pub fn run(args: &Check, out: &mut dyn Write) -> Result<Outcome, Error> {
    if let Some(threads) = args.threads {
        threads::limit(threads);
    }
    let (roots, missing) = roots(args)?;
    let mut sources = Sources::default();
    let mut settings = load_settings(args, &roots.root, &mut sources)?;
    let report = pipeline::check(discover::walk(&roots).into(), &mut settings, &mut sources);
    write_reports(args, &report, &sources, out)?;
    if !missing.is_empty() {
        // All that could be looked at was; now say what could not.
        out.flush()?;
        return Err(Error::Failed(missing.join("\npullwarden: ")));
    }
    Ok(if args.require_config && report.checked.resources == 0 {
        Outcome::Nothing
    } else if settings.fail_on.is_some_and(|severity| report.reaches(severity)) {
        Outcome::Dirty
    } else {
        Outcome::Clean
    })
}

/// What is to be looked at, with absolute paths, and what is not there.
fn roots(args: &Check) -> Result<(Roots, Vec<String>), Error> {
    let mut missing = Vec::new();
    let mut paths = Vec::new();
    let mut stdin = None;
    for path in &args.paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let limited = std::io::stdin().take(manifest::MAX_FILE + 1).read_to_end(&mut bytes);
            limited.map_err(|error| Error::Failed(format!("cannot read standard input: {error}")))?;
            stdin = Some(bytes);
            continue;
        }
        match path.canonicalize() {
            Ok(path) => paths.push(path),
            Err(error) => missing.push(format!("cannot look at {}: {error}", path.display())),
        }
    }
    if paths.is_empty() && stdin.is_none() {
        return Err(Error::Failed(missing.join("\npullwarden: ")));
    }
    let root = if paths.is_empty() {
        let here = std::env::current_dir()
            .map_err(|error| Error::Failed(format!("cannot tell the current directory: {error}")))?;
        discover::root_of(&[here], &config::NAMES)
    } else {
        discover::root_of(&paths, &config::NAMES)
    };
    Ok((Roots { root, paths, stdin, respect_ignores: !args.no_ignore }, missing))
}

fn load_settings(args: &Check, root: &Path, sources: &mut Sources) -> Result<Settings, Error> {
    let overrides = Overrides {
        openshift: args.openshift,
        platform: args.platform,
        preset: args.preset,
        fail_on: args.fail_on,
        today: Some(args.today.unwrap_or_else(config::today)),
    };
    let path = match &args.config {
        Some(path) => Some(absolute(path)?),
        None if args.no_config => None,
        None => config::find(root),
    };
    match path {
        Some(path) => {
            let name = discover::name_of(root, &path);
            config::load(&path, &name, &overrides, sources).map_err(Error::Failed)
        }
        None => Ok(Settings::from_overrides(&overrides)),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|error| Error::Failed(format!("cannot read {}: {error}", path.display())))
}

fn write_reports(args: &Check, report: &Report, sources: &Sources, out: &mut dyn Write) -> Result<(), Error> {
    let default = [ReportTo { format: Format::Human, file: None }];
    let reports = if args.reports.is_empty() { &default[..] } else { &args.reports };
    for to in reports {
        match &to.file {
            None => report::write(to.format, report, sources, &Style::of_stdout(args.color), out)?,
            Some(path) => {
                let failed = |error| Error::Failed(format!("cannot write {}: {error}", path.display()));
                let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
                let style = Style::of_file(args.color);
                report::write(to.format, report, sources, &style, &mut file)
                    .and_then(|()| file.flush())
                    .map_err(failed)?;
            }
        }
    }
    Ok(())
}
