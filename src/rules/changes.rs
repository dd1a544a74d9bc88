//! Findings about a change, which compare two states of a cluster. Only `pullwarden plan` runs these.

use crate::finding::{Effect, Finding};
use crate::node::pools::nodes_of;
use crate::node::{RegistryEntry, nesting};
use crate::read::crd::{Kind, MirrorKind, NodeAction};
use crate::rollout::{
    Change, Changed, ClusterPlan, Decider, Disruption, DisruptionWhat, ImageUser, ImageWhat, PoolPlan,
    Presence, Rollout,
};
use crate::rules::rule::{Category, Meta, Severity};
use crate::source::Span;
use std::collections::{BTreeMap, HashSet};

/// A change after which nodes reboot.
pub static REBOOT_PREDICTED: Meta = Meta::recommended(
    "reboot-predicted",
    "a change after which nodes reboot",
    Category::Changes,
    Severity::Warning,
    "0.2.0",
);
/// A change after which nodes are drained.
pub static DRAIN_PREDICTED: Meta = Meta::recommended(
    "drain-predicted",
    "a change after which nodes are drained",
    Category::Changes,
    Severity::Note,
    "0.2.0",
);
/// A change at which the operator stops.
pub static FREEZE_INTRODUCED: Meta = Meta::recommended(
    "freeze-introduced",
    "a change at which the operator stops",
    Category::Changes,
    Severity::Error,
    "0.2.0",
);
/// A change that removes an ICSP before its sources have other mirrors.
pub static ICSP_REMOVED_BEFORE_IDMS: Meta = Meta::recommended(
    "icsp-removed-before-idms",
    "an ICSP that is removed before a mirror set has its sources",
    Category::Changes,
    Severity::Warning,
    "0.2.0",
);
/// A change after which images can no longer be pulled.
pub static IMAGES_CUT_OFF: Meta = Meta::recommended(
    "images-cut-off",
    "an image that nodes can no longer pull after the change",
    Category::Changes,
    Severity::Error,
    "0.2.0",
);

/// What happens to the nodes of a pool while they are drained or rebooted.
const IN_TURN: &str =
    "each pool changes `maxUnavailable` nodes at a time, and their pods move to other nodes";

/// The findings about the change of a cluster. Spans may lie in either state.
pub fn findings(plan: &ClusterPlan<'_>) -> Vec<(&'static Meta, Finding)> {
    let mut found = Vec::new();
    if plan.unbuilt.is_some() {
        return found;
    }
    if let (Some(stop), None) = (plan.after.stop(), plan.before.stop()) {
        found.extend(freeze(&stop.spans(), &stop.to_string()));
    }
    found.extend(reboots(plan));
    found.extend(drains(plan));
    found.extend(lost_sources(plan));
    found.extend(cut_off(plan));
    found
}

fn freeze(spans: &[Span], words: &str) -> Option<(&'static Meta, Finding)> {
    let (first, others) = spans.split_first()?;
    let message = "the Machine Config Operator stops at this, and no node changes any more";
    let mut finding = Finding::new(*first, message);
    finding.effect(Effect::Freezes).stands_alone();
    for other in others {
        finding.related(*other, "together with this");
    }
    finding.help(format!(
        "fix this before the merge; only the log of the operator reports `{words}`, and nodes keep their \
         old files"
    ));
    Some((&FREEZE_INTRODUCED, finding))
}

/// The pools whose rollouts are known and not paused.
fn rollouts<'p>(plan: &'p ClusterPlan<'_>) -> impl Iterator<Item = (&'p PoolPlan, &'p Rollout)> {
    let open = plan.pools.iter().filter(|pool| pool.paused.is_none());
    open.filter_map(|pool| Some((pool, pool.rollout.as_ref()?)))
}

/// The affected nodes, in words: every node, or those of some pools.
fn nodes(plan: &ClusterPlan<'_>, pools: &[&str]) -> String {
    match pools {
        _ if pools.len() == plan.pools.len() => "every node".to_owned(),
        [only] => format!("every `{only}` node"),
        several => format!("every node of {}", crate::finding::listed(several.iter().copied())),
    }
}

fn reboots(plan: &ClusterPlan<'_>) -> Vec<(&'static Meta, Finding)> {
    let found = asked_for(plan, rollouts(plan), &NodeAction::Reboot, &REBOOT);
    found.into_iter().map(|finding| (&REBOOT_PREDICTED, finding)).collect()
}

/// The findings about changes after which nodes act, one for each change.
fn asked_for<'p>(
    plan: &ClusterPlan<'_>,
    rollouts: impl Iterator<Item = (&'p PoolPlan, &'p Rollout)>,
    action: &NodeAction,
    words: &Words,
) -> Vec<Finding> {
    let mut changes: BTreeMap<&str, (&Change, Vec<&str>)> = BTreeMap::new();
    for (pool, rollout) in rollouts {
        for change in rollout.changes.iter().filter(|change| change.actions.contains(action)) {
            changes.entry(&change.name).or_insert((change, Vec::new())).1.push(&pool.name);
        }
    }
    let said = changes.into_values().filter_map(|(change, pools)| {
        let span = change.after.first().or(change.before.first())?;
        let why = format!("{} changes", thing(change));
        let mut finding = words.finding(*span, &change.name, &nodes(plan, &pools), &why);
        if let Decider::User(span) = change.decider {
            finding.related(span, format!("this policy asks for the {}", words.noun));
        }
        Some(finding)
    });
    said.collect()
}

fn thing(change: &Change) -> String {
    match change.what {
        Changed::File => format!("`{}`", change.name),
        Changed::Unit => format!("the unit `{}`", change.name),
        Changed::User => format!("the user `{}`", change.name),
        Changed::System => format!("the system file `{}`", change.name),
    }
}

fn drains(plan: &ClusterPlan<'_>) -> Vec<(&'static Meta, Finding)> {
    let draining = || rollouts(plan).filter(|(_, rollout)| rollout.drains() && !rollout.reboots());
    let mut disruptions: Vec<(&Disruption, Vec<&str>)> = Vec::new();
    for (pool, rollout) in draining().filter(|(_, rollout)| rollout.drains_for_registries()) {
        for disruption in &rollout.disruptions {
            match disruptions.iter_mut().find(|(known, _)| *known == disruption) {
                Some((_, pools)) => pools.push(&pool.name),
                None => disruptions.push((disruption, vec![&pool.name])),
            }
        }
    }
    let of_registries = disruptions.into_iter().filter_map(|(disruption, pools)| {
        let (span, who) = (disruption.spans.first()?, nodes(plan, &pools));
        Some(DRAIN.finding(*span, &disruption.scope, &who, &reason(disruption)))
    });
    let of_files = asked_for(plan, draining(), &NodeAction::Drain, &DRAIN);
    of_registries.chain(of_files).map(|finding| (&DRAIN_PREDICTED, finding)).collect()
}

/// The words for an action of nodes that has to be planned.
struct Words {
    verb: &'static str,
    noun: &'static str,
}

const REBOOT: Words = Words { verb: "reboots", noun: "reboot" };
const DRAIN: Words = Words { verb: "is drained", noun: "drain" };

impl Words {
    fn finding(&self, span: Span, subject: &str, who: &str, why: &str) -> Finding {
        let Self { verb, noun } = self;
        let mut finding = Finding::new(span, format!("{who} {verb}, since {why}"));
        finding
            .subject(subject)
            .stands_alone()
            .help(format!("merge this when a {noun} of these nodes is planned; {IN_TURN}"));
        finding
    }
}

fn reason(disruption: &Disruption) -> String {
    let scope = &disruption.scope;
    match &disruption.what {
        DisruptionWhat::Removed => format!("`{scope}` is removed from `registries.conf`"),
        DisruptionWhat::Added(_) => {
            format!("`{scope}` is added to `registries.conf`, not only with mirrors for digests")
        }
        DisruptionWhat::Blocked(true) => format!("`{scope}` is blocked"),
        DisruptionWhat::Blocked(false) => format!("`{scope}` is no longer blocked"),
        DisruptionWhat::Insecure(true) => format!("`{scope}` becomes insecure"),
        DisruptionWhat::Insecure(false) => format!("`{scope}` is no longer insecure"),
        DisruptionWhat::Moved => format!("`{scope}` gets another location"),
        DisruptionWhat::MirrorRemoved(mirror) => format!("`{scope}` loses the mirror `{mirror}`"),
        DisruptionWhat::MirrorForTags(mirror) => format!("`{scope}` gets the mirror `{mirror}` for tags"),
        DisruptionWhat::Search => "the search list of `registries.conf` changes".to_owned(),
        DisruptionWhat::Unreadable => format!("the new entry of `{scope}` is not known"),
    }
}

/// The sources of an `ImageContentSourcePolicy` that have no mirrors after the change.
fn lost_sources(plan: &ClusterPlan<'_>) -> Vec<(&'static Meta, Finding)> {
    let mut said: Vec<(&'static Meta, Finding)> = Vec::new();
    let (Ok(before), Ok(after)) = (&plan.before.nodes.files, &plan.after.nodes.files) else { return said };
    let with_mirrors = after.registries_conf.entries.iter().filter(|entry| !entry.mirrors.is_empty());
    let mirrored: HashSet<&str> = with_mirrors.map(RegistryEntry::scope).collect();
    let is_mirrored = |scope: &str| nesting::outer(scope).any(|outer| mirrored.contains(&*outer));
    for entry in before.registries_conf.entries.iter().filter(|entry| !entry.mirrors.is_empty()) {
        if is_mirrored(entry.scope()) {
            continue;
        }
        let mut of_icsp = entry.spans.iter().filter_map(|&span| {
            let resource = plan.before.cluster.resource_at(span)?;
            (resource.kind() == Some(Kind::Mirrors(MirrorKind::Icsp))).then_some((span, resource))
        });
        let Some((span, icsp)) = of_icsp.next() else { continue };
        let scope = entry.scope();
        let stays = plan.after.cluster.resources().any(|other| other.identity() == icsp.identity());
        let what = if stays { "loses a source" } else { "is removed" };
        let message = format!("the ImageContentSourcePolicy {what}, and nothing else mirrors `{scope}`");
        let mut finding = Finding::new(span, message);
        finding.subject(scope).stands_alone().help(
            "commit an ImageDigestMirrorSet with the same sources first, and remove the ICSP after the \
             rollout; `pullwarden migrate icsp` writes one",
        );
        said.push((&ICSP_REMOVED_BEFORE_IDMS, finding));
    }
    said
}

/// Images of workloads that nodes can pull before the change, but not after it.
fn cut_off(plan: &ClusterPlan<'_>) -> Vec<(&'static Meta, Finding)> {
    let sides = [&plan.before.nodes, &plan.after.nodes];
    // A new cluster has pulled nothing yet, and a template may fill in the missing mirror.
    if plan.presence == Presence::Added || sides.iter().any(|nodes| !nodes.open.is_empty()) {
        return Vec::new();
    }
    let are_known = sides.iter().all(|nodes| nodes.pools.are_known());
    let cut = plan.images.iter().filter(|change| {
        // A short name may be pulled from any registry of the search list.
        change.what == ImageWhat::CutOff && change.candidates < 2
            // The policy is the same on all nodes; a file that is not in the repository may contain a mirror.
            && (are_known || change.is_refused)
            // A workload does not say on which nodes it runs, so other pools do not count.
            && (change.pools.is_empty() || change.pools.iter().any(|pool| pool == "worker"))
    });
    let mut said: Vec<(&'static Meta, Finding)> = Vec::new();
    for change in cut {
        let ImageUser::Workloads(places) = &change.user else { continue };
        let pools: Vec<&str> = change.pools.iter().map(String::as_str).collect();
        let whose = if pools.is_empty() { String::new() } else { format!(" on {}", nodes_of(&pools)) };
        for place in places {
            let message = format!("`{}` can no longer be pulled{whose} after this change", change.name);
            let mut finding = Finding::new(*place, message);
            finding.stands_alone().subject(&change.name);
            for span in change.why.iter().take(3) {
                finding.related(*span, "this prevents the pull");
            }
            finding.help(
                "allow or mirror the image before the merge; pods that start on a node without it stay in ImagePullBackOff",
            );
            said.push((&IMAGES_CUT_OFF, finding));
        }
    }
    said
}
