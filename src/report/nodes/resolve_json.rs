//! `pullwarden resolve --format json`.

use super::place::{Place, places};
use super::render_json::{NotRead, not_read};
use super::{Gaps, ImageAnswer};
use crate::node::{PullFromMirror, Requirement};
use crate::pull::{Policy, Resolution, Verdict};
use crate::report::printable;
use crate::source::Sources;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// The output of `pullwarden resolve --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden resolve")]
struct Resolved<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// Every image on every cluster, in the order of the images, then of the clusters.
    resolutions: Vec<ResolvedImage<'r>>,
    /// Files and documents that could not be read. If there are any, the answers may be incomplete.
    not_read: Vec<NotRead>,
    /// The number of documents that were not checked, since a template still has to fill them in.
    templates: usize,
}

/// The reaction of one cluster's nodes to one image.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resolution")]
#[allow(clippy::struct_excessive_bools, reason = "it is the form of a report")]
struct ResolvedImage<'r> {
    /// The cluster.
    cluster: &'r str,
    /// The pools whose nodes do this. If the nodes of a cluster differ, the cluster has several entries.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pools: &'r [&'r str],
    /// Files on nodes whose text or nodes are unknown. Their effect is not in the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_files: Vec<Place>,
    /// Whether only paths suggest that the files belong to one cluster.
    guessed: bool,
    /// The manifests contain no `Image` named `cluster`; the empty one of the installer is assumed.
    image_assumed: bool,
    /// The answer includes the `ClusterImagePolicy` named `openshift` of the release, which no manifest contains.
    image_policy_assumed: bool,
    /// Whether the image can be pulled, according to its name: the policy does not refuse it, and there is a place to pull
    /// it from. For a short name, whether this is true for one of the candidates.
    pullable: bool,
    /// The reaction of a node to the name; for a short name, to the name that Docker reads.
    #[serde(flatten)]
    probe: Probe<'r>,
    /// For a short name: the names that it may mean on this cluster, in the order of the search list. The short-name mode
    /// and the aliases of the node decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<Probe<'r>>>,
}

/// The reaction of a node to one name.
#[derive(Serialize, JsonSchema)]
struct Probe<'r> {
    /// The name as given.
    #[serde(rename = "ref")]
    reference: &'r str,
    /// The full name that is pulled; empty if it is not an image name.
    normalized: &'r str,
    /// Whether an entry of `registries.conf` applies.
    matched: bool,
    /// The prefix of that entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_prefix: Option<&'r str>,
    /// Whether that entry is blocked. Nodes may still use its mirrors.
    blocked: bool,
    /// The places where the node looks, in order.
    sources: Vec<SourceJson<'r>>,
    /// The scope of `policy.json` that applies; `<default>` if none does, and empty if the node does not check the policy.
    policy_scope: &'r str,
    /// The names for which the policy is searched, up to the first one that it has.
    policy_lookup_order: Vec<Cow<'r, str>>,
    /// The types of all requirements for the image.
    policy_requirements: Vec<&'static str>,
    /// Whether the image may run; null if its signatures decide, or if the node does not check the policy.
    policy_allowed: Option<bool>,
    /// The message of the runtime if it refuses the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_error: Option<String>,
    /// The reason why the node does not look for the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Mirrors that nodes skip, since they are for another kind of pull.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<PassedOver<'r>>,
    /// The texts of manifests that are the causes.
    causes: Causes,
}

/// A place where a node looks for the image.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
struct SourceJson<'r> {
    /// The name of the image in this place.
    reference: &'r str,
    /// The `location` of the mirror or entry.
    location: &'r str,
    /// Whether TLS may be unverified.
    insecure: bool,
    /// `digest-only`, `tag-only` or `all` for a mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_from_mirror: Option<&'static str>,
    /// The prefix of the entry that blocks this place.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<&'r str>,
}

/// A mirror for another kind of pull.
#[derive(Serialize, JsonSchema)]
struct PassedOver<'r> {
    /// Its `location`.
    location: &'r str,
    /// `digest-only` or `tag-only`.
    pull_from_mirror: &'static str,
    /// The texts from which it is made.
    from: Vec<Place>,
}

/// The texts of manifests that are the causes of an answer.
#[derive(Default, Serialize, JsonSchema)]
struct Causes {
    /// The causes of the entry of `registries.conf`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<Place>,
    /// The texts that block it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<Place>,
    /// The causes of each of `sources`, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceCauses>,
    /// The causes of the scope of the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<Place>,
    /// The causes of `error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error: Vec<Place>,
}

/// The texts of manifests that are the causes of a place.
#[derive(Serialize, JsonSchema)]
struct SourceCauses {
    /// The texts from which it is made.
    from: Vec<Place>,
    /// The texts that block it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocked_by: Vec<Place>,
}

/// Writes all answers.
pub fn write(
    answers: &[ImageAnswer<'_>],
    gaps: &Gaps,
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    let resolutions = answers.iter().map(|answer| resolution(answer, sources)).collect();
    let (not_read, templates) = (not_read(gaps, sources), gaps.templates);
    printable::write(&Resolved { version: 1, resolutions, not_read, templates }, out)
}

/// The JSON Schema of the output.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Resolved<'static>).to_value()
}

fn resolution<'r>(answer: &'r ImageAnswer<'_>, sources: &Sources) -> ResolvedImage<'r> {
    let mut probe = probe(&answer.resolution, sources);
    if let Err(stop) = &answer.view.nodes.files {
        probe.error = Some(stop.to_string());
        probe.causes.error = places(sources, &stop.spans());
    }
    let candidates = answer.candidates.as_ref();
    ResolvedImage {
        cluster: &answer.view.cluster.name,
        pools: &answer.pools,
        unknown_files: places(sources, &answer.view.nodes.pools.unknown_files()),
        guessed: answer.view.is_guessed(),
        image_assumed: answer.view.image_assumed,
        image_policy_assumed: answer.view.image_policy_assumed(),
        pullable: answer.is_pullable(),
        probe,
        candidates: candidates
            .map(|candidates| candidates.iter().map(|candidate| self::probe(candidate, sources)).collect()),
    }
}

fn probe<'r>(resolution: &'r Resolution, sources: &Sources) -> Probe<'r> {
    let policy = resolution.policy.as_ref();
    Probe {
        reference: &resolution.requested,
        normalized: &resolution.normalized,
        matched: resolution.is_matched(),
        matched_prefix: resolution.matched_prefix.as_deref(),
        blocked: resolution.is_blocked(),
        sources: resolution
            .sources
            .iter()
            .map(|source| SourceJson {
                reference: &source.reference,
                location: &source.location,
                insecure: source.insecure,
                pull_from_mirror: source.pull_from_mirror.map(PullFromMirror::as_str),
                blocked_by: source.blocked_by.as_ref().map(|blocker| blocker.prefix.as_str()),
            })
            .collect(),
        policy_scope: policy.map_or("", |policy| policy.scope.as_deref().unwrap_or("<default>")),
        policy_lookup_order: resolution.policy_names().collect(),
        policy_requirements: policy
            .map(|policy| policy.requirements.iter().map(Requirement::type_name).collect())
            .unwrap_or_default(),
        policy_allowed: policy.and_then(|policy| match policy.verdict {
            Verdict::Accepted => Some(true),
            Verdict::Rejected => Some(false),
            Verdict::IfSigned => None,
        }),
        policy_error: policy.and_then(Policy::error),
        error: resolution.error.as_ref().map(ToString::to_string),
        passed_over: resolution
            .passed_over
            .iter()
            .map(|mirror| PassedOver {
                location: &mirror.location,
                pull_from_mirror: mirror.pull_from_mirror.as_str(),
                from: places(sources, &mirror.spans),
            })
            .collect(),
        causes: causes(resolution, sources),
    }
}

fn causes(resolution: &Resolution, sources: &Sources) -> Causes {
    Causes {
        entry: places(sources, &resolution.matched_spans),
        blocked: places(sources, &resolution.blocked_by),
        sources: resolution
            .sources
            .iter()
            .map(|source| SourceCauses {
                from: places(sources, &source.spans),
                blocked_by: source
                    .blocked_by
                    .as_ref()
                    .map(|blocker| places(sources, &blocker.spans))
                    .unwrap_or_default(),
            })
            .collect(),
        policy: resolution.policy.as_ref().map(|policy| places(sources, &policy.spans)).unwrap_or_default(),
        error: places(sources, resolution.error.as_ref().map_or(&[], |error| error.spans())),
    }
}
