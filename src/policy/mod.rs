//! Policies: rules in Rego that belong to a repository or a team.
//!
//! The configuration names directories ([`Configured`]); [`read()`] reads their modules and data, [`run()`] evaluates them in
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
mod subject;
#[cfg(feature = "policies")]
mod templates;
#[cfg(feature = "policies")]
mod testing;
#[cfg(not(feature = "policies"))]
mod without;

pub use configured::{Configured, InputKind, Language, NAMESPACE, Where};
#[cfg(feature = "policies")]
pub use read::{Policies, Workers, read};
#[cfg(feature = "policies")]
pub use run::run;
pub use subject::{cluster_input, count_objects, object_inputs};
#[cfg(feature = "policies")]
pub use testing::test;
#[cfg(not(feature = "policies"))]
pub use without::{Policies, Workers, read, run, test};

use crate::finding::Finding;
use crate::model::{Cluster, Object, Repo};
use crate::rules::rule::Meta;
use crate::source::{Sources, Span};
use jiff::civil::Date;
use std::sync::Arc;

/// The hidden command of the program that reads and evaluates policies for another process of it.
pub const WORKER: &str = "policy-worker";

/// What a plan tells of a cluster: its entry, as JSON.
pub type PlanOfCluster<'t> = dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync + 't;

/// What policies are run over.
pub struct Run<'r> {
    /// What was read.
    pub repo: &'r Repo,
    /// The texts behind it.
    pub sources: &'r Sources,
    /// The day on which it is looked at.
    pub today: Option<Date>,
    /// What a change does to a cluster, when a plan asks.
    pub plan: Option<&'r PlanOfCluster<'r>>,
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
    /// Where an `exception` of the policies says that it does not count: the head of its rule.
    pub exception: Option<Span>,
}

/// What came of the tests of policies.
#[derive(Debug, Default)]
pub struct TestRun {
    /// The tests, in the order of modules and text.
    pub results: Vec<TestResult>,
    /// Which lines of the policies they came by, in the order of modules.
    pub coverage: Vec<Coverage>,
    /// What is wrong with the policies.
    pub problems: Vec<(&'static Meta, Finding)>,
}

/// A test and what came of it.
#[derive(Debug)]
pub struct TestResult {
    /// Its package.
    pub package: String,
    /// Its name.
    pub name: String,
    /// The text of its head.
    pub span: Span,
    /// Whether it held.
    pub verdict: TestVerdict,
    /// What `print` said in it.
    pub prints: Vec<String>,
}

/// Whether a test held.
#[derive(Debug)]
pub enum TestVerdict {
    /// It did.
    Passed,
    /// It did not.
    Failed {
        /// The statement that does not hold.
        span: Span,
        /// The values in it; nothing stands for undefined.
        values: Vec<(Span, Option<serde_json::Value>)>,
    },
    /// It is only meant to be written.
    Todo,
    /// It could not be evaluated.
    Error {
        /// Where.
        span: Span,
        /// Why.
        message: String,
    },
}

/// Which lines of a module the tests came by.
#[derive(Debug)]
pub struct Coverage {
    /// The name of its file.
    pub file: String,
    /// How many lines were evaluated.
    pub covered: usize,
    /// The lines that were not, from 1.
    pub not_covered: Vec<u32>,
}
