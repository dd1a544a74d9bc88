//! One word for what nodes do.

use super::Rollout;
use crate::read::crd::NodeAction;
use std::fmt;

/// What the nodes of a pool or of a cluster do, in the order of what hurts more.
///
/// An operator that stops hurts most: nothing changes on any node from then on, security updates of the configuration
/// included, and no condition says so. What is unknown may be anything up to a reboot, so it comes next. What a paused pool
/// holds back does nothing until somebody resumes it, so it comes before nothing alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing that anybody notices.
    None,
    /// A paused pool holds the change back, or machines wait until somebody deletes them.
    Held,
    /// A service, mostly the runtime, reads its configuration again; pods stay.
    Reload,
    /// A unit starts anew; pods stay.
    Restart,
    /// Pods leave each node for a while.
    Drain,
    /// Each node is drained, and starts anew.
    Reboot,
    /// The operator stopped before the change, or a kustomization cannot be built in one of the states, so nobody can tell
    /// from Git what the nodes have or get.
    Unknown,
    /// The operator stops: nothing changes on any node.
    Stops,
}

impl Outcome {
    /// All of them, what hurts most first.
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

    /// What comes of a change that nothing holds back.
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
