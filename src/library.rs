//! The functions for programs: they check a directory or a text, and return the findings.

use crate::check::triage::Report;
use crate::config::{self, Overrides, Settings};
use crate::machine::terminal::shown;
use crate::model::{Cluster, Repo};
use crate::node::{self, Nodes, Stop};
use crate::pipeline::{self, Walked};
use crate::pull::{Resolution, Resolver};
use crate::read::discover::{self, Roots};
use crate::source::{Sources, Span};
use std::path::Path;

/// The result of a check, with everything that was read for it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CheckedRepository {
    /// The diagnostics.
    pub report: Report,
    /// The clusters, with everything that they get.
    pub repo: Repo,
    /// The texts that spans refer to.
    pub sources: Sources,
}

/// Checks a file or a directory as `pullwarden check` does, with the configuration of its repository. Commands of the
/// configuration and policies do not run.
///
/// # Errors
///
/// If there is nothing at the path, or the configuration cannot be read.
pub fn check(path: impl AsRef<Path>) -> Result<CheckedRepository, String> {
    let path = path.as_ref();
    let path = path.canonicalize().map_err(|error| format!("cannot look at {}: {error}", shown(path)))?;
    let paths = vec![path];
    let root = discover::root_of(&paths, &config::NAMES);
    let overrides = Overrides { today: Some(config::today()), ..Overrides::default() };
    let mut sources = Sources::default();
    let settings = match config::find(&root)? {
        Some(found) => config::load(&found, &discover::name_of(&root, &found), &overrides, &mut sources)?,
        None => Settings::from_overrides(&overrides),
    };
    let roots = Roots { root, paths, stdin: None, respect_ignores: true };
    let mut walked = Walked::of(&roots);
    walked.add_configured(&roots, &settings);
    Ok(CheckedRepository::of(walked, &settings, sources))
}

/// Checks a text of manifests, as `pullwarden check -` does.
pub fn check_text(text: &str) -> CheckedRepository {
    let stdin = Some(text.as_bytes().to_vec());
    let roots = Roots { root: ".".into(), paths: Vec::new(), stdin, respect_ignores: true };
    let overrides = Overrides { today: Some(config::today()), ..Overrides::default() };
    CheckedRepository::of(Walked::of(&roots), &Settings::from_overrides(&overrides), Sources::default())
}

/// The files that the Machine Config Operator writes on the nodes of a cluster.
pub fn render(cluster: &Cluster) -> Nodes {
    node::render_installed(cluster)
}

/// The places from which nodes pull an image, and whether they are allowed to pull it.
///
/// # Errors
///
/// The error that stops the Machine Config Operator, so that it writes no files.
pub fn resolve<'n>(nodes: &'n Nodes, image: &str) -> Result<Resolution, &'n Stop> {
    Ok(Resolver::new(nodes)?.resolve(image))
}

impl CheckedRepository {
    fn of(walked: Walked, settings: &Settings, mut sources: Sources) -> Self {
        let (repo, report) = pipeline::checked(walked, settings, &mut sources);
        Self { report, repo, sources }
    }

    /// The file, the line and the column of a text, as `FILE:LINE:COLUMN`.
    pub fn place(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.file) else { return String::new() };
        let position = source.position(span.start);
        format!("{}:{}:{}", source.name, position.line, position.column)
    }
}
