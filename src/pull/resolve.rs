//! Finds the places where a node looks for an image, and the verdict of its policy.
//!
//! As in containers/image: `docker/docker_image_src.go` (the mirrors, then the source; the entry of its own name decides
//! whether a place is blocked), `docker/policyconfiguration/naming.go` (the order of names for which the policy is searched)
//! and `signature/policy_eval.go`. The policy checks the name in the pod, never the name of the mirror.

use crate::model::reference::{Reference, ReferenceError, is_short};
use crate::model::scope::policy_names;
use crate::node::lookup::{Endpoint, Registries};
use crate::node::{Files, LoadError, Mirror, Nodes, PolicyScope, Pool, PullFromMirror, Requirement, Stop};
use crate::source::Span;
use std::borrow::Cow;
use std::fmt;

/// Resolves names on one cluster's nodes. To create it takes time in proportion to the length of the files; to resolve a
/// name, in proportion to the length of the name.
#[derive(Debug)]
pub struct Resolver<'n> {
    files: &'n Files,
    registries: Result<Registries<'n>, LoadError>,
}

/// The reaction of a node to one name.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Resolution {
    /// The name as given.
    pub requested: String,
    /// The full name that is pulled; empty if it is not an image name.
    pub normalized: String,
    /// The full name without tag and digest.
    pub repository: String,
    /// The prefix of the entry of `registries.conf` that applies.
    pub matched_prefix: Option<String>,
    /// The texts of manifests from which this entry is made.
    pub matched_spans: Vec<Span>,
    /// The texts that block the entry; empty if it is not blocked.
    pub blocked_by: Vec<Span>,
    /// The places where the node looks, in order.
    pub sources: Vec<PullSource>,
    /// Mirrors for other pulls.
    pub passed_over: Vec<Mirror>,
    /// The verdict of the policy; `None` if the node does not check it, or cannot read it.
    pub policy: Option<Policy>,
    /// The reason why the node does not look for the image.
    pub error: Option<ResolveError>,
}

/// A place where a node looks for an image.
#[derive(Clone, Debug, PartialEq)]
pub struct PullSource {
    /// The name of the image in this place.
    pub reference: String,
    /// The `location` of the mirror or of the entry; the registry itself if no entry matches.
    pub location: String,
    /// Whether TLS may be unverified.
    pub insecure: bool,
    /// The pulls that use it; `None` for the source itself.
    pub pull_from_mirror: Option<PullFromMirror>,
    /// The entry that prevents the node from contacting the place.
    pub blocked_by: Option<Blocker>,
    /// The texts of manifests from which it is made.
    pub spans: Vec<Span>,
}

/// An entry that blocks a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The prefix of the entry.
    pub prefix: String,
    /// The manifest texts that block it.
    pub spans: Vec<Span>,
}

/// The part of `policy.json` that applies to a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The scope that applies; `None` for the default.
    pub scope: Option<String>,
    /// All requirements for the image.
    pub requirements: Vec<Requirement>,
    /// Whether the image may run.
    pub verdict: Verdict,
    /// The texts of manifests from which the scope is made.
    pub spans: Vec<Span>,
    /// Whether the scope comes, at least in part, from the release's own image policy.
    pub by_release: bool,
    /// The name as Docker shows it, if the policy refuses it.
    refused: Option<String>,
}

/// Whether an image may run, according to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Accepted,
    /// No.
    Rejected,
    /// Its signatures decide.
    IfSigned,
}

/// The reason why a node does not look for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// The name is invalid.
    Reference(ReferenceError),
    /// The name of the image in one of the places would be invalid.
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
    /// The texts of manifests that cause it; empty if the name itself is the cause.
    pub fn spans(&self) -> &[Span] {
        match self {
            ResolveError::Load(error) => &error.spans,
            ResolveError::Reference(_) | ResolveError::Rewrite(_) => &[],
        }
    }
}

impl Resolution {
    /// Whether an entry of `registries.conf` applies.
    pub fn is_matched(&self) -> bool {
        self.matched_prefix.is_some()
    }

    /// Whether that entry is blocked. Nodes may still use its mirrors.
    pub fn is_blocked(&self) -> bool {
        !self.blocked_by.is_empty()
    }

    /// Whether the image may run and a node has a place to pull it from, according to its name.
    pub fn is_pullable(&self) -> bool {
        let refused = self.policy.as_ref().is_some_and(|policy| policy.verdict == Verdict::Rejected);
        self.error.is_none() && !refused && self.reachable().next().is_some()
    }

    /// The same without the texts that cause it.
    #[must_use]
    pub fn outcome(&self) -> Self {
        let mut outcome = self.clone();
        outcome.matched_spans.clear();
        // The places say whether they are blocked.
        outcome.blocked_by.clear();
        for source in &mut outcome.sources {
            source.spans.clear();
            if let Some(blocker) = &mut source.blocked_by {
                blocker.spans.clear();
            }
        }
        for mirror in &mut outcome.passed_over {
            mirror.spans.clear();
            // The mirror is not used, so its TLS does not matter.
            mirror.insecure.spans.clear();
        }
        if let Some(ResolveError::Load(error)) = &mut outcome.error {
            error.spans.clear();
        }
        outcome
    }

    /// The names that the policy is searched for, the nearest first; the first one that it has decides.
    pub fn policy_names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let names = [&self.normalized, &self.repository].map(String::as_str);
        names_of_policy(names).take_while(|_| self.policy.is_some())
    }

    /// The places that the node contacts.
    pub fn reachable(&self) -> impl Iterator<Item = &PullSource> {
        self.sources.iter().filter(|source| source.blocked_by.is_none())
    }
}

impl Policy {
    /// The message of the runtime if it refuses the name.
    pub fn error(&self) -> Option<String> {
        let refused = self.refused.as_ref()?;
        Some(format!("Running image docker://{refused} is rejected by policy."))
    }
}

impl<'n> Resolver<'n> {
    /// Reads the files of a cluster's nodes; an error if the operator writes none.
    pub fn new(nodes: &'n Nodes) -> Result<Self, &'n Stop> {
        nodes.files.as_ref().map(Self::of_files)
    }

    /// Reads these files.
    pub fn of_files(files: &'n Files) -> Self {
        Self { files, registries: Registries::load(&files.registries_conf, files.search_registries.as_ref()) }
    }

    /// Reads these files together with those of a pool.
    pub fn of_pool(files: &'n Files, pool: &'n Pool) -> Self {
        Self { files, registries: Registries::load_pool(files, pool) }
    }

    /// The reaction of a node to `name`. A name without a registry means `docker.io`.
    pub fn resolve(&self, name: &str) -> Resolution {
        let mut resolution = Resolution { requested: name.to_owned(), ..Resolution::default() };
        if let Err(error) = self.fill(&mut resolution) {
            resolution.sources.clear();
            resolution.error = Some(error);
        }
        resolution
    }

    /// The reaction of a node to `name`, with the search list for a short name.
    pub fn resolve_all(&self, name: &str) -> Vec<Resolution> {
        self.candidates(name).iter().map(|name| self.resolve(name)).collect()
    }

    /// The names that `name` may mean, in the order in which nodes try them.
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
        resolution.normalized = reference.full();
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
                reference: resolution.normalized.clone(),
                location: reference.domain().to_owned(),
                insecure: false,
                pull_from_mirror: None,
                blocked_by: None,
                spans: Vec::new(),
            }),
        }
        // Whether the runtime refuses a policy because of the transport `atomic` depends on how it was built, so this is not
        // decided here.
        resolution.policy = Some(self.policy(&reference, &resolution.normalized));
        Ok(())
    }

    fn policy(&self, reference: &Reference, identity: &str) -> Policy {
        let policy = &self.files.policy_json;
        let mut names = names_of_policy([identity, reference.name()]);
        let found = names.find_map(|name| Some((policy.scopes.get(&name)?, name)));
        let (scope, name) = found.map_or((&policy.default, None), |(scope, name)| (scope, Some(name)));
        let PolicyScope { requirements, spans, by_release } = scope;
        let verdict = verdict(requirements);
        Policy {
            scope: name.map(Cow::into_owned),
            requirements: requirements.clone(),
            verdict,
            spans: spans.clone(),
            by_release: *by_release,
            refused: (verdict == Verdict::Rejected).then(|| reference.familiar()),
        }
    }
}

/// The names that a policy is searched for: the image, then its repository and everything around it.
fn names_of_policy([image, repository]: [&str; 2]) -> impl Iterator<Item = Cow<'_, str>> {
    std::iter::once(Cow::Borrowed(image)).chain(policy_names(repository))
}

fn source(registries: &Registries<'_>, endpoint: &Endpoint<'_>) -> PullSource {
    let blocker = registries.find(endpoint.reference.name()).filter(|found| found.entry.blocked.is_set());
    PullSource {
        reference: endpoint.reference.full(),
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

/// An image has to meet all requirements; the first one that it does not meet decides.
fn verdict(requirements: &[Requirement]) -> Verdict {
    let missed = requirements.iter().find(|requirement| **requirement != Requirement::InsecureAcceptAnything);
    match missed {
        None => Verdict::Accepted,
        Some(Requirement::Reject) => Verdict::Rejected,
        Some(_) => Verdict::IfSigned,
    }
}
