//! `pullwarden clusters`: the clusters of a repository, the objects of each and why they belong there; or the effective
//! objects.

mod chart;
mod root;

use super::{Error, inputs, nodes};
use crate::cli::{ClustersArgs, TableFormat};
use crate::config::{self, Overrides};
use crate::pipeline::{self, Walked};
use crate::read::discover::KUSTOMIZATIONS;
use crate::report::Style;
use crate::report::clusters::{ClustersReport, Told, json, objects, text};
use crate::source::Sources;
use std::io::Write;

/// Shows the clusters.
pub fn run(args: &ClustersArgs, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    let is_root = KUSTOMIZATIONS.iter().any(|name| args.path.join(name).is_file());
    if args.objects && args.cluster.is_none() && is_root {
        return root::run(&args.path, out);
    }
    // A command of the configuration may print something else.
    let is_chart = !args.known.allow_exec && args.path.join(chart::CHART).is_file();
    if args.objects && args.cluster.is_none() && is_chart {
        return chart::run(&args.path, out);
    }
    // There is only one path, so a missing path is an error.
    let (roots, _) = inputs::roots(std::slice::from_ref(&args.path), true)?;
    let mut sources = Sources::default();
    let overrides = Overrides {
        openshift: args.known.openshift,
        platform: args.known.platform,
        today: Some(config::today()),
        ..Overrides::default()
    };
    let settings = inputs::settings(&args.known, &overrides, &roots.root, &mut sources)?;
    let walked = inputs::walked_for_clusters(&args.known, &settings, &roots, Walked::of(&roots));
    let mut problems = settings.problems.clone();
    problems.extend(pipeline::about_settings(&walked, &settings));
    let repo = pipeline::read(walked, &settings, &mut sources);
    let told = Told { openshift: args.known.openshift.is_some(), platform: args.known.platform.is_some() };
    let mut view = ClustersReport::of(&repo, &problems, told, &sources);
    if let Some(name) = &args.cluster {
        let names = view.names().map(str::to_owned).collect::<Vec<_>>();
        if !view.keep(name) {
            return Err(Error::Failed(nodes::no_cluster(name, names.iter().map(String::as_str).collect())));
        }
    }
    match (args.objects, args.format) {
        (true, _) => objects::write(&view, out)?,
        (false, TableFormat::Text) => text::write(&view, style, out)?,
        (false, TableFormat::Json) => json::write(&view, out)?,
    }
    super::is_whole(&repo)
}
