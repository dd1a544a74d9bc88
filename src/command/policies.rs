//! Reads the policies of a run: those of the configuration and those of the command line.

use super::{Error, inputs};
use crate::cli::{KnownArgs, PolicyArgs};
use crate::config::{Overrides, Settings};
use crate::machine::terminal::shown;
use crate::policy::{self, Configured, Language, Policies, Where, Workers};
use crate::read::tree::{Disk, Tree};
use crate::source::Sources;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the policies, if there are any. The paths of the configuration are relative to `root` in `tree`.
pub(super) fn read(
    args: &PolicyArgs,
    settings: &mut Settings,
    (root, tree): (&Path, &dyn Tree),
    sources: &mut Sources,
) -> Result<(), Error> {
    let mut configured = settings.policies.clone();
    configured.extend(named(args)?);
    if configured.is_empty() {
        return Ok(());
    }
    settings.adopt(policy::read(&configured, (root, tree), &workers()?, sources));
    Ok(())
}

/// The policies of the command line.
fn named(args: &PolicyArgs) -> Result<Option<Configured>, Error> {
    if args.policies.is_empty() {
        return Ok(None);
    }
    let namespaces =
        if args.namespaces.is_empty() { args.input.namespaces() } else { args.namespaces.clone() };
    Ok(Some(Configured {
        paths: places(&args.policies)?,
        namespaces,
        data: places(&args.data)?,
        input: args.input,
        language: Language::Either,
    }))
}

/// Paths that the command line names.
pub(super) fn places(paths: &[PathBuf]) -> Result<Vec<Where>, Error> {
    let absolute = paths.iter().map(|path| {
        let failed = |error| Error::Failed(format!("cannot read {}: {error}", shown(path)));
        path.canonicalize().map(Where::Disk).map_err(failed)
    });
    absolute.collect()
}

/// How workers are started.
pub(super) fn workers() -> Result<Workers, Error> {
    let failed = |error| {
        Error::Failed(format!(
            "cannot find this program, which policies run in: {error}; call it by its full path, or mount `/proc`"
        ))
    };
    Workers::own().map_err(failed)
}

/// The policies of the repository of the current directory, and those of the command line; `None` if there are none.
pub(super) fn here(args: &PolicyArgs) -> Result<Option<Arc<Policies>>, Error> {
    let (roots, _) = inputs::roots(&[PathBuf::from(".")], true)?;
    let mut sources = Sources::default();
    let mut settings =
        inputs::settings(&KnownArgs::default(), &Overrides::default(), &roots.root, &mut sources)?;
    read(args, &mut settings, (&roots.root, &Disk), &mut sources)?;
    Ok(settings.rules.policies.take())
}
