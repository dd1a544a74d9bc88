//! The details of a cluster in `pullwarden plan` for people: why its nodes act, what changes on them, and which way is
//! gentler.

use super::words;
use crate::finding::listed;
use crate::machine::terminal::escape;
use crate::node::{REGISTRIES_CONF, Skipped};
use crate::read::crd::NodeAction;
use crate::report::nodes::place::at;
use crate::report::wrapped;
use crate::rollout::{ClusterPlan, Decider, EntryChange, Outcome, PoolPlan, Presence, Rollout, Undrained};
use crate::source::Sources;
use similar::TextDiff;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The columns of a line; a longer value has a line of its own.
const WIDTH: usize = 80;
/// At most so many items of a kind are shown; the rest is counted.
pub(super) const SHOWN: usize = 12;

/// How to show the places where workloads name an image.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Uses {
    /// Show the places.
    Named,
    /// Show only their number.
    Counted,
}

/// A paragraph with line breaks.
pub(super) fn paragraph(text: &str, first: &str, hanging: usize) -> String {
    wrapped(text, first, hanging, WIDTH) + "\n"
}

/// All details of a cluster, without its name and outcome.
pub(super) fn details(plan: &ClusterPlan<'_>, sources: &Sources, with_files: bool, uses: Uses) -> String {
    let mut text = String::new();
    for reason in reasons(plan, sources) {
        text += &paragraph(&reason, "  because ", 10);
    }
    text += &remarks(plan, sources);
    text += &pools(plan);
    text += &entries(plan, sources);
    text += &images(plan, sources, uses);
    for gentler in &plan.gentler {
        text += "  Gentler:\n";
        for (number, step) in words::gentler(gentler).iter().enumerate() {
            text += &paragraph(step, &format!("    {}. ", number + 1), 7);
        }
    }
    if with_files {
        text += &files(plan);
    }
    text
}

/// Why the nodes act, the most severe reason first.
fn reasons(plan: &ClusterPlan<'_>, sources: &Sources) -> Vec<String> {
    if let Some(stop) = plan.after.stop() {
        let mut reasons =
            vec![format!("it says: {} ({})", escape(&stop.to_string()), at(sources, &stop.spans()))];
        if plan.before.stop().is_some() {
            reasons.push("it stopped before this change, too, and goes on doing so".to_owned());
        }
        return reasons;
    }
    if let Some(stop) = plan.before.stop() {
        let at = at(sources, &stop.spans());
        return vec![
            format!("it said: {} (before: {at})", escape(&stop.to_string())),
            "Git does not show the files on the nodes; with this change the operator goes on".to_owned(),
        ];
    }
    let mut seen = BTreeSet::new();
    let mut reasons: Vec<String> = Vec::new();
    for pool in plan.pools.iter().filter(|pool| pool.outcome == plan.outcome) {
        for reason in of_pool(pool, sources) {
            if seen.insert(reason.clone()) {
                reasons.push(reason);
            }
        }
    }
    if reasons.len() > SHOWN {
        let more = reasons.len() - SHOWN;
        reasons.truncate(SHOWN);
        reasons.push(format!("of {more} more; `--format json` lists all"));
    }
    reasons
}

fn of_pool(pool: &PoolPlan, sources: &Sources) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(replaced) = &pool.replaced {
        reasons.extend(
            replaced
                .causes
                .iter()
                .map(|(field, span)| format!("`{}` changes ({})", escape(field), at(sources, &[*span]))),
        );
        return reasons;
    }
    let Some(rollout) = &pool.rollout else { return reasons };
    if let Some(paused) = pool.paused.filter(|_| pool.outcome == Outcome::Held) {
        reasons.push(format!(
            "the pool `{}` is paused ({}); once it is resumed: {}",
            escape(&pool.name),
            at(sources, &[paused]),
            words::actions(&rollout.actions())
        ));
    }
    let wanted = |action: &NodeAction| match pool.outcome {
        Outcome::Reboot => *action == NodeAction::Reboot,
        Outcome::Drain => *action == NodeAction::Drain,
        Outcome::Restart => matches!(action, NodeAction::Restart(_)),
        _ => false,
    };
    for change in rollout.changes.iter().filter(|change| change.actions.iter().any(wanted)) {
        let policy = match change.decider {
            Decider::User(span) => format!(": {}", at(sources, &[span])),
            _ => String::new(),
        };
        let places = words::places(sources, &change.before, &change.after);
        reasons.push(format!("{}{policy}{places}", words::change(change)));
    }
    if pool.outcome == Outcome::Drain && rollout.drains_for_registries() {
        for disruption in &rollout.disruptions {
            let (old, new): (&[_], &[_]) =
                if disruption.what.is_of_old() { (&disruption.spans, &[]) } else { (&[], &disruption.spans) };
            reasons.push(format!("{}{}", words::disruption(disruption), words::places(sources, old, new)));
        }
    }
    reasons
}

/// The remarks on the plan.
fn remarks(plan: &ClusterPlan<'_>, sources: &Sources) -> String {
    let mut remarks: Vec<String> = Vec::new();
    if let Some(unbuilt) = &plan.unbuilt {
        remarks.push(words::unbuilt(unbuilt, sources));
    }
    match plan.presence {
        Presence::Both => {}
        Presence::Added | Presence::Removed if plan.unbuilt.is_some() => {}
        Presence::Renamed(from) => remarks.push(format!("it was called `{}` before", escape(from))),
        Presence::Added => {
            remarks.push("it is new; its nodes are assumed to have no image configuration yet".to_owned());
        }
        Presence::Removed => remarks.push(
            "it is removed; its nodes are assumed to lose the image configuration, as when Argo CD prunes it"
                .to_owned(),
        ),
    }
    let rollouts = || plan.pools.iter().filter_map(|pool| pool.rollout.as_ref());
    match rollouts().find_map(|rollout| rollout.undrained.filter(|_| !rollout.changes.is_empty())) {
        Some(Undrained::SingleNode) => {
            remarks.push("the cluster is a single node, which is never drained".to_owned());
        }
        Some(Undrained::Override(span)) if rollouts().any(|rollout| !rollout.is_safe()) => remarks.push(format!(
            "the ConfigMap `image-registry-override-drain` keeps changes of `registries.conf` from draining ({})",
            at(sources, &[span])
        )),
        _ => {}
    }
    if let Ok(files) = &plan.after.nodes.files {
        for error in [&files.registries_load_error, &files.policy_load_error].into_iter().flatten() {
            remarks.push(format!(
                "CRI-O does not load it: {} ({}); it keeps the old registries, and its next start fails",
                escape(&error.to_string()),
                at(sources, &error.spans)
            ));
        }
    }
    let skipped = |side: &crate::rollout::Side<'_>| side.nodes.skipped.as_ref().map(ToString::to_string);
    if let Some(skipped) = skipped(&plan.after).filter(|_| skipped(&plan.before) != skipped(&plan.after)) {
        let spans = plan.after.nodes.skipped.as_ref().map(Skipped::spans).unwrap_or_default();
        remarks.push(format!("the operator says: {} ({})", escape(&skipped), at(sources, &spans)));
    }
    let is_joined = [&plan.before, &plan.after].iter().any(|side| side.cluster.members().count() > 1);
    if plan.is_guessed() && is_joined && plan.outcome != Outcome::None {
        remarks.push(
            "only the paths of the files suggest that they belong to one cluster; name the cluster under `clusters` in .pullwarden.yaml to be sure"
                .to_owned(),
        );
    }
    remarks.iter().map(|remark| paragraph(remark, "  ", 4)).collect()
}

/// The pools, if their nodes do different things or their sizes are known.
fn pools(plan: &ClusterPlan<'_>) -> String {
    let mut text = String::new();
    let differ = plan.pools.iter().any(|pool| pool.outcome != plan.outcome);
    for pool in &plan.pools {
        let is_quiet = matches!(pool.outcome, Outcome::None | Outcome::Stops | Outcome::Unknown);
        let how = match (pool.rounds(), pool.at_once(), &pool.max_unavailable) {
            _ if is_quiet || pool.outcome == Outcome::Held => String::new(),
            (Some(rounds), Some(at_once), _) => {
                let (nodes, s) = (pool.nodes.unwrap_or_default(), if rounds == 1 { "" } else { "s" });
                format!("; {nodes} nodes, {at_once} at a time: {rounds} round{s}")
            }
            (None, Some(at_once), Some(_)) => format!("; {at_once} at a time"),
            (None, None, Some(set)) => format!("; {} at a time", escape(&set.value)),
            _ => String::new(),
        };
        if differ || !how.is_empty() {
            let said = format!("`{}` nodes: {}{how}", escape(&pool.name), words::pool(pool));
            text += &paragraph(&said, "  ", 4);
        }
    }
    text
}

/// The changes on the nodes, by file.
fn entries(plan: &ClusterPlan<'_>, sources: &Sources) -> String {
    let mut text = String::new();
    let changes = plan.pools.iter().filter_map(|pool| pool.rollout.as_ref()).flat_map(|it| &it.changes);
    let mut others: BTreeSet<String> = BTreeSet::new();
    let mut files: Vec<&str> = plan.entries.iter().map(|entry| entry.file.as_str()).collect();
    files.dedup();
    for change in changes {
        if !files.contains(&change.name.as_str()) {
            let places = words::places(sources, &change.before, &change.after);
            others.insert(format!("{}: {}{places}", words::change(change), words::actions(&change.actions)));
        }
    }
    if files.is_empty() && others.is_empty() {
        return text;
    }
    text += "  On the nodes:\n";
    for file in files {
        let changes = plan.pools.iter().filter_map(|pool| pool.rollout.as_ref()).flat_map(|it| &it.changes);
        let actions = changes.filter(|change| change.name == file).map(|change| &change.actions).next();
        let does = actions.map(|actions| format!(": {}", does(plan, file, actions))).unwrap_or_default();
        text += &paragraph(&format!("{}{does}", escape(file)), "    ", 6);
        let of_file: Vec<&EntryChange> = plan.entries.iter().filter(|entry| entry.file == file).collect();
        for entry in of_file.iter().take(SHOWN) {
            let (mark, said) = words::entry(entry);
            let places = words::places(sources, &entry.before, &entry.after);
            text += &paragraph(&format!("{said}{places}"), &format!("      {mark} "), 8);
        }
        if of_file.len() > SHOWN {
            let _ = writeln!(text, "      and {} more; `--format json` lists all", of_file.len() - SHOWN);
        }
    }
    for other in others {
        text += &paragraph(&other, "    ", 6);
    }
    text
}

/// The reaction of the nodes to a changed file, with a known answer to whether the change of `registries.conf` is safe.
fn does(plan: &ClusterPlan<'_>, file: &str, actions: &[NodeAction]) -> String {
    let mut rollouts = plan.pools.iter().filter_map(|pool| pool.rollout.as_ref());
    let is_asked = file == REGISTRIES_CONF && rollouts.clone().any(Rollout::asks_for_safety);
    match is_asked {
        false => words::actions(actions),
        true if rollouts.any(Rollout::drains_for_registries) => {
            "`crio.service` reloads, after a drain".to_owned()
        }
        true => "`crio.service` reloads, pods stay".to_owned(),
    }
}

fn images(plan: &ClusterPlan<'_>, sources: &Sources, uses: Uses) -> String {
    if plan.images.is_empty() {
        return String::new();
    }
    let mut text = String::from("  Images:\n");
    for change in plan.images.iter().take(SHOWN) {
        let by_whom = match &change.user {
            crate::rollout::ImageUser::Release => " (an image of the release)".to_owned(),
            crate::rollout::ImageUser::Workloads(spans) if uses == Uses::Counted => match spans.len() {
                1 => " (in 1 place)".to_owned(),
                count => format!(" (in {count} places)"),
            },
            crate::rollout::ImageUser::Workloads(spans) => format!(" ({})", at(sources, spans)),
            crate::rollout::ImageUser::Asked => String::new(),
        };
        let why = at(sources, &change.why);
        let why = if why.is_empty() { String::new() } else { format!(", by {why}") };
        let pools = if change.pools.is_empty() {
            String::new()
        } else {
            format!(" on {} nodes", escape(&listed(change.pools.iter().map(String::as_str))))
        };
        text += &paragraph(&format!("{}{pools}{by_whom}{why}", words::image(change)), "    ", 6);
    }
    if plan.images.len() > SHOWN {
        let _ = writeln!(text, "    and {} more; `--format json` lists all", plan.images.len() - SHOWN);
    }
    text
}

/// The texts of the operator's files, as differences.
fn files(plan: &ClusterPlan<'_>) -> String {
    let (Ok(old), Ok(new)) = (&plan.before.nodes.files, &plan.after.nodes.files) else {
        return String::new();
    };
    let (old, new) = (old.written(), new.written());
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut text = String::new();
    for path in paths.into_iter().filter(|path| old.get(*path) != new.get(*path)) {
        let of = |files: &'_ std::collections::BTreeMap<String, String>| {
            files.get(path).cloned().unwrap_or_default()
        };
        let (old, new) = (of(&old), of(&new));
        let diff = TextDiff::from_lines(&old, &new);
        let (old, new) = (format!("old{path}"), format!("new{path}"));
        let shown = diff.unified_diff().context_radius(3).header(&escape(&old), &escape(&new)).to_string();
        for line in shown.lines() {
            let _ = writeln!(text, "  {}", crate::machine::terminal::masked(line));
        }
    }
    text
}
