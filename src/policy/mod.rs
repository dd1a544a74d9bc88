//! Policies: rules in Rego that belong to a repository or a team.
//!
//! The configuration names directories ([`Configured`]); [`read`] reads their modules and data, [`run`] evaluates them in
//! workers over what each cluster gets ([`input`]), and finds the text that each result speaks of. A policy is a rule like any
//! other in reports: it has a [`Meta`](crate::rules::rule::Meta), made of its annotations.
//!
//! Policies are code of the repository, so they are not trusted: workers have no environment, no files, no clock, and limits of
//! time and memory. A build without the feature `policies` reads none, and says so.

mod configured;
#[cfg(feature = "policies")]
mod data;
#[cfg(feature = "policies")]
mod files;
#[cfg(feature = "policies")]
mod host;
pub mod input;
mod json;
#[cfg(feature = "policies")]
mod meta;
#[cfg(feature = "policies")]
mod path;
#[cfg(feature = "policies")]
mod place;
#[cfg(feature = "policies")]
mod read;
#[cfg(feature = "policies")]
mod run;
#[cfg(not(feature = "policies"))]
mod without;

pub use configured::{Configured, EVERY_NAMESPACE, InputKind, Language, NAMESPACE, Where};
pub use json::SECRET;
#[cfg(feature = "policies")]
pub use read::{Policies, Workers, read};
#[cfg(feature = "policies")]
pub use run::run;
#[cfg(not(feature = "policies"))]
pub use without::{Policies, Workers, read, run};

use crate::finding::Finding;
use crate::model::{Cluster, Object, Repo};
use crate::rules::rule::Meta;
use crate::source::Sources;
use jiff::civil::Date;
use std::sync::Arc;

/// The hidden command of the program that reads and evaluates policies for another process of it.
pub const WORKER: &str = "policy-worker";

/// What policies are run over.
pub struct Run<'r> {
    /// What was read.
    pub repo: &'r Repo,
    /// The texts behind it.
    pub sources: &'r Sources,
    /// The day on which it is looked at.
    pub today: Option<Date>,
    /// What a change does to a cluster, when a plan asks.
    pub plan: Option<&'r (dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync)>,
}

/// What a policy says.
#[derive(Debug)]
pub struct Said<'r> {
    /// The policy.
    pub meta: &'static Meta,
    /// What it says.
    pub finding: Finding,
    /// The cluster; nothing where the finding is about the policy itself.
    pub cluster: Option<&'r Cluster>,
    /// The object, and the number of the member of the cluster that it belongs to.
    pub object: Option<(Arc<Object>, usize)>,
}
