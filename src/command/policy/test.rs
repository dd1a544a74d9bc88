//! `pullwarden policy test`: runs the tests of policies.

use super::super::check::Exit;
use super::super::{Error, inputs, policies};
use crate::cli::{KnownArgs, PolicyTestArgs, TestFormat};
use crate::config::Overrides;
use crate::policy::{self, Configured, InputKind, Language, NAMESPACE};
use crate::read::tree::Disk;
use crate::report::{Style, policy_tests};
use crate::source::Sources;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The directory of policies, unless the user names another.
const DIRECTORY: &str = "policy";

/// Runs the tests and prints the results.
pub fn run(args: &PolicyTestArgs, style: &Style, out: &mut dyn Write) -> Result<Exit, Error> {
    let here = [PathBuf::from(".")];
    let (roots, _) = inputs::roots(if args.paths.is_empty() { &here } else { &args.paths }, true)?;
    let mut sources = Sources::default();
    let mut configured = Vec::new();
    if args.paths.is_empty() {
        let settings =
            inputs::settings(&KnownArgs::default(), &Overrides::default(), &roots.root, &mut sources)?;
        configured = settings.policies;
    }
    if configured.is_empty() {
        let default = [PathBuf::from(DIRECTORY)];
        let paths = if args.paths.is_empty() { &default[..] } else { &args.paths };
        if args.paths.is_empty() && !Path::new(DIRECTORY).is_dir() {
            return Err(Error::Failed(
                "there is no directory `policy`, and the configuration names no policies; name a directory, or begin with \
                 `pullwarden policy new our_mirrors`"
                    .into(),
            ));
        }
        configured.push(Configured {
            paths: policies::places(paths)?,
            namespaces: vec![NAMESPACE.to_owned()],
            data: Vec::new(),
            input: InputKind::Object,
            language: Language::Either,
        });
    }
    let data = policies::places(&args.data)?;
    for entry in &mut configured {
        entry.data.extend(data.iter().cloned());
    }
    let tested = policy::test(&configured, (&roots.root, &Disk), &policies::workers()?, &mut sources)
        .map_err(|error| Error::Failed(format!("cannot run the tests: {error}")))?;
    if tested.results.is_empty() && tested.problems.is_empty() {
        return Err(Error::Failed(
            "there are no tests; a test is a rule `test_…` in a file that ends in `_test.rego`".into(),
        ));
    }
    match args.format {
        TestFormat::Human => policy_tests::human(&tested, args.coverage, &sources, style, out)?,
        TestFormat::Json => policy_tests::json(&tested, args.coverage, &sources, out)?,
        TestFormat::Junit => policy_tests::junit(&tested, &sources, out)?,
    }
    Ok(if policy_tests::is_good(&tested) { Exit::Clean } else { Exit::Dirty })
}
