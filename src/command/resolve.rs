//! `pullwarden resolve`: shows where the nodes of each cluster pull images from.

use super::check::Exit;
use super::{Error, inputs, nodes};
use crate::cli::{ResolveArgs, TableFormat};
use crate::machine::disk;
use crate::machine::terminal::shown;
use crate::read::manifest::MAX_FILE;
use crate::report::nodes::{ClusterNodes, ImageAnswer, Resolvers, resolve_json, resolve_text};
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

/// Prints the answer for each image and each cluster.
pub fn run(args: &ResolveArgs, out: &mut dyn Write) -> Result<Exit, Error> {
    let names = names(args)?;
    let read = nodes::read(&args.path, &args.clusters)?;
    let views = read.views(args.clusters.cluster.as_deref())?;
    if views.is_empty() {
        read.is_whole()?;
        let path = shown(&args.path);
        return Err(Error::Failed(format!(
            "no image configuration found in {path}; `--in` names the manifests"
        )));
    }
    let resolvers = views
        .iter()
        .filter_map(|view| read.at_cluster(view.cluster, || Resolvers::of(view)).map(|found| (view, found)));
    let resolvers: Vec<(&ClusterNodes<'_>, Resolvers<'_>)> = resolvers.collect();
    let mut answers: Vec<ImageAnswer<'_>> = Vec::new();
    for name in &names {
        for (view, resolvers) in &resolvers {
            let all = read.at_cluster(view.cluster, || ImageAnswer::all(view, resolvers, name));
            answers.extend(all.into_iter().flatten());
        }
    }
    match args.format {
        TableFormat::Text => resolve_text::write(&answers, &read.gaps, &read.sources, out)?,
        TableFormat::Json => resolve_json::write(&answers, &read.gaps, &read.sources, out)?,
    }
    read.is_whole()?;
    let whole = !read.gaps.in_manifests && answers.iter().all(ImageAnswer::is_pullable);
    Ok(if whole { Exit::Clean } else { Exit::Dirty })
}

/// The names of the images, each once.
fn names(args: &ResolveArgs) -> Result<Vec<String>, Error> {
    let mut names = args.names.clone();
    if let Some(path) = &args.images {
        if path.as_os_str() == "-" && args.path.as_os_str() == "-" {
            return Err(Error::Failed("standard input cannot hold both the images and the manifests".into()));
        }
        names.extend(listed(path)?);
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.is_empty() {
        return Err(Error::Failed("there is no image to resolve".into()));
    }
    Ok(names)
}

/// The names of images in a file, one a line.
pub(super) fn listed(path: &Path) -> Result<Vec<String>, Error> {
    let text = text(path)?;
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(name, _)| name).trim());
    Ok(lines.filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn text(path: &Path) -> Result<String, Error> {
    let failed = |why: &str| Error::Failed(format!("{} {why}", shown(path)));
    let bytes = if path.as_os_str() == "-" {
        disk::within(inputs::standard_input()?, MAX_FILE)
    } else {
        disk::read_named(path, MAX_FILE)
    };
    let bytes = bytes.map_err(|why| failed(&why))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("is not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}
