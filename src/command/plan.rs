//! `pullwarden plan`: reports what a change does to the nodes of each cluster.

use super::check::Exit;
use super::{Error, accepted, inputs, nodes, policies, reports, resolve, revisions};
use crate::cli::{PlanArgs, PlanFormat, ReportTo};
use crate::config::{self, Overrides, Settings};
use crate::finding::Finding;
use crate::fix;
use crate::machine::guard::Fault;
use crate::machine::terminal::shown;
use crate::model::{Cluster, Repo};
use crate::pipeline::{self, Walked};
use crate::read::discover::Roots;
use crate::read::git::Environment;
use crate::read::tree::Disk;
use crate::report;
use crate::report::nodes::Gaps;
use crate::report::plan::{Pictures, Planned, Revisions};
use crate::rollout::{self, ClusterPlan};
use crate::rules::rule::Meta;
use crate::source::Sources;
use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Plans the change, and writes the reports.
pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<Exit, Error> {
    reports::one_writer_each(&args.reports, PlanFormat::is_document)?;
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    if args.images.iter().any(is_input) && args.old.iter().chain(&args.new).any(is_input) {
        return Err(Error::Failed("standard input cannot hold both a state and the images".into()));
    }
    let mut sources = Sources::default();
    let (Some(old), Some(new)) = (&args.old, &args.new) else {
        let compared = revisions::read(args, &Environment::of_process(), &mut sources)?;
        return said(args, &compared, &sources, out);
    };
    let (old, new) = sides(old, new)?;
    let mut settings = settings(args, &new.root, &mut sources)?;
    policies::read(&args.policies, &mut settings, (&new.root, &Disk), &mut sources)?;
    settings.baseline = accepted::read(args, &new, &mut sources)?;
    // Problems of the configuration are reported once, for the new state.
    let before = read(args, &old, &settings, Vec::new(), &mut sources);
    let after = read(args, &new, &settings, settings.problems.clone(), &mut sources);
    said(args, &Compared { before, after, revisions: None, settings, roots: new }, &sources, out)
}

/// Both states of the repository, and where they come from.
pub(super) struct Compared {
    pub(super) before: PlannedState,
    pub(super) after: PlannedState,
    pub(super) revisions: Option<Revisions>,
    pub(super) settings: Settings,
    pub(super) roots: Roots,
}

/// One state of the repository.
pub(super) struct PlannedState {
    pub(super) repo: Repo,
    gaps: Gaps,
}

impl PlannedState {
    /// A state, with what could not be read and the `problems` of its configuration.
    pub(super) fn of(repo: Repo, problems: &[(&'static Meta, Finding)]) -> Self {
        Self { gaps: nodes::gaps(&repo, problems), repo }
    }
}

/// The settings of both states: the configuration of the new state.
pub(super) fn settings(args: &PlanArgs, root: &Path, sources: &mut Sources) -> Result<Settings, Error> {
    inputs::settings(&args.clusters.known, &overrides(args), root, sources)
}

/// The settings of both states that the command line overrides.
pub(super) fn overrides(args: &PlanArgs) -> Overrides {
    let known = &args.clusters.known;
    Overrides {
        openshift: known.openshift,
        platform: known.platform,
        topology: args.topology,
        release_image: args.clusters.release_image.clone(),
        today: Some(config::today()),
        ..Overrides::default()
    }
}

/// Plans the change from one state to another, and writes the report.
fn said(args: &PlanArgs, compared: &Compared, sources: &Sources, out: &mut dyn Write) -> Result<Exit, Error> {
    let Compared { before, after, revisions, settings, roots } = compared;
    let images = args.images.as_deref().map(resolve::listed).transpose()?.unwrap_or_default();
    let mut plan = rollout::plan_with(&before.repo, &after.repo, &images);
    if let Some(name) = &args.clusters.cluster {
        let names: Vec<&str> = plan.clusters.iter().map(|cluster| cluster.name).collect();
        if !names.contains(&name.as_str()) {
            return Err(Error::Failed(nodes::no_cluster(name, names)));
        }
        plan.clusters.retain(|cluster| cluster.name == name);
    }
    let by_name: HashMap<&str, serde_json::Value> =
        plan.clusters.iter().map(|each| (each.name, report::plan::json::of_cluster(each, sources))).collect();
    let told = |cluster: &Cluster| by_name.get(cluster.name.as_str()).cloned();
    let report = pipeline::changes_and_policies(&plan, &after.repo, settings, sources, &told);
    if let Some(path) = &args.write_baseline {
        for state in [before, after] {
            super::is_whole(&state.repo)?;
        }
        accepted::write(path, args, roots, &report, sources, out)?;
        return Ok(Exit::Clean);
    }
    let (before_gaps, after_gaps) = (&before.gaps, &after.gaps);
    let planned = Planned {
        plan,
        sources,
        before: before_gaps,
        after: after_gaps,
        report: &report,
        revisions: revisions.as_ref(),
        with_files: args.files,
    };
    let is_drawn = args.reports.iter().any(|to| to.format == PlanFormat::Html);
    // A renamed cluster has another name before the change.
    let names: BTreeSet<&str> = planned.plan.clusters.iter().flat_map(ClusterPlan::names).collect();
    let is_meant = |cluster: &Cluster| args.clusters.cluster.is_none() || names.contains(&*cluster.name);
    let draw = |state: &PlannedState| nodes::drawn(&state.repo, is_meant, &state.gaps, sources);
    let draw = || Ok(Pictures { before: draw(before)?, after: draw(after)? });
    let pictures: Option<Result<Pictures, Fault>> = is_drawn.then(draw);
    let pictures = pictures.unwrap_or_else(|| Ok(Pictures::default()));
    write_reports(args, &planned, pictures.as_ref().unwrap_or(&Pictures::default()), out)?;
    if let Err(fault) = pictures {
        out.flush()?;
        return Err(Error::Failed(nodes::not_drawn(&fault)));
    }
    for state in [before, after] {
        super::is_whole(&state.repo)?;
    }
    let is_bad = args.fail_on.outcome().is_some_and(|worst| planned.plan.outcome() >= worst);
    let is_reported = args.fail_on.severity().is_some_and(|severity| report.reaches(severity));
    Ok(if is_bad || is_reported { Exit::Dirty } else { Exit::Clean })
}

/// Writes all reports that the command line names.
fn write_reports(
    args: &PlanArgs,
    planned: &Planned<'_>,
    pictures: &Pictures,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let write = |format: PlanFormat, out: &mut dyn Write| match format {
        PlanFormat::Html => report::plan::html(planned, pictures, out),
        _ => report::plan::write(format, planned, out),
    };
    let default = [ReportTo { format: PlanFormat::Human, file: None }];
    let reports = if args.reports.is_empty() { &default[..] } else { &args.reports };
    for to in reports {
        match &to.file {
            None => write(to.format, out)?,
            Some(path) => fix::write_with(path, |out| write(to.format, out))
                .map_err(|error| Error::Failed(format!("cannot write {}: {error}", shown(path))))?,
        }
    }
    Ok(())
}

/// The roots of both sides. If one repository holds both, each side still counts as a repository of its own, so that
/// paths mean the same on both sides.
fn sides(old: &Path, new: &Path) -> Result<(Roots, Roots), Error> {
    if old.as_os_str() == "-" && new.as_os_str() == "-" {
        return Err(Error::Failed(
            "standard input cannot hold both states; name a file for one of them".into(),
        ));
    }
    let of = |path: &Path| inputs::roots(&[path.to_owned()], true).map(|(roots, _)| roots);
    let (mut old, mut new) = (of(old)?, of(new)?);
    if old.root == new.root {
        for side in [&mut old, &mut new] {
            if let [path] = &side.paths[..] {
                let own = if path.is_dir() { Some(path.clone()) } else { path.parent().map(Path::to_owned) };
                side.root = own.unwrap_or_else(|| path.clone());
            }
        }
    }
    Ok((old, new))
}

/// Reads a state, and adds its problems to `problems`.
fn read(
    args: &PlanArgs,
    roots: &Roots,
    settings: &Settings,
    mut problems: Vec<(&'static Meta, Finding)>,
    sources: &mut Sources,
) -> PlannedState {
    let walked =
        inputs::walked_for_clusters(&args.clusters.known, settings, roots, Walked::without_hidden(roots));
    problems.extend(walked.unrendered(settings));
    PlannedState::of(pipeline::read_for_plan(walked, settings, sources), &problems)
}
