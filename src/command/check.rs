//! `pullwarden check`: from paths to reports; [`pipeline`] is the way between them.

use super::{Error, inputs, nodes, policies, reports};
use crate::check::triage::Report;
use crate::cli::{CheckArgs, Format, ReportTo};
use crate::config::Overrides;
use crate::fix;
use crate::machine::guard;
use crate::machine::terminal::{escape, shown};
use crate::machine::threads;
use crate::pipeline::{self, Walked};
use crate::read::git::Environment;
use crate::read::tree::Disk;
use crate::report::map::{self, Map, PageFindings};
use crate::report::{self, Context, Detail, Style};
use crate::rules::internal_error;
use crate::rules::rule::Meta;
use crate::source::Sources;
use std::io::Write;

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// No diagnostic at or above `--fail-on`.
    Clean,
    /// A diagnostic at or above `--fail-on`.
    Dirty,
    /// No image configuration was found, and `--require-config` asks for one.
    Nothing,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Dirty => 1,
            Exit::Nothing => 3,
        }
    }
}

/// Checks, and writes all reports that the command line names.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> Result<Exit, Error> {
    inputs::limit_threads(&args.how);
    reports::one_writer_each(&args.reports, Format::is_document)?;
    let (roots, missing) = inputs::roots(&args.paths, !args.how.no_ignore)?;
    let mut sources = Sources::default();
    let (of_policies, of_rules): (Vec<&String>, Vec<&String>) =
        args.select.iter().partition(|id| id.starts_with("policy/"));
    let of_rules = of_rules.into_iter().map(|id| super::rule(id)).collect::<Result<Vec<_>, _>>()?;
    let overrides =
        Overrides { fail_on: args.fail_on, selected: of_rules.clone(), ..inputs::overrides(&args.how) };
    let mut settings = inputs::settings(&args.how.known, &overrides, &roots.root, &mut sources)?;
    policies::read(&args.policies, &mut settings, (&roots.root, &Disk), &mut sources)?;
    if let Some(path) = &args.baseline {
        settings.baseline = Some(inputs::baseline(path, &args.how.known, &roots, &mut sources)?);
    }
    let walked = inputs::walked_for_clusters(&args.how.known, &settings, &roots, Walked::of(&roots));
    let is_drawn = args.reports.iter().any(|to| to.format == Format::Html);
    let problems = is_drawn.then(|| nodes::problems(&walked, &settings));
    let (repo, mut report, again) = pipeline::checked_with_inputs(walked, &settings, &mut sources);
    for id in &of_policies {
        if !report.policies.iter().any(|policy| policy.id == *id) {
            return Err(Error::Failed(format!("there is no policy `{}`", escape(id))));
        }
    }
    let is_selected = |rule: &Meta| {
        args.select.is_empty() || of_rules.contains(&rule.id) || of_policies.iter().any(|id| *id == rule.id)
    };
    // A fault of pullwarden is reported in every case.
    let is_told = |rule: &Meta| is_selected(rule) || rule.id == internal_error::META.id;
    report.diagnostics.retain(|diagnostic| is_told(diagnostic.rule));
    let mut troubles = Vec::new();
    let map =
        problems.map(|problems| nodes::drawn(&repo, |_| true, &nodes::gaps(&repo, &problems), &sources));
    let map = map.and_then(|drawn| drawn.map_err(|fault| troubles.push(nodes::not_drawn(&fault))).ok());
    let bounds = fix::Bounds::of(&roots.root);
    let proven = guard::run(|| {
        fix::prove(&mut report, &repo, &again, &settings, &sources, |path, text| {
            bounds.hold(path)?;
            fix::is_as_read(path, text)
        });
    });
    let files = repo.files;
    threads::drop_aside((repo, again), files);
    if let Err(fault) = proven {
        // The result of such fixes is not known.
        report.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.fix = None);
        troubles
            .push(format!("pullwarden failed while it tried the fixes (`{}`); none is offered", fault.place));
    }
    let active = settings.rules.active.iter().map(|rule| rule.meta).chain(report.policies.iter().copied());
    let active: Vec<&'static Meta> = active.filter(|meta| is_selected(meta)).collect();
    let blob = Environment::of_process().blob();
    let context = Context { rules: &active, fail_on: settings.fail_on, blob: blob.as_deref() };
    troubles.extend(write_reports(args, &report, &sources, &context, map.as_ref(), out)?);
    troubles.extend(missing);
    if report.has_faults() {
        troubles.push("a part of pullwarden failed; the report says where, as `internal-error`".into());
    }
    if !troubles.is_empty() {
        // Everything readable was checked. Now report what was not readable.
        out.flush()?;
        return Err(Error::Failed(troubles.join("\npullwarden: ")));
    }
    let exit = if args.require_config && report.checked.resources == 0 {
        Exit::Nothing
    } else if settings.fail_on.is_some_and(|severity| report.reaches(severity)) {
        Exit::Dirty
    } else {
        Exit::Clean
    };
    // The process ends before a long list of texts is freed.
    threads::drop_aside((sources, report), files);
    Ok(exit)
}

/// Writes all reports. If one cannot be written, the others still are, and the error names it.
fn write_reports(
    args: &CheckArgs,
    report: &Report,
    sources: &Sources,
    context: &Context<'_>,
    map: Option<&Map>,
    out: &mut dyn Write,
) -> Result<Vec<String>, Error> {
    let default = [ReportTo { format: Format::Human, file: None }];
    let reports = if args.reports.is_empty() { &default[..] } else { &args.reports };
    let mut troubles = Vec::new();
    for to in reports {
        let color = args.how.color;
        let style = if to.file.is_some() { Style::of_file(color) } else { Style::of_stdout(color) };
        let detail = match (args.statistics, args.quiet, args.verbose) {
            (true, ..) => Detail::Statistics,
            (_, true, _) => Detail::Findings,
            (.., true) => Detail::Verbose,
            _ => Detail::Full,
        };
        let style = Style { detail, width: args.output_width.map_or(style.width, usize::from), ..style };
        let write = |out: &mut dyn Write| match map.filter(|_| to.format == Format::Html) {
            Some(map) => map::html(map, None, PageFindings { report, sources }, out),
            None => report::write(to.format, report, sources, &style, context, out),
        };
        let written = guard::run(|| match &to.file {
            None => write(&mut *out),
            Some(path) => fix::write_with(path, write),
        });
        match (written, &to.file) {
            (Ok(Ok(())), _) => {}
            (Ok(Err(error)), None) => return Err(error.into()),
            (Ok(Err(error)), Some(path)) => troubles.push(format!("cannot write {}: {error}", shown(path))),
            (Err(fault), _) => {
                let place = to.file.as_ref().map_or("a report".to_owned(), |file| shown(file));
                troubles.push(format!("pullwarden failed while it wrote {place} (`{}`)", fault.place));
            }
        }
    }
    Ok(troubles)
}
