//! The words of a plan.

use crate::finding::listed;
use crate::machine::terminal::escape;
use crate::model::scope::repository;
use crate::node::FileOrigin;
use crate::read::crd::NodeAction;
use crate::report::nodes::place::at;
use crate::report::shared::with_short_digest;
use crate::rollout::{
    AddedWhat, Change, Changed, ClusterPlan, Decider, Disruption, DisruptionWhat, EntryChange, EntryWhat,
    Gentler, GentlerWhat, How, ImageChange, ImageUser, ImageWhat, Outcome, PoolPlan, Unbuilt, UnbuiltWhat,
};
use crate::source::{Sources, Span};

/// The outcome if something cannot be read in one of the states.
fn unknown(what: UnbuiltWhat) -> &'static str {
    match what {
        UnbuiltWhat::Kustomization => "unknown, since a kustomization cannot be built",
        UnbuiltWhat::Chart => "unknown, since a chart cannot be rendered",
        UnbuiltWhat::File => "unknown, since a file cannot be read",
    }
}

/// What cannot be read, and why.
pub(super) fn unbuilt(unbuilt: &Unbuilt, sources: &Sources) -> String {
    let root = escape(if unbuilt.root.is_empty() { "." } else { unbuilt.root.as_str() });
    let (stops, cannot, whose) = if unbuilt.is_after {
        ("stops now", "cannot be read now", "get")
    } else {
        ("stopped before", "could not be read before", "had")
    };
    let message = escape(&unbuilt.message);
    let what = match unbuilt.what {
        UnbuiltWhat::Kustomization => format!("`kustomize build` of `{root}` {stops}: {message}"),
        UnbuiltWhat::Chart if unbuilt.is_after => format!("now {message}"),
        UnbuiltWhat::Chart => format!("before, {message}"),
        UnbuiltWhat::File => format!("`{root}` {cannot}: {message}"),
    };
    format!("{what} ({}); what its nodes {whose} is not known", at(sources, &[unbuilt.span]))
}

/// The outcome, in words.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::None => "nothing happens on the nodes",
        Outcome::Held => "nothing happens for now",
        Outcome::Reload => "services reload, pods stay",
        Outcome::Restart => "services restart, pods stay",
        Outcome::Drain => "every node is drained",
        Outcome::Reboot => "every node reboots",
        Outcome::Unknown => "unknown, since the operator stopped before this change",
        Outcome::Stops => "the operator stops, and no node changes any more",
    }
}

/// The outcome of a cluster, which is that of its worst pool.
pub(super) fn of_cluster(plan: &ClusterPlan<'_>) -> &'static str {
    if let Some(unbuilt) = &plan.unbuilt {
        return unknown(unbuilt.what);
    }
    let worst = plan.pools.iter().find(|pool| pool.outcome == plan.outcome);
    worst.map_or_else(|| outcome(plan.outcome), pool)
}

/// The outcome of a pool.
pub(super) fn pool(plan: &PoolPlan) -> &'static str {
    match (plan.outcome, &plan.replaced) {
        (Outcome::Reboot, Some(_)) => "every machine is replaced",
        (Outcome::Held, Some(_)) => "machines wait until they are deleted, or the pool is resumed",
        (Outcome::Held, None) => "nothing happens until the pool is resumed",
        (Outcome::Reboot, None) if !plan.rollout.as_ref().is_some_and(crate::rollout::Rollout::drains) => {
            "the node reboots, without a drain"
        }
        (it, _) => outcome(it),
    }
}

/// The reaction of a node to a change.
pub(super) fn actions(actions: &[NodeAction]) -> String {
    let words = actions.iter().map(|action| match action {
        NodeAction::None => "nothing".to_owned(),
        NodeAction::DaemonReload => "systemd reloads its units".to_owned(),
        NodeAction::Reload(unit) => format!("`{}` reloads", escape(unit)),
        NodeAction::Restart(unit) => format!("`{}` restarts", escape(unit)),
        NodeAction::Special => "`crio.service` reloads, after a drain unless the change is safe".to_owned(),
        NodeAction::Drain => "a drain".to_owned(),
        NodeAction::Reboot => "a reboot".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Why a change has this effect.
pub(super) fn change(change: &Change) -> String {
    let name = escape(&change.name);
    let what = match change.what {
        Changed::File => format!("`{name}`"),
        Changed::Unit => format!("the unit `{name}`"),
        Changed::User => format!("the user `{name}`"),
        Changed::System => format!("`spec.{name}` of a MachineConfig"),
    };
    let how = match change.how {
        How::Added => "is added",
        How::Removed => "is removed",
        How::Changed => "changes",
    };
    let why = match change.decider {
        Decider::Operator => String::new(),
        Decider::User(_) => ", and a policy of the MachineConfiguration says so".to_owned(),
        Decider::Nobody if change.what == Changed::System => String::new(),
        Decider::Nobody => ", and no policy covers it".to_owned(),
    };
    format!("{what} {how}{why}")
}

/// Why pods cannot stay.
pub(super) fn disruption(disruption: &Disruption) -> String {
    let scope = escape(&disruption.scope);
    match &disruption.what {
        DisruptionWhat::Removed => format!("the entry `{scope}` of `registries.conf` is removed"),
        DisruptionWhat::Added(what) => match what {
            AddedWhat::Blocked => format!("`{scope}` is blocked, by a new entry without mirrors"),
            AddedWhat::Insecure => format!("`{scope}` becomes insecure, by a new entry without mirrors"),
            AddedWhat::Bare => format!("`registries.conf` gets the entry `{scope}`, without mirrors"),
            AddedWhat::Tags => format!("`registries.conf` gets the entry `{scope}`, with mirrors for tags"),
        },
        DisruptionWhat::Blocked(true) => format!("`{scope}` is blocked"),
        DisruptionWhat::Blocked(false) => format!("`{scope}` is no longer blocked"),
        DisruptionWhat::Insecure(true) => format!("`{scope}` becomes insecure"),
        DisruptionWhat::Insecure(false) => format!("`{scope}` is no longer insecure"),
        DisruptionWhat::Moved => format!("`{scope}` gets another location"),
        DisruptionWhat::MirrorRemoved(mirror) => format!("`{scope}` loses the mirror `{}`", escape(mirror)),
        DisruptionWhat::MirrorForTags(mirror) => {
            format!("`{scope}` gets the mirror `{}` for tags", escape(mirror))
        }
        DisruptionWhat::Search => "the search list of `registries.conf` changes".to_owned(),
        DisruptionWhat::Unreadable => format!("what `{scope}` says is not known"),
    }
}

/// The change of an entry: a mark, and words.
pub(super) fn entry(change: &EntryChange) -> (char, String) {
    let name = escape(&change.name);
    let pulls = |pulls: &str| match pulls {
        "digest-only" => "pulls by digest",
        "tag-only" => "pulls by tag",
        _ => "all pulls",
    };
    let there = |is: bool, word: &str| if is { format!(", {word}") } else { String::new() };
    match &change.what {
        EntryWhat::Added { mirrors, blocked, insecure } => {
            let mirrors =
                mirrors.iter().map(|(mirror, pull)| format!("`{}` for {}", escape(mirror), pulls(pull)));
            let mirrors: Vec<String> = mirrors.collect();
            let with = if mirrors.is_empty() {
                "without mirrors".to_owned()
            } else {
                format!("with {}", mirrors.join(", "))
            };
            ('+', format!("`{name}` {with}{}{}", there(*blocked, "blocked"), there(*insecure, "insecure")))
        }
        EntryWhat::Removed => ('-', format!("`{name}`")),
        EntryWhat::Blocked(true) => ('~', format!("`{name}` is blocked")),
        EntryWhat::Blocked(false) => ('~', format!("`{name}` is no longer blocked")),
        EntryWhat::Insecure(true) => ('~', format!("`{name}` becomes insecure")),
        EntryWhat::Insecure(false) => ('~', format!("`{name}` is no longer insecure")),
        EntryWhat::MirrorAdded(mirror, pull) => {
            ('+', format!("`{name}`: mirror `{}` for {}", escape(mirror), pulls(pull)))
        }
        EntryWhat::MirrorRemoved(mirror) => ('-', format!("`{name}`: mirror `{}`", escape(mirror))),
        EntryWhat::MirrorFor(mirror, from, to) => {
            let (from, to) = (pulls(from), pulls(to));
            ('~', format!("`{name}`: mirror `{}` serves {to} instead of {from}", escape(mirror)))
        }
        EntryWhat::MirrorInsecure(mirror, is) => {
            let how = if *is { "becomes insecure" } else { "is no longer insecure" };
            ('~', format!("`{name}`: mirror `{}` {how}", escape(mirror)))
        }
        EntryWhat::MirrorsReordered => ('~', format!("`{name}`: its mirrors are tried in another order")),
        EntryWhat::Policy(from, to) => {
            let said = |requirements: &[&str]| requirements.join(", ");
            let of =
                if change.name.is_empty() { "every other image".to_owned() } else { format!("`{name}`") };
            match (from, to) {
                (None, Some(to)) => ('+', format!("{of}: {}", said(to))),
                (Some(from), None) => ('-', format!("{of}: {}", said(from))),
                (Some(from), Some(to)) => ('~', format!("{of}: {} instead of {}", said(to), said(from))),
                (None, None) => ('~', of),
            }
        }
        EntryWhat::PolicyDetails => ('~', format!("`{name}`: another key or identity")),
        EntryWhat::Search(from, to) => {
            let said = |list: &[String]| {
                if list.is_empty() {
                    "no registry".to_owned()
                } else {
                    listed(list.iter().map(String::as_str))
                }
            };
            match (from, to) {
                (_, None) => ('-', "the search list; that of the operating system applies again".to_owned()),
                (None, Some(to)) => ('+', format!("short names are looked up in {}", escape(&said(to)))),
                (Some(from), Some(to)) => (
                    '~',
                    format!(
                        "short names are looked up in {} instead of {}",
                        escape(&said(to)),
                        escape(&said(from))
                    ),
                ),
            }
        }
        EntryWhat::Signatures(true) => {
            ('+', format!("signatures of `{name}` are looked for beside its images"))
        }
        EntryWhat::Signatures(false) => ('-', format!("signatures of `{name}`")),
        EntryWhat::Certificate(was, is) => {
            let mark = match (was, is) {
                (false, _) => '+',
                (_, false) => '-',
                _ => '~',
            };
            (mark, format!("certificate of `{name}`: every node gets it at once, even in paused pools"))
        }
        EntryWhat::Owner(FileOrigin::Generated) => {
            ('~', "the operator writes the file, and says the same in it".to_owned())
        }
        EntryWhat::Owner(FileOrigin::Template) => {
            ('~', "the file of the operating system is there again".to_owned())
        }
    }
}

/// The change for an image.
pub(super) fn image(change: &ImageChange) -> String {
    let name = match change.user {
        // The digest may be any.
        ImageUser::Release => repository(&change.name).to_owned(),
        _ => with_short_digest(&change.name),
    };
    let name = escape(&name);
    let places = |places: &[String]| {
        let repositories = places.iter().map(|place| repository(place));
        let list: Vec<String> = repositories.map(|it| format!("`{}`", escape(it))).collect();
        list.join(", then ")
    };
    match change.what {
        ImageWhat::CutOff => format!("`{name}` can no longer be pulled"),
        ImageWhat::NeedsSignature => format!("`{name}` needs a signature"),
        ImageWhat::Elsewhere => {
            format!("`{name}` is pulled from {} (before: {})", places(&change.after), places(&change.before))
        }
        ImageWhat::Freed => format!("`{name}` can be pulled from {}", places(&change.after)),
    }
}

/// What to do instead, and the effect of each step.
pub(super) fn gentler(gentler: &Gentler) -> Vec<String> {
    let names = |objects: &[(String, Span)]| {
        let names = objects.iter().map(|(name, _)| name.as_str());
        escape(&listed(names)).into_owned()
    };
    let step = |number: usize| gentler.steps.get(number).map_or("", |step| outcome(*step));
    match &gentler.what {
        GentlerWhat::SuccessorFirst(objects) => vec![
            format!(
                "commit an ImageDigestMirrorSet with the mirrors of {} first (`pullwarden migrate icsp` makes it): {}",
                names(objects),
                step(0)
            ),
            format!("remove {} when that is on the nodes: {}", names(objects), step(1)),
        ],
        GentlerWhat::KeepOld(objects) => vec![
            format!("keep the entries of {} beside the new ones: {}", names(objects), step(0)),
            format!("remove them together with a change that drains anyway: {}", step(1)),
        ],
        GentlerWhat::Policy(path) => vec![
            format!(
                "commit a policy `Reload` of `crio.service` for `{path}` in the MachineConfiguration `cluster` first: {}",
                step(0)
            ),
            format!("commit this change after the operator has accepted the policy: {}", step(1)),
        ],
    }
}

/// The places of the causes; those in the old state are marked as such.
pub(super) fn places(sources: &Sources, before: &[Span], after: &[Span]) -> String {
    match (before, after) {
        ([], []) => String::new(),
        (before, []) => format!(" (before: {})", at(sources, before)),
        (_, after) => format!(" ({})", at(sources, after)),
    }
}
