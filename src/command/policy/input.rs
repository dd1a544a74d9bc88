//! `pullwarden policy input`: prints the input of policies.

use super::super::{Error, inputs, nodes};
use crate::cli::PolicyInputArgs;
use crate::config::{self, Overrides};
use crate::pipeline::{self, Walked};
use crate::policy;
use crate::read::discover;
use crate::source::Sources;
use std::io::Write;

/// Prints the objects of a file, or a cluster.
pub fn run(args: &PolicyInputArgs, out: &mut dyn Write) -> Result<(), Error> {
    let (mut roots, missing) = inputs::roots(std::slice::from_ref(&args.path), true)?;
    if let Some(missing) = missing.into_iter().next() {
        return Err(Error::Failed(missing));
    }
    let file = roots.paths.first().filter(|path| path.is_file());
    let file = file.map(|path| discover::name_of(&roots.root, path));
    if file.is_some() {
        // The other files decide which cluster gets the objects of a file.
        roots.paths = vec![roots.root.clone()];
    }
    let today = Some(config::today());
    let overrides = Overrides {
        openshift: args.known.openshift,
        platform: args.known.platform,
        today,
        ..Overrides::default()
    };
    let mut sources = Sources::default();
    let settings = inputs::settings(&args.known, &overrides, &roots.root, &mut sources)?;
    let walked = inputs::walked_for_clusters(&args.known, &settings, &roots, Walked::without_hidden(&roots));
    let repo = pipeline::read_every_object(walked, &settings, &mut sources);
    super::super::is_whole(&repo)?;
    if let Some(file) = file {
        let inputs = policy::object_inputs(&repo, &file, &sources);
        if inputs.is_empty() {
            return Err(Error::Failed(format!(
                "no cluster gets an object of {}; `pullwarden clusters` shows what each gets",
                crate::machine::terminal::escape(&file)
            )));
        }
        for input in inputs {
            crate::report::printable::write(&input, out)?;
        }
        return Ok(());
    }
    let all = || repo.clusters.iter().chain(&repo.others);
    let cluster = match &args.cluster {
        Some(name) => all().find(|cluster| cluster.name == *name),
        None => match &repo.clusters[..] {
            [only] => Some(only),
            _ => None,
        },
    };
    match (cluster, &args.cluster) {
        (Some(cluster), _) => {
            crate::report::printable::write(&policy::cluster_input(cluster, &sources, today), out)?;
            Ok(())
        }
        (None, Some(name)) => {
            let names = all().map(|cluster| cluster.name.as_str()).collect();
            Err(Error::Failed(nodes::no_cluster(name, names)))
        }
        (None, None) => Err(Error::Failed(
            "there are several clusters, or none; name one with `--cluster`, or a file whose objects are to be printed; \
             `pullwarden clusters` lists the clusters"
                .into(),
        )),
    }
}
