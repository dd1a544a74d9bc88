//! `pullwarden plan --format json`.

use super::{Planned, Revisions, words};
use crate::node::Skipped;
use crate::read::crd::NodeAction;
use crate::report::nodes::place::{Place, places};
use crate::report::nodes::render_json::{NotRead, not_read};
use crate::report::printable;
use crate::rollout::{
    Change, Changed, ClusterPlan, Decider, Disruption, DisruptionWhat, EntryChange, Gentler, GentlerWhat,
    How, ImageChange, ImageUser, ImageWhat, PoolPlan, Presence, Side, Undrained,
};
use crate::source::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// What `pullwarden plan --format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pullwarden plan")]
struct PlanJson<'r> {
    /// The version of this format; it changes when a field changes its meaning or goes.
    version: u32,
    /// What the nodes of the worst cluster do.
    outcome: &'static str,
    /// Which states of a repository are compared, where they come from Git.
    #[serde(skip_serializing_if = "Option::is_none")]
    revisions: Option<&'r Revisions>,
    /// The clusters, what hurts most first, then in the order of their names.
    clusters: Vec<ClusterJson<'r>>,
    /// What could not be read of the new state; what is said of the clusters may be incomplete then.
    not_read: Vec<NotRead>,
    /// What could not be read of the old state.
    not_read_before: Vec<NotRead>,
}

/// What a change does to a cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cluster")]
struct ClusterJson<'r> {
    /// Its name.
    cluster: &'r str,
    /// `stops`, `unknown`, `reboot`, `drain`, `restart`, `reload`, `held` or `none`: the worst of its pools.
    outcome: &'static str,
    /// `changed`: it is in both states; `added`, `removed`: in one of them.
    presence: &'static str,
    /// Its name before, where that was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_from: Option<&'r str>,
    /// A kustomization that one of the states cannot build; the outcome is `unknown` then.
    #[serde(skip_serializing_if = "Option::is_none")]
    unbuilt: Option<UnbuiltJson<'r>>,
    /// Whether only the place of the files says that they belong to one cluster.
    guessed: bool,
    /// The release that is planned for.
    openshift: String,
    /// The state before.
    old: StateJson,
    /// The state after.
    new: StateJson,
    /// Its pools, in the order of their names.
    pools: Vec<PoolJson<'r>>,
    /// What changes in the operator's files and in the certificates, entry by entry.
    entries: Vec<EntryJson<'r>>,
    /// What it means for images, what hurts most first.
    images: Vec<ImageJson<'r>>,
    /// What would be gentler, as planning its steps has proven.
    gentler: Vec<GentlerJson<'r>>,
}

/// A kustomization that one of the states cannot build.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unbuilt")]
struct UnbuiltJson<'r> {
    /// Its directory; empty for that of the repository.
    root: &'r str,
    /// The state that cannot be built: `old` or `new`.
    state: &'static str,
    /// Why.
    message: &'r str,
    /// Where the build stops.
    from: Vec<Place>,
}

/// An entry of a file that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
struct EntryJson<'r> {
    /// The path of the file.
    file: &'r str,
    /// The entry: a prefix, a scope, a registry; empty where it is about the file as a whole, or about a policy's default.
    name: &'r str,
    /// `added`, `removed` or `changed`.
    how: &'static str,
    /// What happens to it, in words.
    what: String,
    /// The manifest texts behind what goes, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old: Vec<Place>,
    /// The manifest texts behind what comes, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new: Vec<Place>,
}

/// An image that is pulled in another way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Image")]
struct ImageJson<'r> {
    /// Its name; of the release's own images the repository.
    image: &'r str,
    /// `cut-off`, `needs-signature`, `elsewhere` or `freed`.
    what: &'static str,
    /// Who names it: `release`, `workload` or `asked`.
    by: &'static str,
    /// Where workloads do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workloads: Vec<Place>,
    /// The places that a node asks before, in their order.
    old: &'r [String],
    /// Those after.
    new: &'r [String],
    /// The manifest texts that decide, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<Place>,
    /// The pools of which this is true; none where it is true of all.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pools: &'r [String],
}

/// A gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gentler")]
struct GentlerJson<'r> {
    /// `successor-first`, `keep-old` or `policy`.
    way: &'static str,
    /// The objects of the old state that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<&'r str>,
    /// Its steps: what to do, and what the nodes do then.
    steps: Vec<StepJson>,
}

/// A step of a gentler way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepJson {
    /// What to do.
    #[serde(rename = "do")]
    said: String,
    /// What the nodes do then.
    outcome: &'static str,
}

/// What the operator says of a state.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "State")]
struct StateJson {
    /// The operator's words when it stops: no file on any node changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The step that stops: `image`, `release-image` or `render`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_stage: Option<&'static str>,
    /// Behind `error`, the one to change first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error_from: Vec<Place>,
    /// The operator's words when it leaves out blocked registries that the cluster's own release needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped_error: Option<String>,
    /// Behind `skipped_error`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped_from: Vec<Place>,
    /// The runtime's words when it does not load the registries: it keeps those that it has, and its next start fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    registries_conf_load_error: Option<String>,
}

/// What a change does to the nodes of a pool.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Pool")]
struct PoolJson<'r> {
    /// Its name.
    name: &'r str,
    /// `stops`, `unknown`, `held`, `reboot`, `drain`, `restart`, `reload` or `none`.
    outcome: &'static str,
    /// The files that differ, in the order of their paths; null where the operator stops in either state.
    diff_files: Option<Vec<&'r str>>,
    /// What the daemon does, in its own words, as a set in the order of the words; null where the operator stops.
    actions: Option<Vec<String>>,
    /// Whether the nodes are drained; null where the operator stops. For a paused pool: once it is resumed.
    drain: Option<bool>,
    /// Whether the nodes start anew; null where the operator stops. For a paused pool: once it is resumed.
    reboot: Option<bool>,
    /// Whether `registries.conf` changes so little that pods could stay; null where the operator stops.
    registries_conf_safe: Option<bool>,
    /// Whether the pool is paused.
    paused: bool,
    /// What keeps the nodes from being drained: `single-node` or `override`.
    #[serde(skip_serializing_if = "Option::is_none")]
    undrained: Option<&'static str>,
    /// How many nodes change at once, as the pool says; one where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_unavailable: Option<&'r str>,
    /// Why its machines are replaced by new ones: the fields that change; only where the control plane is hosted.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<Vec<FieldJson<'r>>>,
    /// How many nodes it has, where the configuration says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<u32>,
    /// How many nodes change at once, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_once: Option<u32>,
    /// How many times so many nodes change, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    rounds: Option<u32>,
    /// What changes on the nodes, and what they do because of it.
    changes: Vec<ChangeJson<'r>>,
    /// Why the change of `registries.conf` is not safe.
    disruptions: Vec<DisruptionJson<'r>>,
}

/// A field that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
struct FieldJson<'r> {
    /// Its path in the `NodePool` or in the `HostedCluster`.
    field: &'r str,
    /// Where it stands.
    from: Vec<Place>,
}

/// Something on the nodes that changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeJson<'r> {
    /// `file`, `unit`, `user` or `system`.
    what: &'static str,
    /// The path or the name.
    name: &'r str,
    /// `added`, `removed` or `changed`.
    how: &'static str,
    /// What the nodes do because of it, in the daemon's words.
    actions: Vec<String>,
    /// Who decides that: `operator`, `user` (a policy of a `MachineConfiguration`) or `nobody` (a node starts anew then).
    decided_by: &'static str,
    /// The policy of the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<Place>,
    /// The manifest texts behind it in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old: Vec<Place>,
    /// Those in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new: Vec<Place>,
}

/// A change of `registries.conf` that pods are not left on the node for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Disruption")]
struct DisruptionJson<'r> {
    /// The entry, by its prefix or location; the path where it is about the whole file.
    scope: &'r str,
    /// `entry-removed`, `entry-added`, `blocked`, `unblocked`, `insecure`, `secure`, `moved`, `mirror-removed`,
    /// `mirror-for-tags`, `search-list` or `unreadable`.
    what: &'static str,
    /// The mirror, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<&'r str>,
    /// The manifest texts behind what goes, in the old state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old: Vec<Place>,
    /// The manifest texts behind what comes, in the new state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new: Vec<Place>,
}

/// Writes the plan.
pub fn write(planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sources = planned.sources;
    let plan = PlanJson {
        version: 1,
        outcome: planned.plan.outcome().as_str(),
        revisions: planned.revisions,
        clusters: planned.plan.worst_first().into_iter().map(|each| cluster(each, sources)).collect(),
        not_read: not_read(planned.after, sources),
        not_read_before: not_read(planned.before, sources),
    };
    printable::write(&plan, out)
}

/// The JSON Schema of what is written.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(PlanJson<'static>).to_value()
}

/// The entry of one cluster.
pub fn of_cluster(plan: &ClusterPlan<'_>, sources: &Sources) -> serde_json::Value {
    serde_json::to_value(cluster(plan, sources)).unwrap_or_default()
}

fn cluster<'r>(plan: &'r ClusterPlan<'_>, sources: &Sources) -> ClusterJson<'r> {
    ClusterJson {
        cluster: plan.name,
        outcome: plan.outcome.as_str(),
        presence: match plan.presence {
            _ if plan.unbuilt.is_some() => "changed",
            Presence::Both | Presence::Renamed(_) => "changed",
            Presence::Added => "added",
            Presence::Removed => "removed",
        },
        renamed_from: match plan.presence {
            Presence::Renamed(from) => Some(from),
            _ => None,
        },
        unbuilt: plan.unbuilt.as_ref().map(|unbuilt| UnbuiltJson {
            root: &unbuilt.root,
            state: if unbuilt.is_after { "new" } else { "old" },
            message: &unbuilt.message,
            from: places(sources, &[unbuilt.span]),
        }),
        guessed: plan.is_guessed(),
        openshift: plan.after.cluster.version().to_string(),
        old: state(&plan.before, sources),
        new: state(&plan.after, sources),
        pools: plan.pools.iter().map(|each| pool(each, sources)).collect(),
        entries: plan.entries.iter().map(|each| entry(each, sources)).collect(),
        images: plan.images.iter().map(|each| image(each, sources)).collect(),
        gentler: plan.gentler.iter().map(gentler).collect(),
    }
}

fn entry<'r>(change: &'r EntryChange, sources: &Sources) -> EntryJson<'r> {
    let (mark, what) = words::entry(change);
    EntryJson {
        file: &change.file,
        name: &change.name,
        how: match mark {
            '+' => "added",
            '-' => "removed",
            _ => "changed",
        },
        what,
        old: places(sources, &change.before),
        new: places(sources, &change.after),
    }
}

fn image<'r>(change: &'r ImageChange, sources: &Sources) -> ImageJson<'r> {
    let (by, workloads) = match &change.user {
        ImageUser::Release => ("release", Vec::new()),
        ImageUser::Workloads(spans) => ("workload", places(sources, spans)),
        ImageUser::Asked => ("asked", Vec::new()),
    };
    ImageJson {
        image: match change.user {
            ImageUser::Release => change.name.split('@').next().unwrap_or_default(),
            _ => &change.name,
        },
        what: match change.what {
            ImageWhat::CutOff => "cut-off",
            ImageWhat::NeedsSignature => "needs-signature",
            ImageWhat::Elsewhere => "elsewhere",
            ImageWhat::Freed => "freed",
        },
        by,
        workloads,
        old: &change.before,
        new: &change.after,
        from: places(sources, &change.why),
        pools: &change.pools,
    }
}

fn gentler(gentler: &Gentler) -> GentlerJson<'_> {
    let (way, objects) = match &gentler.what {
        GentlerWhat::SuccessorFirst(objects) => ("successor-first", objects.as_slice()),
        GentlerWhat::KeepOld(objects) => ("keep-old", objects.as_slice()),
        GentlerWhat::Policy(_) => ("policy", [].as_slice()),
    };
    let said = words::gentler(gentler).into_iter().zip(&gentler.steps);
    GentlerJson {
        way,
        objects: objects.iter().map(|(name, _)| name.as_str()).collect(),
        steps: said.map(|(said, outcome)| StepJson { said, outcome: outcome.as_str() }).collect(),
    }
}

fn state(side: &Side<'_>, sources: &Sources) -> StateJson {
    let stop = side.stop();
    let skipped = side.nodes.skipped.as_ref();
    let load_error = side.nodes.files.as_ref().ok().and_then(|files| files.registries_load_error.as_ref());
    StateJson {
        error: stop.map(ToString::to_string),
        error_stage: stop.map(|stop| stop.stage().as_str()),
        error_from: places(sources, &stop.map(crate::node::Stop::spans).unwrap_or_default()),
        skipped_error: skipped.map(ToString::to_string),
        skipped_from: places(sources, &skipped.map(Skipped::spans).unwrap_or_default()),
        registries_conf_load_error: load_error.map(ToString::to_string),
    }
}

fn pool<'r>(plan: &'r PoolPlan, sources: &Sources) -> PoolJson<'r> {
    let rollout = plan.rollout.as_ref();
    PoolJson {
        name: &plan.name,
        outcome: plan.outcome.as_str(),
        diff_files: rollout.map(|rollout| rollout.diff_files().collect()),
        actions: rollout.map(|rollout| rollout.actions().iter().map(NodeAction::name).collect()),
        drain: rollout.map(crate::rollout::Rollout::drains),
        reboot: rollout.map(crate::rollout::Rollout::reboots),
        registries_conf_safe: rollout.map(crate::rollout::Rollout::is_safe),
        paused: plan.paused.is_some(),
        undrained: rollout.and_then(|rollout| rollout.undrained).map(|undrained| match undrained {
            Undrained::SingleNode => "single-node",
            Undrained::Override(_) => "override",
        }),
        max_unavailable: plan.max_unavailable.as_ref().map(|set| set.value.as_str()),
        replaced: plan.replaced.as_ref().map(|replaced| {
            let fields = replaced.causes.iter();
            fields.map(|(field, span)| FieldJson { field, from: places(sources, &[*span]) }).collect()
        }),
        nodes: plan.nodes,
        at_once: plan.at_once(),
        rounds: plan.rounds(),
        changes: rollout.into_iter().flat_map(|it| &it.changes).map(|each| change(each, sources)).collect(),
        disruptions: rollout
            .into_iter()
            .flat_map(|rollout| &rollout.disruptions)
            .map(|each| disruption(each, sources))
            .collect(),
    }
}

fn change<'r>(change: &'r Change, sources: &Sources) -> ChangeJson<'r> {
    let policy: Vec<Span> = match change.decider {
        Decider::User(span) => vec![span],
        Decider::Operator | Decider::Nobody => Vec::new(),
    };
    ChangeJson {
        what: match change.what {
            Changed::File => "file",
            Changed::Unit => "unit",
            Changed::User => "user",
            Changed::System => "system",
        },
        name: &change.name,
        how: match change.how {
            How::Added => "added",
            How::Removed => "removed",
            How::Changed => "changed",
        },
        actions: change.actions.iter().map(crate::read::crd::NodeAction::name).collect(),
        decided_by: match change.decider {
            Decider::Operator => "operator",
            Decider::User(_) => "user",
            Decider::Nobody => "nobody",
        },
        policy: places(sources, &policy),
        old: places(sources, &change.before),
        new: places(sources, &change.after),
    }
}

fn disruption<'r>(disruption: &'r Disruption, sources: &Sources) -> DisruptionJson<'r> {
    let (what, mirror) = match &disruption.what {
        DisruptionWhat::Removed => ("entry-removed", None),
        DisruptionWhat::Added(_) => ("entry-added", None),
        DisruptionWhat::Blocked(true) => ("blocked", None),
        DisruptionWhat::Blocked(false) => ("unblocked", None),
        DisruptionWhat::Insecure(true) => ("insecure", None),
        DisruptionWhat::Insecure(false) => ("secure", None),
        DisruptionWhat::Moved => ("moved", None),
        DisruptionWhat::MirrorRemoved(mirror) => ("mirror-removed", Some(mirror.as_str())),
        DisruptionWhat::MirrorForTags(mirror) => ("mirror-for-tags", Some(mirror.as_str())),
        DisruptionWhat::Search => ("search-list", None),
        DisruptionWhat::Unreadable => ("unreadable", None),
    };
    let at = places(sources, &disruption.spans);
    let (old, new) = if disruption.what.is_of_old() { (at, Vec::new()) } else { (Vec::new(), at) };
    DisruptionJson { scope: &disruption.scope, what, mirror, old, new }
}
