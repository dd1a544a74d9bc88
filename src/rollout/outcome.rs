//! The outcome of a change in one word.

use super::Rollout;
use crate::read::crd::NodeAction;
use std::fmt;

/// The outcome for the nodes of a pool or of a cluster, ordered by severity.
///
/// The worst is an operator that stops: from then on nothing changes on any node, security updates of the configuration
/// included, and no condition says so. Next comes the unknown, which may be anything up to a reboot. A paused pool does
/// nothing until somebody resumes it, so it is only worse than no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// No effect that anybody notices.
    None,
    /// The pool is paused, or machines wait until somebody deletes them.
    Held,
    /// A service, usually the runtime, reloads its configuration; pods stay.
    Reload,
    /// A unit is restarted; pods stay.
    Restart,
    /// Each node is drained.
    Drain,
    /// Each node is drained and reboots.
    Reboot,
    /// The operator stopped before the change, or a kustomization cannot be built in one of the states, so the files on the
    /// nodes are unknown.
    Unknown,
    /// The operator stops: nothing changes on any node.
    Stops,
}

impl Outcome {
    /// All outcomes, the most severe first.
    pub const ALL: [Outcome; 8] = [
        Outcome::Stops,
        Outcome::Unknown,
        Outcome::Reboot,
        Outcome::Drain,
        Outcome::Restart,
        Outcome::Reload,
        Outcome::Held,
        Outcome::None,
    ];

    /// The outcome of a change, apart from pauses.
    pub(super) fn of(rollout: &Rollout) -> Self {
        let mut actions = rollout.changes.iter().flat_map(|change| &change.actions);
        if rollout.reboots() {
            Outcome::Reboot
        } else if rollout.drains() {
            Outcome::Drain
        } else if actions.clone().any(|action| matches!(action, NodeAction::Restart(_))) {
            Outcome::Restart
        } else if actions.any(|action| {
            matches!(action, NodeAction::Reload(_) | NodeAction::Special | NodeAction::DaemonReload)
        }) {
            Outcome::Reload
        } else {
            Outcome::None
        }
    }

    /// Its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::None => "none",
            Outcome::Held => "held",
            Outcome::Reload => "reload",
            Outcome::Restart => "restart",
            Outcome::Drain => "drain",
            Outcome::Reboot => "reboot",
            Outcome::Unknown => "unknown",
            Outcome::Stops => "stops",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
