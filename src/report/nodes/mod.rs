//! The reports of `render` and `resolve`: the files of a cluster's nodes, and the places from which they pull images. For
//! people, every entry stands beside the line of the manifest from which it is made. For programs, fields have the names of
//! the recorded answers of the real operator and runtime (`fixtures/mco`), and pullwarden adds fields of its own.

pub(in crate::report) mod annotate;
pub mod place;
pub mod render_json;
pub mod render_text;
pub mod resolve_json;
pub mod resolve_text;
mod stop;

use crate::finding;
use crate::model::{Cluster, Standing};
use crate::node::pools::{Contents, nodes_of};
use crate::node::{self, Nodes};
use crate::openshift::{Platform, RELEASE_POLICIES};
use crate::pull::{Resolution, Resolver};
use crate::source::{Sources, Span};
use place::at;

/// A cluster and the files of its nodes.
#[derive(Debug)]
pub struct ClusterNodes<'r> {
    /// The cluster.
    pub cluster: &'r Cluster,
    /// The files of its nodes.
    pub nodes: Nodes,
    /// The manifests contain no `Image` named `cluster`, so the empty one of the installer is assumed.
    pub image_assumed: bool,
}

/// A reason why an answer may be incomplete.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The reason.
    pub message: String,
    /// The place.
    pub span: Span,
}

/// The parts that are missing from the answers.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    /// The parts of the configuration and of the manifests that could not be read.
    pub troubles: Vec<Trouble>,
    /// Whether manifests are among them, so that the clusters may contain more than is known.
    pub in_manifests: bool,
    /// The number of documents that were not checked, since a template still has to fill them in.
    pub templates: usize,
}

/// The answer for one image on one cluster.
#[derive(Debug)]
pub struct ImageAnswer<'r> {
    /// The cluster.
    pub view: &'r ClusterNodes<'r>,
    /// The result for the name as given; a short name is read as Docker does.
    pub resolution: Resolution,
    /// The names that a short name may mean on this cluster, in the order in which nodes try them; `None` for a full name.
    pub candidates: Option<Vec<Resolution>>,
    /// The pools whose nodes do this; empty if all nodes do.
    pub pools: Vec<&'r str>,
}

/// Resolve images on the nodes of a cluster.
#[derive(Debug)]
pub struct Resolvers<'r> {
    /// One for each pool with its name, or one for all nodes.
    by_pool: Vec<(Option<&'r str>, Resolver<'r>)>,
}

impl<'r> Resolvers<'r> {
    /// Reads the files of a cluster's nodes; without files there is nothing to read.
    pub fn of(view: &'r ClusterNodes<'r>) -> Self {
        let Ok(files) = &view.nodes.files else { return Self { by_pool: Vec::new() } };
        let pools = &view.nodes.pools.all;
        if pools.is_empty() {
            return Self { by_pool: vec![(None, Resolver::of_files(files))] };
        }
        let of_pool = pools.iter().map(|pool| (Some(pool.name.as_str()), Resolver::of_pool(files, pool)));
        Self { by_pool: of_pool.collect() }
    }
}

impl<'r> ClusterNodes<'r> {
    /// Takes the steps of the operator for a cluster.
    pub fn of(cluster: &'r Cluster) -> Self {
        Self { cluster, nodes: node::render_installed(cluster), image_assumed: cluster.image().is_none() }
    }

    /// Whether the image policy of the release is included, which no manifest contains.
    pub fn image_policy_assumed(&self) -> bool {
        !self.cluster.release_scopes().is_empty()
    }

    /// Whether only paths suggest that the files belong to one cluster.
    pub fn is_guessed(&self) -> bool {
        self.cluster.standing != Standing::Exact
    }

    /// Whether the files are written and the runtime loads them, on the nodes of all pools.
    pub fn works(&self) -> bool {
        self.nodes.files.as_ref().is_ok_and(|files| files.registries_load_error.is_none())
            && self.nodes.pools.all.iter().all(|pool| pool.load_error().is_none())
    }

    /// Says which image policy is included.
    fn of_image_policy(&self) -> String {
        let cluster = self.cluster;
        let is_in_git = cluster.image_policies().count() > cluster.image_policies_in_force().count();
        let held = if is_in_git {
            "the ClusterImagePolicy `openshift` here has no effect, since the release replaces it with its own"
        } else {
            "no ClusterImagePolicy `openshift` here"
        };
        let version = cluster.version();
        let release = match cluster.openshift {
            Some(_) => format!("OpenShift {version}"),
            None => format!("OpenShift {version}, since no release is given"),
        };
        let scopes = finding::listed(cluster.release_scopes().iter().map(|scope| scope.name));
        format!("{held}; the one of {release} is assumed, for {scopes}, without its key")
    }

    /// The remarks on the answer, a line each.
    fn remarks(&self, sources: &Sources) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.is_guessed() {
            remarks.push("only the paths of the files suggest that they belong to one cluster; name the cluster under `clusters` in .pullwarden.yaml to be sure".to_owned());
        }
        if self.cluster.is_template() {
            let spans: Vec<Span> = self.cluster.resources().map(crate::model::Resource::span).collect();
            remarks.push(format!("taken alone, since its file is a template: {}", at(sources, &spans)));
        }
        if self.image_assumed {
            remarks.push(
                "no `Image` named `cluster` here; the empty one of every installation is assumed".into(),
            );
        }
        if self.image_policy_assumed() {
            remarks.push(self.of_image_policy());
        } else if cluster_may_have_policy(self.cluster) {
            remarks.push(
                "the ClusterImagePolicy `openshift` that OpenShift brings from 4.21 on is left out: a classic ROSA cluster \
                 has it, one with a hosted control plane has not"
                    .into(),
            );
        }
        if !self.nodes.is_whole() {
            let at = at(sources, &self.nodes.open);
            remarks.push(format!("not everything is known: a template fills in values at {at}"));
        }
        let pools = &self.nodes.pools;
        for (file, names) in pools.files() {
            let at = at(sources, &[file.path.span]);
            let path = crate::machine::terminal::escape(&file.path.value);
            if names.is_empty() {
                remarks.push(format!(
                    "not everything is known: nothing here says which nodes have `{path}` ({at})"
                ));
            } else if matches!(file.contents, Contents::Unknown) {
                let nodes = nodes_of(&names);
                let nodes = crate::machine::terminal::escape(&nodes);
                remarks.push(format!(
                    "not everything is known: what `{path}` says on {nodes} is not here ({at})"
                ));
            }
        }
        if let Some(skipped) = &self.nodes.skipped {
            let spans = skipped.spans();
            let skipped = skipped.to_string();
            remarks.push(format!(
                "the operator: {} ({})",
                crate::machine::terminal::escape(&skipped),
                at(sources, &spans)
            ));
        }
        remarks
    }
}

/// Whether it is unknown if the cluster has the image policy of the release.
fn cluster_may_have_policy(cluster: &Cluster) -> bool {
    cluster.platform == Platform::Rosa
        && cluster.version() >= RELEASE_POLICIES
        && cluster.may_have_release_policy()
}

impl<'r> ImageAnswer<'r> {
    /// Resolves one image: one answer for the nodes of all pools, or several if they differ.
    pub fn all(view: &'r ClusterNodes<'r>, resolvers: &Resolvers<'r>, name: &str) -> Vec<Self> {
        let mut answers: Vec<Self> = Vec::new();
        for (pool, resolver) in &resolvers.by_pool {
            let answer = Self::new(view, resolver, name);
            let same = answers
                .iter_mut()
                .find(|known| known.resolution == answer.resolution && known.candidates == answer.candidates);
            match same {
                Some(same) => same.pools.extend(pool),
                None => answers.push(Self { pools: pool.iter().copied().collect(), ..answer }),
            }
        }
        match &mut answers[..] {
            [] => {
                let resolution = Resolution { requested: name.to_owned(), ..Resolution::default() };
                answers.push(Self { view, resolution, candidates: None, pools: Vec::new() });
            }
            [only] => only.pools.clear(),
            _ => {}
        }
        answers
    }

    fn new(view: &'r ClusterNodes<'r>, resolver: &Resolver<'_>, name: &str) -> Self {
        let short = crate::pull::reference::is_short(name);
        let resolution = resolver.resolve(name);
        // An invalid name is invalid in every registry of the list.
        let candidates = (short && !resolution.normalized.is_empty()).then(|| resolver.resolve_all(name));
        Self { view, resolution, candidates, pools: Vec::new() }
    }

    /// Every name that it may mean.
    fn meanings(&self) -> &[Resolution] {
        self.candidates.as_deref().unwrap_or(std::slice::from_ref(&self.resolution))
    }

    /// Whether the image can be pulled, according to its name.
    pub fn is_pullable(&self) -> bool {
        self.view.nodes.files.is_ok() && self.meanings().iter().any(Resolution::is_pullable)
    }
}
