//! What stands for policies in a build without them.

use super::{Configured, Run, Said, TestRun, Where};
use crate::finding::Finding;
use crate::read::tree::Tree;
use crate::rules::rule::Meta;
use crate::rules::{policy_error, settings::INVALID_SETTING};
use crate::source::{FileId, Sources, Span};
use std::path::{Path, PathBuf};

/// Policies that are not read.
#[derive(Debug, Default)]
pub struct Policies {
    problems: Vec<(&'static Meta, Finding)>,
}

/// Processes that are not started.
#[derive(Clone, Debug)]
pub struct Workers;

impl Workers {
    /// Nothing.
    pub fn own() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Nothing.
    pub fn of(_: PathBuf) -> Self {
        Self
    }
}

/// Says that this build has no policies.
pub fn read(configured: &[Configured], _: (&Path, &dyn Tree), _: &Workers, _: &mut Sources) -> Policies {
    let problems = configured.iter().filter_map(|entry| entry.paths.first()).map(|path| {
        let (meta, span): (&'static Meta, Span) = match path {
            Where::Repository(path) => (&INVALID_SETTING, path.span),
            Where::Disk(_) => (&policy_error::META, Span::new(FileId(0), 0, 0)),
        };
        let mut finding = Finding::new(span, "this build of pullwarden has no policies");
        finding.help("build it with the feature `policies`, which is on by default");
        (meta, finding)
    });
    Policies { problems: problems.collect() }
}

/// Says that this build has no policies.
pub fn test(
    _: &[Configured],
    _: (&Path, &dyn Tree),
    _: &Workers,
    _: &mut Sources,
) -> std::io::Result<TestRun> {
    Err(std::io::Error::other(
        "this build of pullwarden has no policies; build it with the feature `policies`",
    ))
}

/// Nothing.
pub fn run<'r>(_: &Policies, _: &Run<'r>) -> Vec<Said<'r>> {
    Vec::new()
}

impl Policies {
    /// Nothing.
    pub fn ask_plans(&self) -> bool {
        false
    }

    /// What is wrong with them.
    pub fn problems(&self) -> &[(&'static Meta, Finding)] {
        &self.problems
    }

    /// Nothing.
    pub fn find(&self, _: &str) -> Option<&'static Meta> {
        None
    }

    /// Nothing.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        std::iter::empty()
    }

    /// Nothing.
    pub fn metas(&self) -> impl Iterator<Item = &'static Meta> + '_ {
        std::iter::empty()
    }
}
