//! The format of `pullwarden plan --format json`.

use crate::report::nodes::place::Place;
use crate::report::nodes::render_json::NotRead;
use crate::report::plan::Revisions;
use schemars::JsonSchema;
use serde::Serialize;

/// The output of `pullwarden plan --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden plan")]
pub(super) struct PlanJson<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    pub(super) version: u32,
    /// The outcome of the worst cluster.
    pub(super) outcome: &'static str,
    /// The compared states of the repository, if they come from Git.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revisions: Option<&'r Revisions>,
    /// The clusters, the most severe outcome first, then in the order of their names.
    pub(super) clusters: Vec<ClusterJson<'r>>,
    /// Parts of the new state that could not be read. If there are any, the answers may be incomplete.
    pub(super) not_read: Vec<NotRead>,
    /// Parts of the old state that could not be read.
    pub(super) not_read_before: Vec<NotRead>,
}

/// The effect of a change on a cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cluster")]
pub(super) struct ClusterJson<'r> {
    /// Its name.
    pub(super) cluster: &'r str,
    /// `stops`, `unknown`, `reboot`, `drain`, `restart`, `reload`, `held` or `none`: the worst of its pools.
    pub(super) outcome: &'static str,
    /// `changed`: it is in both states; `added`, `removed`: in one of them.
    pub(super) presence: &'static str,
    /// Its old name, if it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed_from: Option<&'r str>,
    /// What cannot be read in one of the states; the outcome is then `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unbuilt: Option<UnbuiltJson<'r>>,
    /// Whether only paths suggest that the files belong to one cluster.
    pub(super) guessed: bool,
    /// The release that the plan assumes.
    pub(super) openshift: String,
    /// The old state.
    pub(super) old: StateJson,
    /// The new state.
    pub(super) new: StateJson,
    /// Its pools, in the order of their names.
    pub(super) pools: Vec<PoolJson<'r>>,
    /// The changes in the operator's files and in the certificates, entry by entry.
    pub(super) entries: Vec<EntryJson<'r>>,
    /// The effect on images, the most severe first.
    pub(super) images: Vec<ImageJson<'r>>,
    /// Gentler ways. Each is proven by a plan of its steps.
    pub(super) gentler: Vec<GentlerJson<'r>>,
}

/// A kustomization, a chart or a file that cannot be read in one of the states.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unbuilt")]
pub(super) struct UnbuiltJson<'r> {
    /// What it is: `kustomization`, `chart` or `file`.
    pub(super) what: &'static str,
    /// Its directory, which is empty for the root of the repository, or the name of the file.
    pub(super) root: &'r str,
    /// The state in which it cannot be read: `old` or `new`.
    pub(super) state: &'static str,
    /// The reason.
    pub(super) message: &'r str,
    /// The place where reading stops.
    pub(super) from: Vec<Place>,
}

/// A changed entry of a file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub(super) struct EntryJson<'r> {
    /// The path of the file.
    pub(super) file: &'r str,
    /// The entry: a prefix, a scope or a registry. Empty if the change is about the whole file or the default of a policy.
    pub(super) name: &'r str,
    /// `added`, `removed` or `changed`.
    pub(super) how: &'static str,
    /// The change, in words.
    pub(super) what: String,
    /// The texts of manifests for the old entry, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// The texts of manifests for the new entry, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}

/// An image that nodes pull in another way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Image")]
pub(super) struct ImageJson<'r> {
    /// Its name; for the release's own images, the repository.
    pub(super) image: &'r str,
    /// `cut-off`, `needs-signature`, `elsewhere` or `freed`.
    pub(super) what: &'static str,
    /// The origin of the name: `release`, `workload` or `asked`.
    pub(super) by: &'static str,
    /// The places in workloads with the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) workloads: Vec<Place>,
    /// The places from which nodes try to pull before the change, in order.
    pub(super) old: &'r [String],
    /// The places after the change.
    pub(super) new: &'r [String],
    /// The texts of manifests that decide, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) from: Vec<Place>,
    /// The pools with this effect; empty if all have it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) pools: &'r [String],
}

/// A gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gentler")]
pub(super) struct GentlerJson<'r> {
    /// `successor-first`, `keep-old` or `policy`.
    pub(super) way: &'static str,
    /// The objects of the old state that it changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) objects: Vec<&'r str>,
    /// Its steps, each with the reaction of the nodes.
    pub(super) steps: Vec<StepJson>,
}

/// A step of a gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
pub(super) struct StepJson {
    /// What to do.
    #[serde(rename = "do")]
    pub(super) said: String,
    /// The reaction of the nodes.
    pub(super) outcome: &'static str,
}

/// The operator's result for a state.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "State")]
pub(super) struct StateJson {
    /// The operator's message if it stops: no file on any node changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The step that fails: `image`, `release-image` or `render`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_stage: Option<&'static str>,
    /// The causes of `error`; the first one is the one to change first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) error_from: Vec<Place>,
    /// The operator's message if it leaves out blocked registries that the cluster's own release needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skipped_error: Option<String>,
    /// The causes of `skipped_error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) skipped_from: Vec<Place>,
    /// The runtime's message if it does not load the registries: it keeps the old ones, and does not start again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) registries_conf_load_error: Option<String>,
}

/// The effect of a change on the nodes of a pool.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Pool")]
pub(super) struct PoolJson<'r> {
    /// Its name.
    pub(super) name: &'r str,
    /// `stops`, `unknown`, `held`, `reboot`, `drain`, `restart`, `reload` or `none`.
    pub(super) outcome: &'static str,
    /// The files that differ, in the order of their paths; null if the operator stops in one of the states.
    pub(super) diff_files: Option<Vec<&'r str>>,
    /// The actions of the daemon, in its own words, sorted; null if the operator stops.
    pub(super) actions: Option<Vec<String>>,
    /// Whether the nodes are drained; null if the operator stops. For a paused pool: once it is resumed.
    pub(super) drain: Option<bool>,
    /// Whether the nodes reboot; null if the operator stops. For a paused pool: once it is resumed.
    pub(super) reboot: Option<bool>,
    /// Whether the change of `registries.conf` is safe, so that pods can stay; null if the operator stops.
    pub(super) registries_conf_safe: Option<bool>,
    /// Whether the pool is paused.
    pub(super) paused: bool,
    /// Why the nodes are not drained: `single-node` or `override`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undrained: Option<&'static str>,
    /// How many nodes change at once, according to the pool; the default is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_unavailable: Option<&'r str>,
    /// For a hosted control plane: the changed fields because of which the machines are replaced by new ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Vec<FieldJson<'r>>>,
    /// The number of its nodes, if the configuration says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nodes: Option<u32>,
    /// How many nodes change at once, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_once: Option<u32>,
    /// The number of rounds in which the nodes change, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rounds: Option<u32>,
    /// The changes on the nodes, and the reaction to each.
    pub(super) changes: Vec<ChangeJson<'r>>,
    /// Why the change of `registries.conf` is not safe.
    pub(super) disruptions: Vec<DisruptionJson<'r>>,
}

/// A changed field.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
pub(super) struct FieldJson<'r> {
    /// Its path in the `NodePool` or in the `HostedCluster`.
    pub(super) field: &'r str,
    /// Its place.
    pub(super) from: Vec<Place>,
}

/// A changed part of the nodes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub(super) struct ChangeJson<'r> {
    /// `file`, `unit`, `user` or `system`.
    pub(super) what: &'static str,
    /// The path or the name.
    pub(super) name: &'r str,
    /// `added`, `removed` or `changed`.
    pub(super) how: &'static str,
    /// The reaction of the nodes, in the words of the daemon.
    pub(super) actions: Vec<String>,
    /// Who decides about it: `operator`, `user` (a policy of a `MachineConfiguration`) or `nobody` (the node then reboots).
    pub(super) decided_by: &'static str,
    /// The policy of the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) policy: Vec<Place>,
    /// Its texts in manifests, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// Its texts in manifests, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}

/// A change of `registries.conf` because of which nodes are drained.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Disruption")]
pub(super) struct DisruptionJson<'r> {
    /// The entry, by its prefix or location; the path if the whole file is meant.
    pub(super) scope: &'r str,
    /// `entry-removed`, `entry-added`, `blocked`, `unblocked`, `insecure`, `secure`, `moved`, `mirror-removed`,
    /// `mirror-for-tags`, `search-list` or `unreadable`.
    pub(super) what: &'static str,
    /// The mirror, if the change is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mirror: Option<&'r str>,
    /// The texts of manifests for the old entry, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) old: Vec<Place>,
    /// The texts of manifests for the new entry, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Place>,
}
