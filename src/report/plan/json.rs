//! `pullwarden plan --format json`.

mod form;

use super::{Planned, words};
use crate::node::Skipped;
use crate::read::crd::NodeAction;
use crate::report::nodes::place::places;
use crate::report::nodes::render_json::not_read;
use crate::report::printable;
use crate::rollout::{
    Change, Changed, ClusterPlan, Decider, Disruption, DisruptionWhat, EntryChange, Gentler, GentlerWhat,
    How, ImageChange, ImageUser, ImageWhat, PoolPlan, Presence, Side, UnbuiltWhat, Undrained,
};
use crate::source::{Sources, Span};
use form::{
    ChangeJson, ClusterJson, DisruptionJson, EntryJson, FieldJson, GentlerJson, ImageJson, PlanJson,
    PoolJson, StateJson, StepJson, UnbuiltJson,
};
use std::io::{self, Write};

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

/// The JSON Schema of the output.
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
            what: match unbuilt.what {
                UnbuiltWhat::Kustomization => "kustomization",
                UnbuiltWhat::Chart => "chart",
                UnbuiltWhat::File => "file",
            },
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
