//! `pullwarden plan --format counts`: numbers for the outputs of a CI step. Nothing that a repository names is in them.

use crate::rollout::{Outcome, Plan};
use std::io::{self, Write};

/// Writes how many clusters there are, and in how many of them nodes drain, reboot, or change no more.
pub(super) fn write(plan: &Plan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |outcome: Outcome| plan.clusters.iter().filter(|cluster| cluster.outcome == outcome).count();
    writeln!(out, "outcome={}", plan.outcome().as_str())?;
    writeln!(out, "drains={}", count(Outcome::Drain))?;
    writeln!(out, "reboots={}", count(Outcome::Reboot))?;
    writeln!(out, "freezes={}", count(Outcome::Stops))?;
    writeln!(out, "clusters={}", plan.clusters.len())
}
