//! The meaning of the resources together: a repository of clusters, each with everything that it gets.

pub mod allowlist;
mod beside;
mod build;
mod cluster;
pub mod hosting;
pub mod hosts;
pub mod imports;
pub mod member;
pub mod needs;
pub mod neighbours;
pub mod node_files;
mod object;
mod places;
pub mod reference;
mod resource;
pub mod scope;
pub mod trusted_ca;
pub mod workload;

use crate::icsp::found::Conversions;
use crate::read::manifest::{Broken, Manifest};
use crate::source::{FileId, Span};
pub use beside::Beside;
pub use build::{
    BuildOutcome, BuildProblem, ExampleCounts, LeftAlone, LeftAloneCounts, MissingPath, NotRead,
};
pub use cluster::{Cluster, Standing, named_entries, named_lists};
pub use member::{Evidence, Member, StandsAlone, Unit, UnitChart, UnitOrigin};
pub use object::Object;
pub use resource::{Flaws, Identity, Resource, Stray};
use std::collections::{BTreeMap, BTreeSet};
pub use workload::{ImageCounts, Workload, WorkloadPlace};

/// Everything that was found in a repository.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Repo {
    /// The clusters, in the order of their names.
    pub clusters: Vec<Cluster>,
    /// The objects of templates that nobody renders here, a separate entry for each combination of values, in the order of
    /// their names.
    pub templates: Vec<Cluster>,
    /// Clusters and units without image configuration, in the order of their names, which only policies read. Empty unless a
    /// policy needs them.
    pub others: Vec<Cluster>,
    /// Files and documents that could not be read.
    pub broken: Vec<Broken>,
    /// The names of files whose objects are not known in full, since a part of them could not be read.
    pub broken_files: BTreeMap<FileId, String>,
    /// Kustomizations that could not be built, or not in full.
    pub builds: Vec<BuildProblem>,
    /// Paths of Applications that are missing from this repository.
    pub missing: Vec<MissingPath>,
    /// Every object as it stands in its file. Comments are read around these.
    pub manifests: Vec<Manifest>,
    /// The number of resources of the kinds that are read (without `ConfigMaps`), however many clusters they reach.
    pub image_resources: usize,
    /// The places of images that reach no cluster with image configuration; `None` if workloads are not read.
    pub unheld: Option<BTreeSet<Span>>,
    /// The output of commands, and the files that they read. For an ignore in these, nobody can tell whether it is needed.
    pub rendered: BTreeSet<FileId>,
    /// Files that are not checked by themselves, or only in part, in the order of their names.
    pub left_alone: Vec<LeftAlone>,
    /// The conversions of deprecated mirror sets; empty unless somebody needs them.
    pub conversions: Conversions,
    /// The number of documents that cannot be read and that name no kind of image configuration.
    pub unread: usize,
    /// The examples of documents; `None` where nobody asks for them.
    pub examples: Option<ExampleCounts>,
    /// The number of files that were read.
    pub files: usize,
    /// The lowest number of its texts. If there are two states of a repository, the texts of the old one have lower numbers.
    pub first_text: usize,
}

impl Repo {
    /// The number of objects of templates that nobody renders here. No cluster is known to get them.
    pub fn objects_of_templates(&self) -> usize {
        let is_first = |cluster: &&Cluster| cluster.masked().is_some_and(|masked| masked.is_first);
        self.templates.iter().filter(is_first).count()
    }

    /// A place for findings about the whole repository: the first object, or else the first broken file.
    pub fn start(&self) -> Span {
        let objects = self.clusters.iter().flat_map(Cluster::resources).map(Resource::span);
        let manifests = self.manifests.iter().map(|manifest| manifest.root().span());
        let broken = self.broken.iter().map(|broken| broken.span);
        objects.chain(manifests).chain(broken).next().unwrap_or_else(|| Span::new(FileId(0), 0, 0))
    }
}
