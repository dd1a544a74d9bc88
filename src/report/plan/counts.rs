//! `pullwarden plan --format counts`: numbers for the outputs of a CI step. They contain no text from the repository.

use super::Planned;
use crate::rollout::Outcome;
use std::io::{self, Write};

/// Writes the outcome of the worst cluster, the number of clusters with the outcomes drain, reboot and stops, the number of
/// all clusters, and the numbers of open and baselined findings of the rules about changes.
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
