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
use std::io::{self, Write};

/// What `pullwarden resolve --format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden resolve")]
struct Resolved<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// Every image on every cluster, in the order of the images, then of the clusters.
    resolutions: Vec<ResolvedImage<'r>>,
    /// What could not be read; the answers may be incomplete then.
    not_read: Vec<NotRead>,
    /// Documents that were left alone, since a template fills in what they hold.
    templates: usize,
}

/// What the nodes of one cluster do with one image.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resolution")]
#[allow(clippy::struct_excessive_bools, reason = "it is the form of a report")]
struct ResolvedImage<'r> {
    /// The cluster.
    cluster: &'r str,
    /// The pools of nodes that do this, where not all nodes of the cluster do the same: then the cluster has several
    /// entries.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pools: &'r [&'r str],
    /// Files on nodes whose text or nodes are not known; what they say is not in the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_files: Vec<Place>,
    /// Whether only the place of the files says that they belong to one cluster.
    guessed: bool,
    /// The manifests hold no `Image` named `cluster`; it is taken to be empty, as the installer leaves it.
    image_assumed: bool,
    /// The answer counts on the `ClusterImagePolicy` named `openshift` that the release brings; no manifest holds it.
    image_policy_assumed: bool,
    /// Whether the image can be pulled, as far as its name tells: the policy does not refuse it, and there is a place
    /// to ask. For a short name, whether some candidate can.
    pullable: bool,
    /// What a node does with the name; of a short name, with what Docker takes it for.
    #[serde(flatten)]
    probe: Probe<'r>,
    /// For a short name: what it can mean on this cluster, in the order of its search list. The node's short-name mode
    /// and aliases decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<Probe<'r>>>,
}

/// What a node does with one name.
#[derive(Serialize, JsonSchema)]
struct Probe<'r> {
    /// The name as asked for.
    #[serde(rename = "ref")]
    reference: &'r str,
    /// The name in full, as it is pulled; empty when it is no image name.
    normalized: &'r str,
    /// Whether an entry of `registries.conf` decides.
    matched: bool,
    /// That entry, by its prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_prefix: Option<&'r str>,
    /// Whether that entry is blocked; its mirrors may still be asked.
    blocked: bool,
    /// Where the node looks, in order.
    sources: Vec<SourceJson<'r>>,
    /// The scope of `policy.json` that decides; `<default>` where none does, empty when the policy is not asked.
    policy_scope: &'r str,
    /// The names that the policy is asked for, until one is found.
    policy_lookup_order: &'r [String],
    /// The types of all that is asked of the image.
    policy_requirements: Vec<&'static str>,
    /// Whether the image may be run; null when its signatures decide, or the policy is not asked.
    policy_allowed: Option<bool>,
    /// What the runtime says when it refuses by the name alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_error: Option<String>,
    /// Why the node does not even look.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Mirrors that do not serve such pulls, and so are not asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<PassedOver<'r>>,
    /// The manifest texts behind all of it.
    causes: Causes,
}

/// A place where a node looks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
struct SourceJson<'r> {
    /// The image's name there.
    reference: &'r str,
    /// The `location` of the mirror or entry.
    location: &'r str,
    /// Whether TLS need not be verified.
    insecure: bool,
    /// `digest-only`, `tag-only` or `all` for a mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_from_mirror: Option<&'static str>,
    /// The entry that keeps the node from asking there, by its prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<&'r str>,
}

/// A mirror that does not serve such pulls.
#[derive(Serialize, JsonSchema)]
struct PassedOver<'r> {
    /// Its `location`.
    location: &'r str,
    /// `digest-only` or `tag-only`.
    pull_from_mirror: &'static str,
    /// What made it.
    from: Vec<Place>,
}

/// The manifest texts behind an answer.
#[derive(Default, Serialize, JsonSchema)]
struct Causes {
    /// Behind the entry of `registries.conf`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<Place>,
    /// What blocks it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<Place>,
    /// Behind each of `sources`, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceCauses>,
    /// Behind the scope of the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<Place>,
    /// Behind `error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error: Vec<Place>,
}

/// The manifest texts behind a place where a node looks.
#[derive(Serialize, JsonSchema)]
struct SourceCauses {
    /// What made it.
    from: Vec<Place>,
    /// What blocks it.
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

/// The JSON Schema of what is written.
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
        policy_lookup_order: policy.map_or(&[], |policy| &policy.lookup_order),
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
