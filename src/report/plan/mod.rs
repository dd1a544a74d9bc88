//! What `pullwarden plan` shows: what a change does to the nodes of every cluster, and why.

pub mod json;
pub mod markdown;
mod revisions;
pub mod text;

/// What stands before a line about the state before.
const BEFORE: &str = "before this change, ";

pub use revisions::Revisions;

use crate::report::nodes::place::at;
use crate::report::nodes::{Gaps, Trouble};
use crate::rollout::Plan;
use crate::source::Sources;
use std::collections::BTreeSet;

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
    /// Which states of a repository these are, where they come from Git.
    pub revisions: Option<&'r Revisions>,
}

impl Planned<'_> {
    /// What could not be read of the state before alone: what it gave the nodes is not known.
    pub(super) fn gaps_before(&self) -> Gaps {
        let told = |trouble: &Trouble| format!("{} {}", at(self.sources, &[trouble.span]), trouble.message);
        let after: BTreeSet<String> = self.after.troubles.iter().map(told).collect();
        let own = self.before.troubles.iter().filter(|trouble| !after.contains(&told(trouble)));
        let own = own.map(|trouble| Trouble { message: trouble.message.clone(), span: trouble.span });
        Gaps { troubles: own.collect(), in_manifests: self.before.in_manifests, templates: 0 }
    }
}
