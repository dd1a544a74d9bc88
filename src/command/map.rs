//! `pullwarden map`: draws the repository as its clusters see it.

use super::nodes::{Read, gaps};
use super::{Error, inputs, policies};
use crate::cli::{MapArgs, MapFormat, PolicyArgs};
use crate::config::{self, Overrides};
use crate::pipeline::{self, Walked};
use crate::read::tree::Disk;
use crate::report::map::{self, Map, PageFindings};
use crate::source::Sources;
use std::io::Write;

/// Draws the clusters; the page has the findings of a check, too.
pub fn run(args: &MapArgs, out: &mut dyn Write) -> Result<(), Error> {
    // There is only one path, so a missing path is an error.
    let (roots, _) = inputs::roots(std::slice::from_ref(&args.path), true)?;
    let mut sources = Sources::default();
    let known = &args.clusters.known;
    let overrides = Overrides {
        openshift: known.openshift,
        platform: known.platform,
        release_image: args.clusters.release_image.clone(),
        today: Some(config::today()),
        ..Overrides::default()
    };
    let mut settings = inputs::settings(known, &overrides, &roots.root, &mut sources)?;
    policies::read(&PolicyArgs::default(), &mut settings, (&roots.root, &Disk), &mut sources)?;
    let walked = inputs::walked_for_clusters(known, &settings, &roots, Walked::of(&roots));
    let mut problems = settings.problems.clone();
    problems.extend(walked.unrendered(&settings));
    let (repo, report) = match args.format {
        MapFormat::Html => {
            let (repo, report) = pipeline::checked(walked, &settings, &mut sources);
            (repo, Some(report))
        }
        _ => (pipeline::read_all(walked, &settings, &mut sources), None),
    };
    let gaps = gaps(&repo, &problems);
    let read = Read::of(repo, sources, gaps);
    let views = read.views(args.clusters.cluster.as_deref())?;
    let map = Map::of(&views, &read.gaps, &read.sources);
    match (args.format, &report) {
        (MapFormat::Html, Some(report)) => {
            map::html(&map, PageFindings { report, sources: &read.sources }, out)?;
        }
        (MapFormat::Html | MapFormat::Json, _) => map.json(out)?,
        (MapFormat::Mermaid, _) => map::mermaid(&map, out)?,
        (MapFormat::Dot, _) => map::dot(&map, out)?,
    }
    read.is_whole()
}
