//! `pullwarden plan --format counts`: numbers for the outputs of a CI step. Nothing that a repository names is in them.

use super::Planned;
use crate::rollout::Outcome;
use std::io::{self, Write};

/// Writes the outcome of the worst cluster, how many clusters have exactly the outcomes drain, reboot and stops, how many there
/// are, and how many findings the rules about changes have, open and held back by a baseline.
pub(super) fn write(planned: &Planned<'_>, out: &mut dyn Write) -> io::Result<()> {
    let plan = &planned.plan;
    let count = |outcome: Outcome| plan.clusters.iter().filter(|cluster| cluster.outcome == outcome).count();
    writeln!(out, "outcome={}", plan.outcome().as_str())?;
    writeln!(out, "drains={}", count(Outcome::Drain))?;
    writeln!(out, "reboots={}", count(Outcome::Reboot))?;
    writeln!(out, "freezes={}", count(Outcome::Stops))?;
    writeln!(out, "clusters={}", plan.clusters.len())?;
    writeln!(out, "findings={}", planned.report.open().count())?;
    writeln!(out, "baselined={}", planned.report.baselined())
}
