//! What `render` and `resolve` share: they read the manifests and select the clusters.

use super::{Error, inputs};
use crate::cli::ClusterArgs;
use crate::config::{self, Overrides, Settings};
use crate::finding::Finding;
use crate::machine::guard::{self, Fault};
use crate::machine::terminal::escape;
use crate::model::{Cluster, LeftAloneCounts, Repo, Resource};
use crate::pipeline::{self, Walked};
use crate::read::crd::Kind;
use crate::read::crd::schema::nearest;
use crate::read::discover::Roots;
use crate::report::map::Map;
use crate::report::nodes::{ClusterNodes, Gaps, Trouble};
use crate::rules::rule::Meta;
use crate::source::Sources;
use std::cell::RefCell;
use std::path::PathBuf;

/// The repository and its texts.
pub(super) struct Read {
    repo: Repo,
    /// The texts of the repository.
    pub(super) sources: Sources,
    /// What could not be read.
    pub(super) gaps: Gaps,
    /// The clusters for which pullwarden failed.
    faults: RefCell<Vec<String>>,
}

/// A repository before it is read.
pub(super) struct Prepared {
    /// The files.
    pub(super) walked: Walked,
    /// The settings.
    pub(super) settings: Settings,
    /// The texts of the configuration.
    pub(super) sources: Sources,
    /// The directory that names are relative to.
    pub(super) root: PathBuf,
}

/// Walks `path`, and reads the settings.
pub(super) fn prepare(
    path: &PathBuf,
    args: &ClusterArgs,
    walk: impl FnOnce(&Roots) -> Walked,
) -> Result<Prepared, Error> {
    // There is only one path, so a missing path is an error.
    let (roots, _) = inputs::roots(std::slice::from_ref(path), true)?;
    let mut sources = Sources::default();
    let overrides = Overrides {
        openshift: args.known.openshift,
        platform: args.known.platform,
        release_image: args.release_image.clone(),
        today: Some(config::today()),
        ..Overrides::default()
    };
    let settings = inputs::settings(&args.known, &overrides, &roots.root, &mut sources)?;
    let walked = inputs::walked_for_clusters(&args.known, &settings, &roots, walk(&roots));
    Ok(Prepared { walked, settings, sources, root: roots.root })
}

/// Reads the manifests at `path`.
pub(super) fn read(path: &PathBuf, args: &ClusterArgs) -> Result<Read, Error> {
    let Prepared { walked, settings, mut sources, .. } = prepare(path, args, Walked::without_hidden)?;
    let problems = problems(&walked, &settings);
    let repo = pipeline::read(walked, &settings, &mut sources);
    let gaps = gaps(&repo, &problems);
    Ok(Read::of(repo, sources, gaps))
}

/// What is wrong with the configuration, and the commands of it that did not run.
pub(super) fn problems(walked: &Walked, settings: &Settings) -> Vec<(&'static Meta, Finding)> {
    let mut problems = settings.problems.clone();
    problems.extend(walked.unrendered(settings));
    problems
}

/// What could not be read, with the `problems` of the configuration.
pub(super) fn gaps(repo: &Repo, problems: &[(&'static Meta, Finding)]) -> Gaps {
    let broken = repo
        .broken
        .iter()
        .map(|broken| Trouble { message: broken.what.message().to_owned(), span: broken.span });
    let misconfigured =
        problems.iter().map(|(_, finding)| Trouble { message: finding.message.clone(), span: finding.span });
    Gaps {
        troubles: misconfigured.chain(broken).collect(),
        in_manifests: !repo.broken.is_empty(),
        templates: LeftAloneCounts::of(&repo.left_alone).templates + repo.objects_of_templates(),
    }
}

impl Read {
    /// A repository that was read, its texts, and what is missing.
    pub(super) fn of(repo: Repo, sources: Sources, gaps: Gaps) -> Self {
        Self { repo, sources, gaps, faults: RefCell::default() }
    }

    /// Returns an error if a part of pullwarden failed, since the output may lack something.
    pub(super) fn is_whole(&self) -> Result<(), Error> {
        let faults = self.faults.borrow();
        if faults.is_empty() {
            super::is_whole(&self.repo)
        } else {
            Err(Error::Failed(faults.join("\npullwarden: ")))
        }
    }

    /// The result of `work` for a cluster. A fault costs only this cluster.
    pub(super) fn at_cluster<T>(&self, cluster: &Cluster, work: impl FnOnce() -> T) -> Option<T> {
        let made = guard::part("nodes", work);
        let failed = |fault| {
            let what = format!("cluster `{}`", escape(&cluster.name));
            self.faults.borrow_mut().push(super::failed_at(&what, &fault));
        };
        made.map_err(failed).ok()
    }

    /// The cluster of this name, or all of them, each with the files of its nodes.
    pub(super) fn views(&self, name: Option<&str>) -> Result<Vec<ClusterNodes<'_>>, Error> {
        let all = || clusters(&self.repo);
        let is_meant = |cluster: &&Cluster| name.is_none_or(|name| cluster.name == name);
        let found = all().filter(is_meant);
        let found: Vec<ClusterNodes<'_>> =
            found.filter_map(|cluster| self.at_cluster(cluster, || ClusterNodes::of(cluster))).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let Some(name) = name else { return Ok(found) };
        // The cluster may be in a file that could not be read.
        self.is_whole()?;
        let names: Vec<&str> = all().map(|cluster| cluster.name.as_str()).collect();
        Err(Error::Failed(no_cluster(name, names)))
    }
}

/// The clusters whose objects decide about images on their nodes.
pub(super) fn clusters(repo: &Repo) -> impl Iterator<Item = &Cluster> {
    let configures_images =
        |cluster: &&Cluster| cluster.resources().filter_map(Resource::kind).any(Kind::configures_images);
    repo.clusters.iter().filter(configures_images)
}

/// Draws the clusters that are meant; the error is a fault of pullwarden.
pub(super) fn drawn(
    repo: &Repo,
    is_meant: impl Fn(&Cluster) -> bool,
    gaps: &Gaps,
    sources: &Sources,
) -> Result<Map, Fault> {
    guard::run(|| {
        let clusters = clusters(repo).filter(|cluster| is_meant(cluster));
        let views: Vec<ClusterNodes<'_>> = clusters.map(ClusterNodes::of).collect();
        Map::of(&views, gaps, sources)
    })
}

/// What is said of a fault while the clusters were drawn.
pub(super) fn not_drawn(fault: &Fault) -> String {
    format!("pullwarden failed while it drew the clusters (`{}`)", fault.place)
}

/// The error for an unknown cluster; it lists the known ones.
pub(super) fn no_cluster(name: &str, mut names: Vec<&str>) -> String {
    const SHOWN: usize = 20;
    names.dedup();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{}`?", escape(near)),
        None if names.is_empty() => "there is no image configuration at all".to_owned(),
        None => {
            let more = if names.len() > SHOWN { ", …" } else { "" };
            let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape(name)).collect();
            format!("there are {}{more}", shown.join(", "))
        }
    };
    format!("there is no cluster `{}` with image configuration; {hint}", escape(name))
}
