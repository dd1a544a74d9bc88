//! From the name in a pod to the places where a node looks for the image, and to what its policy says.
//!
//! As in containers/image: `docker/docker_image_src.go` (mirrors, then the source, each of them blocked or not by the
//! entry of its own name), `docker/policyconfiguration/naming.go` (the order of names in which the policy is asked)
//! and `signature/policy_eval.go`. The policy sees the name that was asked for, never the mirror's.

use crate::model::reference::{Reference, ReferenceError, is_short};
use crate::model::scope::policy_names;
use crate::node::lookup::{Endpoint, Registries};
use crate::node::{Files, LoadError, Mirror, Nodes, PolicyScope, Pool, PullFromMirror, Requirement, Stop};
use crate::source::Span;
use std::fmt;

/// Answers for one cluster's nodes. Making it costs the length of the files, asking it the length of the name.
#[derive(Debug)]
pub struct Resolver<'n> {
    files: &'n Files,
    registries: Result<Registries<'n>, LoadError>,
}

/// What a node does with one name.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Resolution {
    /// The name as asked for.
    pub requested: String,
    /// The name in full, as it is pulled; empty when it is no image name.
    pub normalized: String,
    /// The name in full without tag and digest.
    pub repository: String,
    /// The entry of `registries.conf` that decides, by its prefix.
    pub matched_prefix: Option<String>,
    /// The manifest texts that made this entry.
    pub matched_spans: Vec<Span>,
    /// What blocks the entry; nothing when it is not blocked.
    pub blocked_by: Vec<Span>,
    /// Where the node looks, in order.
    pub sources: Vec<PullSource>,
    /// Mirrors that do not serve such pulls.
    pub passed_over: Vec<Mirror>,
    /// What the policy says; `None` when it is not asked, or cannot be read.
    pub policy: Option<Policy>,
    /// Why the node does not even try.
    pub error: Option<ResolveError>,
}

/// A place where a node looks for an image.
#[derive(Clone, Debug, PartialEq)]
pub struct PullSource {
    /// The image's name there.
    pub reference: String,
    /// The `location` of the mirror or of the entry; the registry itself where no entry matches.
    pub location: String,
    /// Whether TLS need not be verified.
    pub insecure: bool,
    /// Which pulls it serves; `None` for the source itself.
    pub pull_from_mirror: Option<PullFromMirror>,
    /// What keeps the node from asking there.
    pub blocked_by: Option<Blocker>,
    /// The manifest texts that made it.
    pub spans: Vec<Span>,
}

/// An entry that blocks a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The entry, by its prefix.
    pub prefix: String,
    /// The manifest texts that block it.
    pub spans: Vec<Span>,
}

/// What `policy.json` says of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The scope that decides; `None` for the default.
    pub scope: Option<String>,
    /// The names that the policy is asked for, until one is found.
    pub lookup_order: Vec<String>,
    /// All that is asked of the image.
    pub requirements: Vec<Requirement>,
    /// Whether it may be run.
    pub verdict: Verdict,
    /// The manifest texts that made the scope.
    pub spans: Vec<Span>,
    /// Whether the release's own image policy is among what made the scope.
    pub by_release: bool,
    familiar: String,
}

/// Whether an image may be run, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Accepted,
    /// No.
    Rejected,
    /// Its signatures decide.
    IfSigned,
}

/// Why a node does not even look for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// The name is none.
    Reference(ReferenceError),
    /// The name of a place to look at would be none.
    Rewrite(ReferenceError),
    /// The runtime does not load its configuration.
    Load(LoadError),
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResolveError::Reference(error) => error.fmt(f),
            ResolveError::Rewrite(error) => write!(f, "rewriting reference: {error}"),
            ResolveError::Load(error) => error.fmt(f),
        }
    }
}

impl ResolveError {
    /// The texts that cause it, where they are in a manifest and not in the name.
    pub fn spans(&self) -> &[Span] {
        match self {
            ResolveError::Load(error) => &error.spans,
            ResolveError::Reference(_) | ResolveError::Rewrite(_) => &[],
        }
    }
}

impl Resolution {
    /// Whether an entry of `registries.conf` decides.
    pub fn is_matched(&self) -> bool {
        self.matched_prefix.is_some()
    }

    /// Whether that entry is blocked; its mirrors may still be asked.
    pub fn is_blocked(&self) -> bool {
        !self.blocked_by.is_empty()
    }

    /// Whether the image may be run and there is a place to ask for it, as far as its name tells.
    pub fn is_pullable(&self) -> bool {
        let refused = self.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected);
        self.error.is_none() && !refused && self.reachable().next().is_some()
    }

    /// The same without the texts behind it.
    #[must_use]
    pub fn outcome(&self) -> Self {
        let mut outcome = self.clone();
        outcome.matched_spans.clear();
        // Whether it is blocked is told by its places.
        outcome.blocked_by.clear();
        for source in &mut outcome.sources {
            source.spans.clear();
            if let Some(blocker) = &mut source.blocked_by {
                blocker.spans.clear();
            }
        }
        for mirror in &mut outcome.passed_over {
            mirror.spans.clear();
            // It is not asked, however it would be.
            mirror.insecure.spans.clear();
        }
        if let Some(ResolveError::Load(error)) = &mut outcome.error {
            error.spans.clear();
        }
        outcome
    }

    /// The places that the node really asks.
    pub fn reachable(&self) -> impl Iterator<Item = &PullSource> {
        self.sources.iter().filter(|source| source.blocked_by.is_none())
    }
}

impl Policy {
    /// What the runtime says when it refuses by the name alone.
    pub fn error(&self) -> Option<String> {
        (self.verdict == Verdict::Rejected)
            .then(|| format!("Running image docker://{} is rejected by policy.", self.familiar))
    }
}

impl<'n> Resolver<'n> {
    /// Reads a cluster's files; where none are written there is nothing to read.
    pub fn new(nodes: &'n Nodes) -> Result<Self, &'n Stop> {
        nodes.files.as_ref().map(Self::of_files)
    }

    /// Reads these files.
    pub fn of_files(files: &'n Files) -> Self {
        Self { files, registries: Registries::load(&files.registries_conf, files.search_registries.as_ref()) }
    }

    /// Reads these files as the nodes of a pool do, with its own.
    pub fn of_pool(files: &'n Files, pool: &'n Pool) -> Self {
        Self { files, registries: Registries::load_pool(files, pool) }
    }

    /// What a node does with `name`, `docker.io` being implied where a registry is not named.
    pub fn resolve(&self, name: &str) -> Resolution {
        let mut resolution = Resolution { requested: name.to_owned(), ..Resolution::default() };
        if let Err(error) = self.fill(&mut resolution) {
            resolution.sources.clear();
            resolution.error = Some(error);
        }
        resolution
    }

    /// What a node does with `name`, a short one being looked up in the search list.
    pub fn resolve_all(&self, name: &str) -> Vec<Resolution> {
        self.candidates(name).iter().map(|name| self.resolve(name)).collect()
    }

    /// The names that `name` can stand for, in the order in which they are tried.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        match &self.registries {
            Ok(registries) if is_short(name) => {
                registries.search.iter().map(|registry| format!("{registry}/{name}")).collect()
            }
            _ => vec![name.to_owned()],
        }
    }

    fn fill(&self, resolution: &mut Resolution) -> Result<(), ResolveError> {
        let reference = Reference::parse(&resolution.requested).map_err(ResolveError::Reference)?.to_pull();
        resolution.normalized = reference.to_string();
        reference.name().clone_into(&mut resolution.repository);
        let registries = self.registries.as_ref().map_err(|error| ResolveError::Load(error.clone()))?;
        match registries.find(reference.name()) {
            Some(registry) => {
                resolution.matched_prefix = Some(registry.prefix.to_owned());
                resolution.matched_spans.clone_from(&registry.entry.spans);
                resolution.blocked_by.clone_from(&registry.entry.blocked.spans);
                let endpoints = registry.endpoints(&reference).map_err(ResolveError::Rewrite)?;
                resolution.passed_over = registry.passed_over(&reference).cloned().collect();
                resolution.sources = endpoints.iter().map(|endpoint| source(registries, endpoint)).collect();
            }
            None => resolution.sources.push(PullSource {
                reference: reference.to_string(),
                location: reference.domain().to_owned(),
                insecure: false,
                pull_from_mirror: None,
                blocked_by: None,
                spans: Vec::new(),
            }),
        }
        // Whether the runtime refuses a policy for its transport `atomic` depends on how it was built: not decided here.
        resolution.policy = Some(self.policy(&reference));
        Ok(())
    }

    fn policy(&self, reference: &Reference) -> Policy {
        let policy = &self.files.policy_json;
        let identity = reference.to_string();
        let lookup_order: Vec<String> =
            std::iter::once(identity).chain(policy_names(reference.name())).collect();
        let found = lookup_order.iter().find_map(|name| Some((name, policy.scopes.get(name)?)));
        let PolicyScope { requirements, spans, by_release } =
            found.map_or(&policy.default, |(_, scope)| scope);
        Policy {
            scope: found.map(|(name, _)| name.clone()),
            requirements: requirements.clone(),
            verdict: verdict(requirements),
            spans: spans.clone(),
            by_release: *by_release,
            familiar: reference.familiar(),
            lookup_order,
        }
    }
}

fn source(registries: &Registries<'_>, endpoint: &Endpoint<'_>) -> PullSource {
    let blocker = registries.find(endpoint.reference.name()).filter(|found| found.entry.blocked.is_set());
    PullSource {
        reference: endpoint.reference.to_string(),
        location: endpoint.location.to_owned(),
        insecure: endpoint.insecure,
        pull_from_mirror: endpoint.pull_from_mirror,
        blocked_by: blocker.map(|found| Blocker {
            prefix: found.prefix.to_owned(),
            spans: found.entry.blocked.spans.clone(),
        }),
        spans: endpoint.spans.to_vec(),
    }
}

/// All requirements have to be met; the first that is not decides.
fn verdict(requirements: &[Requirement]) -> Verdict {
    let missed = requirements.iter().find(|requirement| **requirement != Requirement::InsecureAcceptAnything);
    match missed {
        None => Verdict::Accepted,
        Some(Requirement::Reject) => Verdict::Rejected,
        Some(_) => Verdict::IfSigned,
    }
}
