//! What the resources mean together: a repository of clusters, each with everything that it is given.

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
pub use build::{BuildOutcome, BuildProblem, LeftAlone, LeftAloneCounts, MissingPath, NotRead};
pub use cluster::{Cluster, Standing, named_entries, named_lists};
pub use member::{Evidence, Member, StandsAlone, Unit, UnitOrigin};
pub use object::Object;
pub use resource::{Flaws, Identity, Resource, Stray};
use std::collections::BTreeSet;
pub use workload::{ImageCounts, Workload, WorkloadPlace};

/// Everything that was found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Repo {
    /// The clusters, in the order of their names.
    pub clusters: Vec<Cluster>,
    /// The objects of templates that nobody renders here, each of their readings by itself, in the order of their names.
    pub templates: Vec<Cluster>,
    /// What only policies look at: clusters and units without image configuration, in the order of their names. Empty where
    /// no policy asks.
    pub others: Vec<Cluster>,
    /// What could not be read.
    pub broken: Vec<Broken>,
    /// Kustomizations that could not be built, or not in full.
    pub builds: Vec<BuildProblem>,
    /// Paths of Applications that are missing from this repository.
    pub missing: Vec<MissingPath>,
    /// Every object that was read as it stands in its file; comments are looked for around them.
    pub manifests: Vec<Manifest>,
    /// How many resources of our kinds there are (`ConfigMaps` aside), however many clusters they reach.
    pub image_resources: usize,
    /// The places of images that go to no cluster with image configuration; `None` where workloads are not looked at.
    pub unheld: Option<BTreeSet<Span>>,
    /// What commands printed, and the files that it was made of: of an ignore in them nobody can tell whether it is needed.
    pub rendered: BTreeSet<FileId>,
    /// Files that are not looked at by themselves, or not all of them, in the order of their names.
    pub left_alone: Vec<LeftAlone>,
    /// What becomes of the deprecated mirror sets; empty where nobody asks.
    pub conversions: Conversions,
    /// Documents that cannot be read, and that name nothing of ours.
    pub unread: usize,
    /// Files that were read.
    pub files: usize,
    /// The lowest number of its texts. Where there are two states of a repository, the texts of the old one have lower ones.
    pub first_text: usize,
}

impl Repo {
    /// How many objects of templates are known that nobody renders here. No cluster is known to get them.
    pub fn objects_of_templates(&self) -> usize {
        let is_first = |cluster: &&Cluster| cluster.masked().is_some_and(|masked| masked.is_first);
        self.templates.iter().filter(is_first).count()
    }

    /// A text to stand on for what is said of all that was found: the first object, or else the first file that is broken.
    pub fn start(&self) -> Span {
        let objects = self.clusters.iter().flat_map(Cluster::resources).map(Resource::span);
        let manifests = self.manifests.iter().map(|manifest| manifest.root().span());
        let broken = self.broken.iter().map(|broken| broken.span);
        objects.chain(manifests).chain(broken).next().unwrap_or_else(|| Span::new(FileId(0), 0, 0))
    }
}
