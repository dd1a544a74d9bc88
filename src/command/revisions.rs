//! The two states that `pullwarden plan` compares, if they come from Git.
//!
//! The old state is the merge base. The new state is the working tree with uncommitted changes, or a commit. The
//! configuration of the new state says what is known about the clusters of both states. If the old configuration gives
//! a cluster other paths, the old state is read with both: then a cluster whose directory moves is not a new cluster.

use super::plan::{self, Compared, PlannedState};
use super::{Error, accepted, inputs, policies};
use crate::cli::PlanArgs;
use crate::config::{self, Settings};
use crate::finding::Finding;
use crate::model::Repo;
use crate::pipeline::{self, Walked};
use crate::placement::configured::{ConfiguredChart, ConfiguredCluster};
use crate::read::discover::{self, Roots};
use crate::read::git::{Base, Commit, Environment, GitRepository, Snapshot};
use crate::read::globs::Globs;
use crate::read::manifest;
use crate::read::tree::{Disk, Tree};
use crate::report::plan::Revisions;
use crate::rules::rule::Meta;
use crate::source::Sources;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads both states of the repository that the path lies in.
pub(super) fn read(
    args: &PlanArgs,
    environment: &Environment,
    sources: &mut Sources,
) -> Result<Compared, Error> {
    if args.clusters.known.allow_exec {
        return Err(Error::Failed(
            "the commands of `render:` cannot run on an old commit; render both states yourself, and compare them with \
             `--old` and `--new`"
                .into(),
        ));
    }
    // A path that only the old state has can be planned only as part of a directory above it.
    let of_old = |Error::Failed(why)| {
        Error::Failed(format!("{why}; if the change removes it, plan a directory above it"))
    };
    let (mut roots, missing) = inputs::roots(std::slice::from_ref(&args.path), true).map_err(of_old)?;
    if roots.stdin.is_some() {
        return Err(Error::Failed(
            "standard input has no history; compare it with `--old` and `--new`".into(),
        ));
    }
    if !missing.is_empty() {
        return Err(Error::Failed(missing.join("\npullwarden: ")));
    }
    let start = roots.paths.first().unwrap_or(&roots.root).clone();
    let repository = Arc::new(GitRepository::open(&start).map_err(Error::Failed)?);
    let Some(work_tree) = repository.work_tree() else {
        roots = Roots {
            root: repository.directory().into(),
            paths: vec![repository.directory().into()],
            ..roots
        };
        return compared(args, &repository, roots, environment, sources);
    };
    if !roots.root.starts_with(work_tree) {
        roots.root = work_tree.to_path_buf();
    }
    compared(args, &repository, roots, environment, sources)
}

fn compared(
    args: &PlanArgs,
    repository: &Arc<GitRepository>,
    given: Roots,
    environment: &Environment,
    sources: &mut Sources,
) -> Result<Compared, Error> {
    let roots = &given;
    let head = head(args, repository)?;
    let base = repository.base(args.base.as_deref(), environment).map_err(Error::Failed)?;
    let head_name = args.head.as_deref().unwrap_or("HEAD");
    let old = repository.merge_base(base.commit, head, (&base.name, head_name)).map_err(Error::Failed)?;
    let snapshot = |commit: Commit| {
        let beside_work_tree = args.head.is_none();
        let root = roots.root.clone();
        Snapshot::new(repository.clone(), commit, root, beside_work_tree).map(Arc::new).map_err(Error::Failed)
    };
    let (before, after) = (snapshot(old)?, snapshot(head)?);
    let revisions = revisions(&base, &before, &after, args.head.is_some())?;
    let new: Option<Arc<dyn Tree>> = if args.head.is_some() { Some(after) } else { None };
    let mut settings = settings(args, new.as_deref(), &roots.root, sources)?;
    let mut old_settings = self::settings(args, new.as_deref(), &roots.root, &mut Sources::default())?;
    policies::read(&args.policies, &mut settings, (&roots.root, new.as_deref().unwrap_or(&Disk)), sources)?;
    settings.baseline = accepted::read(args, roots, sources)?;
    let old_tree: Arc<dyn Tree> = before;
    let walked = Walked::of_tree(old_tree.clone(), roots);
    if !args.clusters.known.no_config && args.clusters.known.config.is_none() {
        let old = settings_of(args, &*old_tree, &roots.root, sources)?;
        if settings.describes_clusters() || !old.describes_clusters() {
            remember(&mut settings, &mut old_settings, old, &walked);
        } else {
            settings.known.outlive(old.known.clone());
            old_settings.known.outlive(old.known);
        }
    }
    let (before, _) = state(walked, &old_settings, roots, sources);
    let walked = new.map_or_else(|| Walked::without_hidden(roots), |tree| Walked::of_tree(tree, roots));
    let (after, unrendered) = state(walked, &settings, roots, sources);
    let problems = [settings.problems.clone(), unrendered].concat();
    let (before, after) = (PlannedState::of(before, &[]), PlannedState::of(after, &problems));
    Ok(Compared { before, after, revisions: Some(revisions), settings, roots: given })
}

/// The commit of the new state: the named one, or the one that is checked out.
fn head(args: &PlanArgs, repository: &GitRepository) -> Result<Commit, Error> {
    if args.head.is_none() && repository.work_tree().is_none() {
        return Err(Error::Failed(
            "a bare repository has no working tree; name the commit to plan, as in `--head main`".into(),
        ));
    }
    if args.head.is_none() && repository.is_sparse() {
        return Err(Error::Failed(
            "this is a sparse checkout, which lacks files of its commit; plan the commit itself with `--head HEAD`".into(),
        ));
    }
    repository.commit(args.head.as_deref().unwrap_or("HEAD")).map_err(Error::Failed)
}

fn revisions(base: &Base, old: &Snapshot, new: &Snapshot, is_commit: bool) -> Result<Revisions, Error> {
    let modules = |snapshot: &Snapshot| snapshot.submodules().map_err(Error::Failed);
    let (before, after) = (modules(old)?, modules(new)?);
    let paths: BTreeSet<&Path> = before.keys().chain(after.keys()).map(PathBuf::as_path).collect();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    Ok(Revisions {
        base: base.name.clone(),
        base_said_by: base.said_by.clone(),
        old: old.commit().to_string(),
        new: is_commit.then(|| new.commit().to_string()),
        submodules: changed.map(|path| discover::name_of(Path::new(""), path)).collect(),
    })
}

/// The configuration of the new state: that of its tree, or of the disk.
fn settings(
    args: &PlanArgs,
    tree: Option<&dyn Tree>,
    root: &Path,
    sources: &mut Sources,
) -> Result<Settings, Error> {
    let known = &args.clusters.known;
    match tree {
        Some(tree) if known.config.is_none() && !known.no_config => settings_of(args, tree, root, sources),
        _ => plan::settings(args, root, sources),
    }
}

/// The configuration that a tree holds.
fn settings_of(
    args: &PlanArgs,
    tree: &dyn Tree,
    root: &Path,
    sources: &mut Sources,
) -> Result<Settings, Error> {
    let overrides = plan::overrides(args);
    let Some(path) = config::find_in(tree, root).map_err(Error::Failed)? else {
        return Ok(Settings::from_overrides(&overrides));
    };
    let name = discover::name_of(root, &path);
    let text = tree.read(&path, manifest::MAX_FILE);
    let text = text.map_err(|why| Error::Failed(format!("`{name}` {why}")))?;
    Ok(config::parse(&String::from_utf8_lossy(&text), &name, &overrides, sources))
}

/// Gives the clusters of the old state the paths of the old configuration. Clusters that only the old configuration knows
/// are added to both states, since what is not described any more still runs. A cluster whose files now belong to another
/// one is not added: it was renamed. A chart keeps the values of the old configuration, if that names the chart.
fn remember(new: &mut Settings, settings: &mut Settings, old: Settings, walked: &Walked) {
    let numbered: Vec<String> = old.known.clusters.iter().map(|cluster| cluster.name.clone()).collect();
    let charts = old.known.charts;
    let clusters = &mut settings.known.clusters;
    let claims = |cluster: &ConfiguredCluster, name: &str| {
        cluster.claims(name)
            || discover::is_kustomization(name) && cluster.claims_root(discover::directory(name))
    };
    let mut gone = Vec::new();
    for cluster in old.known.clusters {
        match clusters.iter_mut().find(|known| known.name == cluster.name) {
            Some(known) => {
                let both = |a: &Globs, b: &Globs| Globs::joined([(0, a), (0, b)]);
                known.paths = both(&known.paths, &cluster.paths);
                known.roots = both(&known.roots, &cluster.roots);
            }
            None => gone.push(cluster),
        }
    }
    let names = walked.inputs.iter().map(|input| input.name.as_str());
    let mut renamed: HashMap<String, String> = HashMap::new();
    gone.retain(|cluster| {
        let mut own = names.clone().filter(|name| claims(cluster, name));
        let heir = own.find_map(|name| clusters.iter().find(|known| claims(known, name)));
        renamed.extend(heir.map(|heir| (cluster.name.clone(), heir.name.clone())));
        heir.is_none()
    });
    new.known.clusters.extend(gone.iter().cloned());
    clusters.append(&mut gone);
    let clusters = clusters.iter().enumerate();
    let numbers: HashMap<&str, usize> = clusters.map(|(number, known)| (&*known.name, number)).collect();
    let number = |old: &usize| {
        let name = &numbered[*old];
        numbers.get(&**renamed.get(name).unwrap_or(name)).copied()
    };
    let charts = charts.into_iter().filter_map(|mut chart| {
        let is_for_all = chart.clusters.is_empty();
        chart.clusters = chart.clusters.iter().filter_map(number).collect();
        (is_for_all || !chart.clusters.is_empty()).then_some(chart)
    });
    let charts: Vec<ConfiguredChart> = charts.collect();
    let of_old: BTreeSet<&str> = charts.iter().map(|chart| &*chart.root.value).collect();
    settings.known.charts.retain(|chart| !of_old.contains(&*chart.root.value));
    settings.known.charts.extend(charts);
}

/// A state, and a finding for each command that did not run for it.
fn state(
    mut walked: Walked,
    settings: &Settings,
    roots: &Roots,
    sources: &mut Sources,
) -> (Repo, Vec<(&'static Meta, Finding)>) {
    walked.add_configured(roots, settings);
    let unrendered = walked.unrendered(settings);
    (pipeline::read_for_plan(walked, settings, sources), unrendered)
}
