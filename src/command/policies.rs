//! The policies of a run: those of the configuration, and those that the command line names.

use super::Error;
use crate::cli::PolicyArgs;
use crate::config::Settings;
use crate::machine::terminal::shown;
use crate::policy::{self, Configured, Language, NAMESPACE, Where, Workers};
use crate::read::tree::Tree;
use crate::source::Sources;
use std::path::{Path, PathBuf};

/// Reads them, where there are any; the files of the configuration lie below `root` in `tree`.
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
    let workers = Workers::own()
        .map_err(|error| Error::Failed(format!("cannot tell where this program lies: {error}")))?;
    settings.adopt(policy::read(&configured, (root, tree), &workers, sources));
    Ok(())
}

/// What the command line names.
fn named(args: &PolicyArgs) -> Result<Option<Configured>, Error> {
    if args.policies.is_empty() {
        return Ok(None);
    }
    let places = |paths: &[PathBuf]| {
        let absolute = paths.iter().map(|path| {
            let failed = |error| Error::Failed(format!("cannot read {}: {error}", shown(path)));
            path.canonicalize().map(Where::Disk).map_err(failed)
        });
        absolute.collect::<Result<Vec<_>, _>>()
    };
    let namespaces =
        if args.namespaces.is_empty() { vec![NAMESPACE.to_owned()] } else { args.namespaces.clone() };
    Ok(Some(Configured {
        paths: places(&args.policies)?,
        namespaces,
        data: places(&args.data)?,
        input: args.input,
        language: Language::Either,
    }))
}
