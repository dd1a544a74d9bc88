//! What `pullwarden plan` shows: what a change does to the nodes of every cluster, and why.

pub mod json;
pub mod text;

use crate::report::nodes::Gaps;
use crate::rollout::Plan;
use crate::source::Sources;

/// A plan with the texts that it speaks of, and what is missing from it.
#[derive(Debug)]
pub struct Planned<'r> {
    /// The plan.
    pub plan: Plan<'r>,
    /// The texts of both states.
    pub sources: &'r Sources,
    /// What could not be read of the state before; it is none of the change's doing.
    pub before: &'r Gaps,
    /// What could not be read of the state after.
    pub after: &'r Gaps,
}
