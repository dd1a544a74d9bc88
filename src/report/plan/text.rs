//! `pullwarden plan` for people: the worst first.

use super::Planned;
use crate::report::nodes::place::at;
use crate::report::nodes::render_text;
use crate::report::text::escape;
use crate::rollout::{Change, ClusterPlan, Disruption, DisruptionWhat, Outcome, PoolPlan};
use crate::source::Sources;
use std::io::{self, Write};

/// Writes the plan.
pub fn write(planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    let clusters = planned.plan.worst_first();
    if clusters.is_empty() {
        writeln!(out, "no image configuration found")?;
    }
    for each in &clusters {
        cluster(each, planned.sources, out)?;
    }
    render_text::gaps(planned.after, planned.sources, "", out)?;
    render_text::gaps(&planned.gaps_before(), planned.sources, super::BEFORE, out)?;
    planned.revisions.map_or(Ok(()), |revisions| revisions.write(out))
}

/// Writes what happens to a cluster; the first line names it.
pub(super) fn cluster(plan: &ClusterPlan<'_>, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", escape(plan.name), said(plan.outcome))?;
    if let Some(stop) = plan.after.stop() {
        writeln!(out, "  the operator stops: {}", escape(&stop.to_string()))?;
        writeln!(out, "    {}", at(sources, &stop.spans()))?;
    } else if let Some(stop) = plan.before.stop() {
        writeln!(out, "  the operator stopped before this change: {}", escape(&stop.to_string()))?;
    }
    for each in &plan.pools {
        pool(each, sources, out)?;
    }
    Ok(())
}

fn pool(plan: &PoolPlan, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let Some(rollout) = &plan.rollout else { return Ok(()) };
    if rollout.changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {} nodes: {}", escape(&plan.name), said(plan.outcome))?;
    for each in &rollout.changes {
        change(each, sources, out)?;
    }
    for each in &rollout.disruptions {
        disruption(each, sources, out)?;
    }
    Ok(())
}

fn change(change: &Change, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let actions: Vec<String> = change.actions.iter().map(crate::crd::NodeAction::name).collect();
    let actions = actions.join(", ");
    let spans = if change.after.is_empty() { &change.before } else { &change.after };
    writeln!(out, "    {}: {actions}  {}", escape(&change.name), at(sources, spans))
}

fn disruption(disruption: &Disruption, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let scope = escape(&disruption.scope);
    let what = match &disruption.what {
        DisruptionWhat::Removed => format!("the entry `{scope}` is removed"),
        DisruptionWhat::Added => format!("the entry `{scope}` is added without mirrors for digests alone"),
        DisruptionWhat::Blocked(true) => format!("`{scope}` is blocked"),
        DisruptionWhat::Blocked(false) => format!("`{scope}` is no longer blocked"),
        DisruptionWhat::Insecure(true) => format!("`{scope}` becomes insecure"),
        DisruptionWhat::Insecure(false) => format!("`{scope}` is no longer insecure"),
        DisruptionWhat::Moved => format!("`{scope}` gets another location"),
        DisruptionWhat::MirrorRemoved(mirror) => format!("`{scope}` loses the mirror `{}`", escape(mirror)),
        DisruptionWhat::MirrorForTags(mirror) => {
            format!("`{scope}` gets the mirror `{}` for tags", escape(mirror))
        }
        DisruptionWhat::Search => "the search list changes".to_owned(),
        DisruptionWhat::Unreadable => format!("what `{scope}` says is not known"),
    };
    let side = if disruption.what.is_of_old() { "old: " } else { "" };
    writeln!(out, "      {what}  {side}{}", at(sources, &disruption.spans))
}

/// What nodes do, in words.
pub(super) fn said(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::None => "nothing happens on the nodes",
        Outcome::Held => "nothing happens until the pool is resumed",
        Outcome::Reload => "CRI-O reloads, pods stay",
        Outcome::Restart => "services restart, pods stay",
        Outcome::Drain => "every node is drained",
        Outcome::Reboot => "every node reboots",
        Outcome::Unknown => "unknown, since the operator stopped before",
        Outcome::Stops => "the operator stops, and no node changes",
    }
}
