//! Replaces the policies in a build without the feature `policies`.

#![expect(clippy::unused_self, reason = "the real ones look into themselves")]

use super::{Configured, Evaluated, Run, TestRun, Where};
use crate::finding::Finding;
use crate::read::tree::Tree;
use crate::rules::rule::Meta;
use crate::rules::{policy_error, settings::INVALID_SETTING};
use crate::source::{FileId, Sources, Span};
use std::path::{Path, PathBuf};

/// The problem that this build runs no policies.
#[derive(Debug, Default)]
pub struct Policies {
    problems: Vec<(&'static Meta, Finding)>,
}

/// A placeholder: this build starts no processes.
#[derive(Clone, Debug)]
pub struct Workers;

impl Workers {
    /// Returns the placeholder.
    pub fn own() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Returns the placeholder.
    pub fn of(_: PathBuf) -> Self {
        Self
    }
}

/// Reports that this build has no policies.
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

/// Fails, since this build has no policies.
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

/// Returns no results.
pub fn run<'r>(_: &Policies, _: &Run<'r>) -> Evaluated<'r> {
    Evaluated::default()
}

impl Policies {
    /// Always false.
    pub fn ask_plans(&self) -> bool {
        false
    }

    /// The problems to report.
    pub fn problems(&self) -> &[(&'static Meta, Finding)] {
        &self.problems
    }

    /// Always `None`.
    pub fn find(&self, _: &str) -> Option<&'static Meta> {
        None
    }

    /// Returns no ids.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        std::iter::empty()
    }

    /// Returns no descriptions.
    pub fn metas(&self) -> impl Iterator<Item = &'static Meta> + '_ {
        std::iter::empty()
    }
}
