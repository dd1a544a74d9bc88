//! `pullwarden map`: draws the repository as its clusters see it.

use super::nodes::{self, Prepared, Read};
use super::{Error, policies};
use crate::cli::{MapArgs, MapFormat, PolicyArgs};
use crate::pipeline::{self, Walked};
use crate::read::discover::Roots;
use crate::read::tree::Disk;
use crate::report::map::{self, Map, PageFindings};
use std::io::Write;

/// Draws the clusters; the page has the findings of a check, too.
pub fn run(args: &MapArgs, out: &mut dyn Write) -> Result<(), Error> {
    let is_page = args.format == MapFormat::Html;
    // Only a check names what is hidden.
    let walk = |roots: &Roots| if is_page { Walked::of(roots) } else { Walked::without_hidden(roots) };
    let Prepared { walked, mut settings, mut sources, root } =
        nodes::prepare(&args.path, &args.clusters, walk)?;
    if is_page {
        policies::read(&PolicyArgs::default(), &mut settings, (&root, &Disk), &mut sources)?;
    }
    let problems = nodes::problems(&walked, &settings);
    let (repo, report) = if is_page {
        let (repo, report) = pipeline::checked(walked, &settings, &mut sources);
        (repo, Some(report))
    } else {
        (pipeline::read_all(walked, &settings, &mut sources), None)
    };
    let gaps = nodes::gaps(&repo, &problems);
    let read = Read::of(repo, sources, gaps);
    let views = read.views(args.clusters.cluster.as_deref())?;
    let map = Map::of(&views, &read.gaps, &read.sources);
    match (args.format, &report) {
        (MapFormat::Html, Some(report)) => {
            map::html(&map, None, PageFindings { report, sources: &read.sources }, out)?;
        }
        (MapFormat::Html | MapFormat::Json, _) => map.json(out)?,
        (MapFormat::Mermaid, _) => map::mermaid(&map, out)?,
        (MapFormat::Dot, _) => map::dot(&map, out)?,
    }
    read.is_whole()
}
