//! `pullwarden plan` for people: the worst first, equal clusters together.

use super::Planned;
use super::details::{SHOWN, Uses, details, paragraph};
use super::groups::{Group, NAMED, groups};
use crate::machine::terminal::escape;
use crate::report::nodes::render_text;
use crate::rollout::{ClusterPlan, Outcome};
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes the plan.
pub fn write(planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    let clusters = planned.plan.worst_first();
    if clusters.is_empty() {
        writeln!(out, "no image configuration found")?;
    }
    let groups = groups(&clusters, planned.sources, planned.with_files);
    if groups.len() > 1 {
        write!(out, "{}", paragraph(&summary(&clusters), "", 2))?;
    }
    for group @ Group { clusters, outcome, .. } in &groups {
        let names: Vec<&str> = group.names().collect();
        let text = match clusters[..] {
            [only] => Cow::Owned(details(only, planned.sources, planned.with_files, Uses::Named)),
            _ => Cow::Borrowed(&*group.details),
        };
        write!(out, "{}{text}", paragraph(&format!("{}: {outcome}", named(&names)), "", 2))?;
        if names.len() > NAMED {
            let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
            let more = names.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names = format!("clusters: {}{more}", escape(&shown.join(", ")));
            write!(out, "{}", paragraph(&names, "  ", 4))?;
        }
    }
    if !(planned.after.troubles.is_empty() && planned.after.templates == 0) {
        writeln!(out)?;
    }
    render_text::gaps(planned.after, planned.sources, "", out)?;
    render_text::gaps(&planned.gaps_before(), planned.sources, super::BEFORE, out)?;
    planned.revisions.map_or(Ok(()), |revisions| revisions.write(out))
}

fn named(names: &[&str]) -> String {
    match names {
        // A repository with one cluster that has no name.
        ["." | ""] => "the cluster".to_owned(),
        [name] => escape(name).into_owned(),
        names if names.len() <= NAMED => {
            format!("{} clusters ({})", names.len(), escape(&names.join(", ")))
        }
        names => format!("{} clusters", names.len()),
    }
}

/// The number of clusters for each outcome.
fn summary(clusters: &[&ClusterPlan<'_>]) -> String {
    let counts = Outcome::ALL.into_iter().filter_map(|outcome| {
        let count = clusters.iter().filter(|plan| plan.outcome == outcome).count();
        (count > 0).then(|| format!("{outcome} {count}"))
    });
    format!("{} clusters: {}", clusters.len(), counts.collect::<Vec<_>>().join(", "))
}
