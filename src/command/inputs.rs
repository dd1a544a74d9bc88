//! Reads what the command line names: roots, standard input, the configuration.

use super::Error;
use crate::check::baseline::{self, Baseline, EntryReach};
use crate::cli::{HowArgs, KnownArgs};
use crate::config::{self, Overrides, Settings};
use crate::machine::disk;
use crate::machine::exec::{self, Rendering};
use crate::machine::terminal::shown;
use crate::machine::threads;
use crate::pipeline::Walked;
use crate::read::discover::{self, Roots};
use crate::read::manifest;
use crate::source::Sources;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The roots to read, as absolute paths, and an error for each path that does not exist.
pub(super) fn roots(given: &[PathBuf], respect_ignores: bool) -> Result<(Roots, Vec<String>), Error> {
    let mut missing = Vec::new();
    let mut paths = Vec::new();
    let mut stdin = None;
    for path in given {
        if path.as_os_str() == "-" {
            stdin = Some(standard_input()?);
            continue;
        }
        match path.canonicalize() {
            Ok(path) => paths.push(path),
            Err(error) => missing.push(format!("cannot look at {}: {error}", shown(path))),
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
    Ok((Roots { root, paths, stdin, respect_ignores }, missing))
}

/// Standard input, up to one byte more than the largest file that pullwarden reads.
pub(super) fn standard_input() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let limited = std::io::stdin().take(manifest::MAX_FILE + 1).read_to_end(&mut bytes);
    limited.map_err(|error| Error::Failed(format!("cannot read standard input: {error}")))?;
    Ok(bytes)
}

/// Limits the number of threads to the number of the command line.
pub(super) fn limit_threads(args: &HowArgs) {
    if let Some(threads) = args.threads {
        threads::limit(threads);
    }
}

/// The settings of a check that the command line overrides.
pub(super) fn overrides(args: &HowArgs) -> Overrides {
    Overrides {
        openshift: args.known.openshift,
        platform: args.known.platform,
        preset: args.preset,
        docs: args.docs,
        today: Some(args.today.unwrap_or_else(config::today)),
        ..Overrides::default()
    }
}

/// The configuration for a root.
pub(super) fn settings(
    args: &KnownArgs,
    overrides: &Overrides,
    root: &Path,
    sources: &mut Sources,
) -> Result<Settings, Error> {
    let path = match &args.config {
        Some(path) => {
            in_repository(path, root)?;
            Some(absolute(path)?)
        }
        None if args.no_config => None,
        None => config::find(root).map_err(Error::Failed)?,
    };
    let name = path.as_ref().map(|path| discover::name_of(root, path));
    // A user who names a configuration, or refuses one, knows which file is read.
    let is_looked_for = args.config.is_none() && !args.no_config;
    let others = if is_looked_for { config::near::beside(root, path.as_deref()) } else { Vec::new() };
    let mut settings = match path.zip(name.as_ref()) {
        Some((path, name)) => config::load(&path, name, overrides, sources).map_err(Error::Failed)?,
        None => Settings::from_overrides(overrides),
    };
    settings.problems.extend(config::near::unread(&others, name.as_deref(), sources));
    Ok(settings)
}

/// Runs the commands of the configuration, if the command line allows it: those of directories below the roots, and the
/// extra `wanted` ones.
fn rendering(
    args: &KnownArgs,
    settings: &Settings,
    roots: &Roots,
    is_wanted: impl Fn(&Path) -> bool + Sync,
) -> Rendering {
    if !args.allow_exec {
        return Rendering::NotAllowed;
    }
    let is_looked_at = |directory: &Path| {
        roots.paths.iter().any(|path| path.starts_with(directory) || directory.starts_with(path))
            || is_wanted(directory)
    };
    exec::run(&settings.renders, &roots.root, is_looked_at)
}

/// The files below the roots. Files that ignore lists hide are not counted.
pub(super) fn walked(args: &KnownArgs, settings: &Settings, roots: &Roots) -> Walked {
    Walked { rendering: rendering(args, settings, roots, |_| false), ..Walked::without_hidden(roots) }
}

/// Extends `walked` by the other files of the clusters that it touches, as the configuration names them.
pub(super) fn walked_for_clusters(
    args: &KnownArgs,
    settings: &Settings,
    roots: &Roots,
    mut walked: Walked,
) -> Walked {
    let commands = walked.add_configured(roots, settings);
    let is_named = |directory: &Path| {
        let directory = discover::name_of(&roots.root, directory);
        commands.contains(&directory)
            || walked.inputs.iter().any(|input| discover::is_below(&input.name, &directory))
    };
    let rendering = rendering(args, settings, roots, is_named);
    Walked { rendering, ..walked }
}

/// The baseline at `path`, limited to the entries that a check of `roots` can confirm.
pub(super) fn baseline(
    path: &Path,
    args: &KnownArgs,
    roots: &Roots,
    sources: &mut Sources,
) -> Result<Baseline, Error> {
    let failed = |why: String| Error::Failed(format!("{} {why}", shown(path)));
    in_repository(path, &roots.root)?;
    let bytes = disk::read(path, manifest::MAX_FILE).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| failed(baseline::broken("it is not UTF-8")))?;
    let name = discover::name_of(&roots.root, &absolute(path)?);
    let reach = |file: &str| {
        if roots.cover(file) || roots.stdin.is_some() {
            EntryReach::Whole
        } else if roots.root.join(file).exists() {
            EntryReach::Outside
        } else {
            EntryReach::Moved
        }
    };
    Ok(Baseline::read(&text, &name, sources).map_err(failed)?.bounded(args.allow_exec, reach))
}

/// Refuses a path in the repository that is a link out of it: a person who may write to the repository may not make
/// pullwarden read other files.
fn in_repository(path: &Path, root: &Path) -> Result<(), Error> {
    if disk::leads_out(root, path) {
        return Err(Error::Failed(format!(
            "{} leads out of the repository by a link and is not read; name the file that it leads to",
            shown(path)
        )));
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|error| Error::Failed(format!("cannot read {}: {error}", shown(path))))
}
