//! The picture of a repository: which registries the nodes of its clusters may ask, the sources and their mirrors, and
//! where images of workloads come from. `pullwarden map` and the report `html` show it.

mod build;
mod findings;
mod graph;
mod overview;
mod page;

pub use graph::{dot, mermaid};
pub use page::{PageChange, PageFindings, write as html};

use super::nodes::place::Place;
use super::nodes::render_json::NotRead;
use super::printable;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What `pullwarden map --format json` writes.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(title = "pullwarden map")]
pub struct Map {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// The clusters with image configuration. Clusters whose nodes get the same stand together.
    groups: Vec<Group>,
    /// What could not be read; the picture may be incomplete then.
    not_read: Vec<NotRead>,
    /// Documents that were left alone, since a template fills in what they hold.
    templates: usize,
}

/// Clusters whose nodes get the same files and run the same images. The places are those of the first one.
#[derive(Debug, Serialize, JsonSchema)]
struct Group {
    /// Their names.
    clusters: Vec<String>,
    /// Their OpenShift version; the newest known one where nobody gives it.
    openshift: String,
    /// Whether somebody gives the version.
    openshift_known: bool,
    /// Whether only the place of the files says that they belong to one cluster.
    guessed: bool,
    /// Why no node gets new files, or cannot load them.
    problems: Vec<Said>,
    /// Whether nodes refuse every image that `allowed` does not cover.
    restricted: bool,
    /// The scopes that the policy of the nodes accepts, if it refuses everything else.
    allowed: Vec<Said>,
    /// The scopes that nodes refuse.
    blocked: Vec<Said>,
    /// The scopes for which nodes do not verify TLS.
    insecure: Vec<Said>,
    /// The registries in which nodes look for short names.
    search: Vec<Said>,
    /// The sources that have mirrors, in the order of `registries.conf`.
    sources: Vec<Mirrored>,
    /// The images of workloads, in the order of their names.
    images: Vec<ImageWay>,
    /// The files that the operator writes, each with the manifest texts behind its lines.
    files: Vec<NodeFile>,
    /// The files that a `MachineConfig` writes beside them or in their place.
    other_files: Vec<Said>,
}

/// A text and what made it.
#[derive(Debug, Serialize, JsonSchema)]
struct Said {
    /// The text.
    text: String,
    /// The manifest texts behind it.
    from: Vec<Place>,
}

/// A source with its mirrors.
#[derive(Debug, Serialize, JsonSchema)]
struct Mirrored {
    /// The source, as a scope.
    source: String,
    /// Whether nodes never ask the source itself.
    never_contacted: bool,
    /// The manifest texts behind it.
    from: Vec<Place>,
    /// The mirrors, in the order in which nodes ask them.
    mirrors: Vec<MirrorPlace>,
}

/// A mirror of a source.
#[derive(Debug, Serialize, JsonSchema)]
struct MirrorPlace {
    /// Its location.
    location: String,
    /// The pulls that it serves: `digest-only`, `tag-only` or `all`.
    pulls: &'static str,
    /// Whether nodes do not verify TLS.
    insecure: bool,
    /// The entry that keeps nodes from asking it.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<Said>,
    /// The manifest texts behind it.
    from: Vec<Place>,
}

/// An image and where nodes pull it from.
#[derive(Debug, Serialize, JsonSchema)]
struct ImageWay {
    /// Its name, as a workload has it.
    image: String,
    /// The pools of nodes that do this, where not all nodes do the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pools: Vec<String>,
    /// Whether nodes can pull it, as far as its name tells.
    pullable: bool,
    /// Why nodes refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Said>,
    /// Whether its signatures decide.
    signed: bool,
    /// Where nodes ask for it, in their order.
    places: Vec<PullPlace>,
    /// Where workloads name it: the first places.
    used: Vec<Place>,
    /// How many places there are.
    uses: usize,
}

/// A place where nodes ask for an image.
#[derive(Debug, Serialize, JsonSchema)]
struct PullPlace {
    /// The name of the image there.
    reference: String,
    /// Whether it is a mirror.
    mirror: bool,
    /// Whether nodes do not verify TLS.
    insecure: bool,
    /// The entry that keeps nodes from asking there.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<Said>,
    /// The manifest texts behind it.
    from: Vec<Place>,
}

/// A file on nodes.
#[derive(Debug, Serialize, JsonSchema)]
struct NodeFile {
    /// Its path.
    path: String,
    /// Its lines; null for the file that every node has as shipped.
    lines: Option<Vec<FileLine>>,
}

/// A line of a file on nodes.
#[derive(Debug, Serialize, JsonSchema)]
struct FileLine {
    /// Its text.
    text: String,
    /// Whether the release's own image policy is among what made it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_release: bool,
    /// The manifest texts behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<Place>,
}

impl Map {
    /// Writes the picture as JSON.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        printable::write(self, out)
    }

    /// The JSON Schema of the output of [`json`](Self::json).
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl Group {
    /// The names of the clusters; if there are many, only the first ones.
    fn title(&self) -> String {
        const SHOWN: usize = 3;
        let mut title = self.clusters[..self.clusters.len().min(SHOWN)].join(", ");
        if let more @ 1.. = self.clusters.len().saturating_sub(SHOWN) {
            let _ = write!(title, " and {more} more");
        }
        title
    }
}
