//! The format of `pullwarden plan --format json`.

use crate::report::nodes::place::Place;
use crate::report::nodes::render_json::NotRead;
use crate::report::plan::Revisions;
use schemars::JsonSchema;
use serde::Serialize;

/// What `pullwarden plan --format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden plan")]
pub(super) struct PlanJson<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    pub(super) version: u32,
    /// What the nodes of the worst cluster do.
    pub(super) outcome: &'static str,
    /// Which states of a repository are compared, where they come from Git.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revisions: Option<&'r Revisions>,
    /// The clusters, what hurts most first, then in the order of their names.
    pub(super) clusters: Vec<ClusterJson<'r>>,
    /// What could not be read of the new state; what is said of the clusters may be incomplete then.
    pub(super) not_read: Vec<NotRead>,
    /// What could not be read of the old state.
    pub(super) not_read_before: Vec<NotRead>,
}

/// What a change does to a cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cluster")]
pub(super) struct ClusterJson<'r> {
    /// Its name.
    pub(super) cluster: &'r str,
    /// `stops`, `unknown`, `reboot`, `drain`, `restart`, `reload`, `held` or `none`: the worst of its pools.
    pub(super) outcome: &'static str,
    /// `changed`: it is in both states; `added`, `removed`: in one of them.
    pub(super) presence: &'static str,
    /// Its name before, where that was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed_from: Option<&'r str>,
    /// A kustomization that one of the states cannot build; the outcome is `unknown` then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unbuilt: Option<UnbuiltJson<'r>>,
    /// Whether only the place of the files says that they belong to one cluster.
    pub(super) guessed: bool,
    /// The release that is planned for.
    pub(super) openshift: String,
    /// The state before.
    pub(super) old: StateJson,
    /// The state after.
    pub(super) new: StateJson,
    /// Its pools, in the order of their names.
    pub(super) pools: Vec<PoolJson<'r>>,
    /// What changes in the operator's files and in the certificates, entry by entry.
    pub(super) entries: Vec<EntryJson<'r>>,
    /// What it means for images, what hurts most first.
    pub(super) images: Vec<ImageJson<'r>>,
    /// What would be gentler, as planning its steps has proven.
    pub(super) gentler: Vec<GentlerJson<'r>>,
}

/// A kustomization that one of the states cannot build.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unbuilt")]
pub(super) struct UnbuiltJson<'r> {
    /// Its directory; empty for that of the repository.
    pub(super) root: &'r str,
    /// The state that cannot be built: `old` or `new`.
    pub(super) state: &'static str,
    /// Why.
    pub(super) message: &'r str,
    /// Where the build stops.
    pub(super) from: Vec<Place>,
}

/// An entry of a file that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub(super) struct EntryJson<'r> {
    /// The path of the file.
    pub(super) file: &'r str,
    /// The entry: a prefix, a scope, a registry; empty where it is about the file as a whole, or about a policy's default.
    pub(super) name: &'r str,
    /// `added`, `removed` or `changed`.
    pub(super) how: &'static str,
    /// What happens to it, in words.
    pub(super) what: String,
    /// The manifest texts behind what goes, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// The manifest texts behind what comes, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}

/// An image that is pulled in another way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Image")]
pub(super) struct ImageJson<'r> {
    /// Its name; of the release's own images the repository.
    pub(super) image: &'r str,
    /// `cut-off`, `needs-signature`, `elsewhere` or `freed`.
    pub(super) what: &'static str,
    /// Who names it: `release`, `workload` or `asked`.
    pub(super) by: &'static str,
    /// Where workloads do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) workloads: Vec<Place>,
    /// The places that a node asks before, in their order.
    pub(super) old: &'r [String],
    /// Those after.
    pub(super) new: &'r [String],
    /// The manifest texts that decide, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) from: Vec<Place>,
    /// The pools of which this is true; none where it is true of all.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) pools: &'r [String],
}

/// A gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gentler")]
pub(super) struct GentlerJson<'r> {
    /// `successor-first`, `keep-old` or `policy`.
    pub(super) way: &'static str,
    /// The objects of the old state that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) objects: Vec<&'r str>,
    /// Its steps: what to do, and what the nodes do then.
    pub(super) steps: Vec<StepJson>,
}

/// A step of a gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
pub(super) struct StepJson {
    /// What to do.
    #[serde(rename = "do")]
    pub(super) said: String,
    /// What the nodes do then.
    pub(super) outcome: &'static str,
}

/// What the operator says of a state.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "State")]
pub(super) struct StateJson {
    /// The operator's words when it stops: no file on any node changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The step that stops: `image`, `release-image` or `render`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_stage: Option<&'static str>,
    /// Behind `error`, the one to change first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) error_from: Vec<Place>,
    /// The operator's words when it leaves out blocked registries that the cluster's own release needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skipped_error: Option<String>,
    /// Behind `skipped_error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) skipped_from: Vec<Place>,
    /// The runtime's words when it does not load the registries: it keeps those that it has, and its next start fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) registries_conf_load_error: Option<String>,
}

/// What a change does to the nodes of a pool.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Pool")]
pub(super) struct PoolJson<'r> {
    /// Its name.
    pub(super) name: &'r str,
    /// `stops`, `unknown`, `held`, `reboot`, `drain`, `restart`, `reload` or `none`.
    pub(super) outcome: &'static str,
    /// The files that differ, in the order of their paths; null where the operator stops in either state.
    pub(super) diff_files: Option<Vec<&'r str>>,
    /// What the daemon does, in its own words, as a set in the order of the words; null where the operator stops.
    pub(super) actions: Option<Vec<String>>,
    /// Whether the nodes are drained; null where the operator stops. For a paused pool: once it is resumed.
    pub(super) drain: Option<bool>,
    /// Whether the nodes start anew; null where the operator stops. For a paused pool: once it is resumed.
    pub(super) reboot: Option<bool>,
    /// Whether `registries.conf` changes so little that pods could stay; null where the operator stops.
    pub(super) registries_conf_safe: Option<bool>,
    /// Whether the pool is paused.
    pub(super) paused: bool,
    /// What keeps the nodes from being drained: `single-node` or `override`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undrained: Option<&'static str>,
    /// How many nodes change at once, as the pool says; one where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_unavailable: Option<&'r str>,
    /// Why its machines are replaced by new ones: the fields that change; only where the control plane is hosted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Vec<FieldJson<'r>>>,
    /// How many nodes it has, where the configuration says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nodes: Option<u32>,
    /// How many nodes change at once, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_once: Option<u32>,
    /// How many times so many nodes change, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rounds: Option<u32>,
    /// What changes on the nodes, and what they do because of it.
    pub(super) changes: Vec<ChangeJson<'r>>,
    /// Why the change of `registries.conf` is not safe.
    pub(super) disruptions: Vec<DisruptionJson<'r>>,
}

/// A field that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
pub(super) struct FieldJson<'r> {
    /// Its path in the `NodePool` or in the `HostedCluster`.
    pub(super) field: &'r str,
    /// Where it stands.
    pub(super) from: Vec<Place>,
}

/// Something on the nodes that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub(super) struct ChangeJson<'r> {
    /// `file`, `unit`, `user` or `system`.
    pub(super) what: &'static str,
    /// The path or the name.
    pub(super) name: &'r str,
    /// `added`, `removed` or `changed`.
    pub(super) how: &'static str,
    /// What the nodes do because of it, in the daemon's words.
    pub(super) actions: Vec<String>,
    /// Who decides that: `operator`, `user` (a policy of a `MachineConfiguration`) or `nobody` (a node starts anew then).
    pub(super) decided_by: &'static str,
    /// The policy of the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) policy: Vec<Place>,
    /// The manifest texts behind it in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// Those in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}

/// A change of `registries.conf` that pods are not left on the node for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Disruption")]
pub(super) struct DisruptionJson<'r> {
    /// The entry, by its prefix or location; the path where it is about the whole file.
    pub(super) scope: &'r str,
    /// `entry-removed`, `entry-added`, `blocked`, `unblocked`, `insecure`, `secure`, `moved`, `mirror-removed`,
    /// `mirror-for-tags`, `search-list` or `unreadable`.
    pub(super) what: &'static str,
    /// The mirror, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mirror: Option<&'r str>,
    /// The manifest texts behind what goes, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// The manifest texts behind what comes, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}
